import { type FileBackend, type FileVersion, MemoryFileBackend, type VaultChange } from '@f9/core';
import { DriverBackend, type DriverChanges, layer } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { mount } from '../src/index.ts';

// What has been, what changes, and how deep: through a tree as through its vaults.

async function vaultOf(
  files: Readonly<Record<string, string>>,
  changes: DriverChanges = {},
): Promise<FileBackend> {
  const inner = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await inner.create(path, { data });
  return new DriverBackend(layer(inner.driver, changes));
}

const { capabilities } = new MemoryFileBackend();

/** A vault that keeps one older version of every file. */
async function keeping(files: Readonly<Record<string, string>>): Promise<FileBackend> {
  const inner = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await inner.create(path, { data });
  const { driver } = inner;
  const old = (path: string): Uint8Array => new TextEncoder().encode(`old ${path}`);
  return new DriverBackend(
    layer(driver, {
      capabilities: { ...capabilities, versions: true },
      async *history(path, { limit = 2 }): AsyncGenerator<FileVersion> {
        const version = { at: new Date(0), size: 1, deleted: false, path };
        yield* [
          { ...version, version: '2' },
          { ...version, version: '1' },
        ].slice(0, limit);
      },
      readFile: async (path, options) =>
        options.version === '1' ? old(path) : await driver.readFile!(path, options),
      async *read(path, options) {
        if (options.version === '1') yield old(path);
        else yield* driver.read(path, options);
      },
    }),
  );
}

describe('versions', () => {
  test('are those of the vault that a path lies in, by paths of the tree', async () => {
    const tree = mount({ '/kept': await keeping({ 'd/a': 'new' }), '/plain': await vaultOf({ b: 'b' }) });
    const versions = await Array.fromAsync(tree.history('kept/d/a'));
    expect(versions.map(({ version, path }) => [version, path])).toEqual([
      ['2', 'kept/d/a'],
      ['1', 'kept/d/a'],
    ]);
    expect(await Array.fromAsync(tree.history('kept/d/a', { limit: 1 }))).toHaveLength(1);
    expect(await tree.read('kept/d/a', { version: '1', binary: false })).toBe('old d/a');
    await tree.restore('kept/d/a', { version: '1' });
    expect(await tree.read('kept/d/a', { binary: false })).toBe('old d/a');
  });

  test('are UNSUPPORTED at paths of a vault that keeps none, though another does', async () => {
    const tree = mount({ '/kept': await keeping({ a: 'a' }), '/plain': await vaultOf({ b: 'b' }) });
    await expect(Array.fromAsync(tree.history('plain/b'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(tree.read('plain/b', { version: '1' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('a guard', () => {
  test('is that of the vault that is written, though another vault of the tree has none', async () => {
    const plain = await vaultOf({ b: 'b' }, { capabilities: { ...capabilities, ifMatch: false } });
    const tree = mount({ '/safe': await vaultOf({ a: 'a' }), '/plain': plain });
    const { etag } = await tree.info('safe/a');
    await tree.update('safe/a', { data: 'new', ifMatch: etag! });
    await expect(tree.update('safe/a', { data: 'lost', ifMatch: etag! })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    await expect(tree.update('plain/b', { data: 'x', ifMatch: 'any' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  test('holds for an edit as well', async () => {
    const tree = mount({ '/a': await vaultOf({ n: '0' }), '/b': await vaultOf({}) });
    const add = (bytes: Uint8Array): string => `${Number(new TextDecoder().decode(bytes)) + 1}`;
    await Promise.all(Array.from({ length: 20 }, () => tree.edit('a/n', add)));
    expect(await tree.read('a/n', { binary: false })).toBe('20');
  });
});

describe('a listing', () => {
  test('goes as deep as it is asked, through mount points', async () => {
    const tree = mount({
      '/': await vaultOf({ 'x/y/z': 'z' }),
      '/m/deep': await vaultOf({ 'one/two/three': '3' }),
    });
    const paths = async (path: string, maxDepth: number): Promise<string[]> =>
      await Array.fromAsync(tree.list(path, { recursive: true, maxDepth }), (entry) => entry.path);
    expect(await paths('/', 1)).toEqual(['m', 'x']);
    expect(await paths('/', 2)).toEqual(['m', 'm/deep', 'x', 'x/y']);
    expect(await paths('/', 3)).toEqual(['m', 'm/deep', 'm/deep/one', 'x', 'x/y', 'x/y/z']);
    expect(await paths('/m', 2)).toEqual(['m/deep', 'm/deep/one']);
    expect(await paths('/m/deep', 1)).toEqual(['m/deep/one']);
  });

  test('has etags where they are asked for, and tells of names that no path holds', async () => {
    const inner = await vaultOf({ a: 'a' });
    const odd = new DriverBackend(
      layer(inner.driver, {
        list: (path, options) => {
          options.onSkipped?.({ path: 'odd', reason: 'unnameable' });
          return inner.driver.list(path, options);
        },
      }),
    );
    const tree = mount({ '/m': odd });
    const skipped: string[] = [];
    const options = {
      recursive: true,
      etags: true,
      onSkipped: ({ path }: { path: string }) => skipped.push(path),
    } as const;
    const entries = await Array.fromAsync(tree.list('/', options));
    expect(entries.map(({ path, etag }) => [path, typeof etag])).toEqual([
      ['m', 'undefined'],
      ['m/a', 'string'],
    ]);
    expect(skipped).toEqual(['m/odd']);
  });

  test('leaves out what no path of the tree can name, and tells of it', async () => {
    const longest = Array(8).fill('d'.repeat(255)).join('/');
    const tree = mount({ '/m': await vaultOf({ [longest]: 'deep' }) });
    const skipped: string[] = [];
    const options = {
      recursive: true,
      onSkipped: ({ path }: { path: string }) => skipped.push(path),
    } as const;
    for await (const { path } of tree.list('/', options)) expect(await tree.exists(path)).toBe(true);
    expect(skipped).toEqual([`m/${longest}`]);
    expect(await tree.globFiles('**')).toEqual([]);
  });
});

describe('permissions', () => {
  test('reach the vault that is written', async () => {
    const asked: (number | undefined)[] = [];
    const { driver } = new MemoryFileBackend();
    const vault = new DriverBackend(
      layer(driver, {
        write: async (path, data, options) => {
          asked.push(options.permissions);
          return await driver.write(path, data, options);
        },
      }),
    );
    const tree = mount({ '/m': vault });
    await tree.create('m/a', { data: 'a', permissions: 0o755 });
    await tree.update('m/a', { data: 'b', permissions: 0o700 });
    expect(asked).toEqual([0o755, 0o700]);
  });
});

/** A vault that tells its changes by itself, as they are given to it. */
async function telling(): Promise<{ vault: FileBackend; tell: (change: VaultChange) => void }> {
  const waiting: VaultChange[] = [];
  let wake = (): void => undefined;
  const vault = await vaultOf(
    {},
    {
      capabilities: { ...capabilities, watch: 'native', changes: true },
      async *watch(_, { signal, onReady }) {
        onReady();
        signal?.addEventListener('abort', () => wake());
        while (signal?.aborted !== true) {
          const change = waiting.shift();
          if (change !== undefined) yield change;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      },
      changesSince: async (cursor) => ({
        changes: cursor === undefined ? [] : waiting.slice(Number(cursor)),
        cursor: String(waiting.length),
      }),
    },
  );
  return {
    vault,
    tell: (change) => {
      waiting.push(change);
      wake();
    },
  };
}

describe('a watch', () => {
  test('is of all vaults at and below the path, without what they hide', async () => {
    const [root, part, other] = [await telling(), await telling(), await telling()];
    const tree = mount({ '/': root.vault, '/m': part.vault, '/o': other.vault });
    expect(tree.capabilities.watch).toBe('native');
    const controller = new AbortController();
    const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { path, kind } of tree.watch('/', { signal: controller.signal, onReady })) {
        seen.push(`${kind} ${path}`);
        if (seen.length === 3) controller.abort();
      }
    })();
    await ready;
    root.tell({ path: 'm/hidden', kind: 'written' });
    part.tell({ path: 'a', kind: 'written' });
    other.tell({ path: '', kind: 'overflow' });
    root.tell({ path: 'b', kind: 'removed' });
    await watching;
    expect(seen.sort()).toEqual(['overflow o', 'removed b', 'written m/a']);
  });

  test('of a tree of which one vault cannot tell by itself looks at all of it', async () => {
    const told = await telling();
    const plain = await vaultOf({ a: '1' });
    const tree = mount({ '/told': told.vault, '/plain': plain });
    expect(tree.capabilities.watch).toBe('polled');
    const seen: string[] = [];
    const watching = tree.watch('/', { interval: 5, onReady: () => void plain.update('a', { data: '2' }) });
    for await (const { path } of watching) {
      seen.push(path);
      break;
    }
    expect(seen).toEqual(['plain/a']);
  });

  test('fails as a vault of it does', async () => {
    const { driver } = new MemoryFileBackend();
    const broken = new DriverBackend(
      layer(driver, {
        capabilities: { ...capabilities, watch: 'native' },
        // biome-ignore lint/correctness/useYield: it fails before it tells anything
        async *watch() {
          throw new TypeError('A fault');
        },
      }),
    );
    const tree = mount({ '/told': (await telling()).vault, '/broken': broken });
    await expect(Array.fromAsync(tree.watch())).rejects.toMatchObject({ code: 'UNKNOWN' });
  });
});

describe('a feed', () => {
  test('is of all vaults; one that was mounted since is an overflow', async () => {
    const [one, two] = [await telling(), await telling()];
    const before = mount({ '/1': one.vault });
    const { cursor: first, changes: none } = await before.changesSince(undefined);
    expect(none).toEqual([]);
    one.tell({ path: 'a', kind: 'written' });
    const tree = mount({ '/1': one.vault, '/2': two.vault });
    const { changes, cursor } = await tree.changesSince(first);
    expect(changes).toEqual([
      { path: '1/a', kind: 'written' },
      { path: '2', kind: 'overflow' },
    ]);
    two.tell({ path: 'b', kind: 'removed' });
    expect((await tree.changesSince(cursor)).changes).toEqual([{ path: '2/b', kind: 'removed' }]);
    await expect(tree.changesSince('not ours')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('is UNSUPPORTED where one vault has none', async () => {
    const tree = mount({ '/1': (await telling()).vault, '/2': await vaultOf({}) });
    await expect(tree.changesSince(undefined)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
