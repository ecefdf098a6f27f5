import {
  type Capabilities,
  type FileBackend,
  MemoryFileBackend,
  mirror,
  readOnly,
  type SearchResult,
  subdirectory,
} from '@f9/core';
import { backendError, DriverBackend, type DriverSession, layer, linkPlace } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { mount } from '../src/index.ts';

async function vaultOf(files: Readonly<Record<string, string>> = {}): Promise<MemoryFileBackend> {
  const vault = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await vault.create(path, { data });
  return vault;
}

async function paths(backend: FileBackend, path = '/', recursive = true): Promise<string[]> {
  const found = await Array.fromAsync(backend.list(path, { recursive }));
  return found.map((entry) => (entry.isDir ? `${entry.path}/` : entry.path));
}

async function text(backend: FileBackend, path: string): Promise<string> {
  return await backend.read(path, { binary: false });
}

/** A backend that promises something else than a vault in memory does. */
function promising(capabilities: Partial<Capabilities>): FileBackend {
  const { driver } = new MemoryFileBackend();
  return new DriverBackend(layer(driver, { capabilities: { ...driver.capabilities, ...capabilities } }));
}

test('a vault that is not found is not taken for an empty one', async () => {
  const { driver } = new MemoryFileBackend();
  const gone = {
    ...layer(driver, {
      open: async () => {
        throw backendError('NOT_FOUND', 'There is no such repository');
      },
    }),
  };
  const tree = mount({ notes: await vaultOf({ 'a.txt': 'a' }), 'team/gone': new DriverBackend(gone) });
  const notFound = { code: 'NOT_FOUND', message: expect.stringContaining('no such repository') };
  for (const failing of [
    Array.fromAsync(tree.list('team/gone')),
    Array.fromAsync(tree.list('/', { recursive: true })),
    tree.glob('team/**'),
    tree.info('team/gone'),
    tree.info('team/gone/b.txt'),
    tree.exists('team/gone/b.txt'),
    tree.read('team/gone/b.txt'),
  ])
    await expect(failing).rejects.toMatchObject(notFound);
  expect(await paths(tree, '/', false)).toEqual(['notes/', 'team/']);
  expect(await paths(tree, 'notes')).toEqual(['notes/a.txt']);
  expect(await paths(tree, 'team', false)).toEqual(['team/gone/']);
});

describe('a path', () => {
  test('lies in the vault of the longest mount point around it', async () => {
    const [root, work, team] = [await vaultOf(), await vaultOf(), await vaultOf()];
    const tree = mount({ '/': root, '/work': work, 'work/team/': team });
    await tree.create('a.txt', { data: 'root' });
    await tree.create('work/a.txt', { data: 'work' });
    await tree.create('work/team/d/a.txt', { data: 'team' });
    await tree.create('work-else/a.txt', { data: 'root too' });
    expect(await paths(root)).toEqual(['a.txt', 'work-else/', 'work-else/a.txt']);
    expect(await paths(work)).toEqual(['a.txt']);
    expect(await paths(team)).toEqual(['d/', 'd/a.txt']);
    expect(await text(tree, 'work/team/d/a.txt')).toBe('team');
    expect((await tree.info('work/team/d')).path).toBe('work/team/d');
  });

  test('in an error is the path in the tree', async () => {
    const tree = mount({ 'work/team': await vaultOf({ 'a.txt': 'a' }) });
    for (const [failing, path, operation] of [
      [tree.read('work/team/b.txt'), 'work/team/b.txt', 'read'],
      [tree.update('work/team/b.txt', { data: '' }), 'work/team/b.txt', 'update'],
      [tree.create('work/team/a.txt/b', { data: '' }), 'work/team/a.txt', 'create'],
      [tree.streamWrite('work/team/a.txt', { chunkSource: [] }), 'work/team/a.txt', 'streamWrite'],
      [Array.fromAsync(tree.list('work/team/b')), 'work/team/b', 'list'],
      [Array.fromAsync(tree.streamRead('work/team/b')), 'work/team/b', 'streamRead'],
      [tree.delete('work/team/b'), 'work/team/b', 'delete'],
      [tree.checksum('work/team/b'), 'work/team/b', 'checksum'],
      [tree.copy('work/team/b', 'work/team/c'), 'work/team/b', 'copy'],
    ] as const) {
      const error: unknown = await failing.catch((caught: unknown) => caught);
      expect(error).toMatchObject({ path, operation, message: expect.stringContaining(`"${path}"`) });
    }
  });
});

describe('what is hidden', () => {
  test('is all that a vault holds at or below the mount point of another, until that is gone', async () => {
    const root = await vaultOf({ 'work/hidden.txt': 'h', 'work/team/deep.txt': 'd', 'seen.txt': 's' });
    const tree = mount({ '/': root, '/work': await vaultOf({ 'shown.txt': 's' }) });
    expect(await paths(tree)).toEqual(['seen.txt', 'work/', 'work/shown.txt']);
    expect(await tree.exists('work/hidden.txt')).toBe(false);
    expect(await tree.glob('**/*.txt')).toEqual(['seen.txt', 'work/shown.txt']);
    expect([...(await tree.checksumMany(['work/hidden.txt', 'seen.txt', 'work'])).keys()]).toEqual([
      'seen.txt',
    ]);
    expect(await paths(root)).toContain('work/team/deep.txt');
  });

  test('is also a file where a directory leads to a mount point', async () => {
    const root = await vaultOf({ work: 'a file', 'x.txt': 'x' });
    const tree = mount({ '/': root, 'work/team': await vaultOf({ 'a.txt': 'a' }) });
    expect((await tree.info('work')).isDir).toBe(true);
    expect(await paths(tree, 'work')).toEqual(['work/team/', 'work/team/a.txt']);
    await expect(tree.read('work')).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
    await expect(tree.create('work/b.txt')).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
    expect(await text(root, 'work')).toBe('a file');
  });

  test('stays out of a search, which asks every vault that can be searched', async () => {
    const searchable = (results: SearchResult[]): FileBackend => {
      const { driver } = new MemoryFileBackend();
      const asked: string[] = [];
      return new DriverBackend(
        layer(driver, {
          capabilities: { ...driver.capabilities, search: true },
          search: async (query, { path = '', limit }) => {
            asked.push(`${query} ${path} ${limit}`);
            return results.filter((result) => result.path.startsWith(path));
          },
        }),
      );
    };
    const hit = (path: string, score: number): SearchResult => ({ path, score, snippet: path });
    const root = searchable([hit('work/hidden.md', 1), hit('a.md', 0.5), hit('docs/b.md', 0.2)]);
    const work = searchable([hit('c.md', 0.7), hit('d.md', 0.1)]);
    const tree = mount({ '/': root, '/work': work, '/plain': await vaultOf() });
    const found = async (path: string, limit = 10): Promise<string[]> =>
      (await tree.search('q', { path, limit })).map((result) => result.path);
    expect(await found('/')).toEqual(['work/c.md', 'a.md', 'docs/b.md', 'work/d.md']);
    expect(await found('/', 2)).toEqual(['work/c.md', 'a.md']);
    expect(await found('work')).toEqual(['work/c.md', 'work/d.md']);
    expect(await found('docs')).toEqual(['docs/b.md']);
    await expect(tree.search('q', { path: 'plain' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('mount points', () => {
  test('and the directories that lead to them are always there', async () => {
    const tree = mount({ '/a/b/c': await vaultOf(), '/a/x': await vaultOf() });
    expect(await paths(tree)).toEqual(['a/', 'a/b/', 'a/b/c/', 'a/x/']);
    expect(await paths(tree, 'a', false)).toEqual(['a/b/', 'a/x/']);
    for (const path of ['/', 'a', 'a/b', 'a/b/c']) expect((await tree.info(path)).isDir).toBe(true);
    expect(await tree.globDirs('a/*')).toEqual(['a/b', 'a/x']);
  });

  test('are listed among what their vaults hold, in order', async () => {
    const tree = mount({
      '/': await vaultOf({ 'a.txt': '', 'm/a.txt': '', 'm/z.txt': '', 'z.txt': '' }),
      '/m/n': await vaultOf({ 'x/y.txt': '', 'a.txt': '' }),
      '/m-1': await vaultOf({ '1.txt': '' }),
      '/m/n/x/deep': await vaultOf({ '2.txt': '' }),
    });
    expect(await paths(tree)).toEqual([
      'a.txt',
      'm/',
      'm/a.txt',
      'm/n/',
      'm/n/a.txt',
      'm/n/x/',
      'm/n/x/deep/',
      'm/n/x/deep/2.txt',
      'm/n/x/y.txt',
      'm/z.txt',
      'm-1/',
      'm-1/1.txt',
      'z.txt',
    ]);
    expect(await paths(tree, '/', false)).toEqual(['a.txt', 'm/', 'm-1/', 'z.txt']);
    expect(await paths(tree, 'm', false)).toEqual(['m/a.txt', 'm/n/', 'm/z.txt']);
    expect(await paths(tree, 'm/n/x', false)).toEqual(['m/n/x/deep/', 'm/n/x/y.txt']);
  });

  test('cannot be removed or replaced, and nothing in them is when that is tried', async () => {
    const team = await vaultOf({ 'a.txt': 'a' });
    const tree = mount({ '/': await vaultOf({ 'f.txt': 'f' }), 'work/team': team });
    for (const path of ['work', 'work/team']) {
      for (const recursive of [false, true]) {
        await expect(tree.delete(path, { recursive })).rejects.toMatchObject({
          code: 'BUSY',
          path,
          retryable: false,
        });
      }
      await expect(tree.create(path, { data: '' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await expect(tree.create(path, { data: '', overwrite: true })).rejects.toMatchObject({
        code: 'IS_DIRECTORY',
      });
      await expect(tree.update(path, { data: '' })).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
      await expect(tree.update(path, { data: '', append: true })).rejects.toMatchObject({
        code: 'IS_DIRECTORY',
      });
      await expect(tree.create(path, { isDirectory: true })).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
      });
      expect((await tree.create(path, { isDirectory: true, overwrite: true })).path).toBe(path);
      for (const transfer of ['copy', 'move'] as const) {
        await expect(tree[transfer]('f.txt', path, { overwrite: true })).rejects.toMatchObject({
          code: 'IS_DIRECTORY',
        });
      }
    }
    expect(await paths(tree)).toEqual(['f.txt', 'work/', 'work/team/', 'work/team/a.txt']);
  });

  test('stay where they are when the directory around them is moved, which ends with BUSY', async () => {
    const tree = mount({
      '/': await vaultOf({ 'work/a.txt': 'a' }),
      'work/team': await vaultOf({ 'b.txt': 'b' }),
    });
    await expect(tree.move('work', 'moved')).rejects.toMatchObject({ code: 'BUSY' });
    expect(await tree.globFiles('**')).toEqual(['moved/a.txt', 'moved/team/b.txt']);
    expect(await tree.globDirs('**')).toEqual(['moved', 'moved/team', 'work', 'work/team']);
  });

  test.each<[string, () => Readonly<Record<string, FileBackend>>, string]>([
    ['nothing', () => ({}), 'INVALID_ARGUMENT'],
    ['no object', () => JSON.parse('null'), 'INVALID_ARGUMENT'],
    [
      'one place twice',
      () => ({ '/a': new MemoryFileBackend(), 'a/': new MemoryFileBackend() }),
      'INVALID_ARGUMENT',
    ],
    ['something else', () => ({ '/': JSON.parse('{}') }), 'INVALID_ARGUMENT'],
    ['a way out', () => ({ '/../a': new MemoryFileBackend() }), 'PATH_OUTSIDE_ROOT'],
    ["f9's own folder", () => ({ '/.f9': new MemoryFileBackend() }), 'INVALID_PATH'],
  ])('cannot be %s', (_, vaults, code) => {
    expect(() => mount(vaults())).toThrow(expect.objectContaining({ code }));
  });
});

describe('where nothing is mounted', () => {
  test('nothing is there, and nothing can be written', async () => {
    const tree = mount({ '/work': await vaultOf({ 'a.txt': 'a' }) });
    const refused = { code: 'READ_ONLY', message: expect.stringContaining('Nothing is mounted at "other"') };
    expect(await tree.exists('other')).toBe(false);
    for (const failing of [
      tree.create('other'),
      tree.create('other', { isDirectory: true }),
      tree.copy('work/a.txt', 'other'),
      tree.move('work/a.txt', 'other'),
    ]) {
      await expect(failing).rejects.toMatchObject(refused);
    }
    for (const failing of [
      tree.read('other'),
      tree.delete('other'),
      tree.update('other', { data: '' }),
      tree.copy('other', 'work/b'),
      Array.fromAsync(tree.list('other')),
    ]) {
      await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await paths(tree)).toEqual(['work/', 'work/a.txt']);
  });
});

describe('copy and move', () => {
  test('go from vault to vault, directories too', async () => {
    const [root, work] = [await vaultOf({ 'd/a.txt': 'a', 'd/e/b.txt': 'b' }), await vaultOf()];
    const tree = mount({ '/': root, '/work': work });
    await tree.copy('d', 'work/copied');
    await tree.move('d', 'work/moved');
    await tree.move('work/moved/a.txt', 'back.txt');
    expect(await paths(work)).toEqual([
      'copied/',
      'copied/a.txt',
      'copied/e/',
      'copied/e/b.txt',
      'moved/',
      'moved/e/',
      'moved/e/b.txt',
    ]);
    expect(await paths(root)).toEqual(['back.txt']);
    expect((await tree.copy('back.txt', 'work/x.txt')).path).toBe('work/x.txt');
    await expect(tree.copy('back.txt', 'work/x.txt')).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      path: 'work/x.txt',
    });
    await expect(
      tree.copy('back.txt', 'work/x.txt', { overwrite: true, ifMatch: 'old' }),
    ).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
  });

  test('stay one step within a vault', async () => {
    const { driver } = new MemoryFileBackend();
    const moved: string[] = [];
    const vault = new DriverBackend(
      layer(driver, {
        move: async (from, to, options) => {
          moved.push(`${from} ${to}`);
          return await driver.move!(from, to, options);
        },
      }),
    );
    const tree = mount({ '/work': vault });
    await tree.create('work/a.txt', { data: 'a' });
    expect((await tree.move('work/a.txt', 'work/b.txt')).path).toBe('work/b.txt');
    expect(moved).toEqual(['a.txt b.txt']);
  });

  test('stream from vault to vault, never holding the file', async () => {
    const size = 64 * 1024 * 1024;
    let ahead = 0;
    let mostAhead = 0;
    let written = 0;
    const source = new DriverBackend(
      layer(new MemoryFileBackend().driver, {
        readFile: undefined,
        stat: async (path) => (await vaultOf({ [path]: '' })).info(path),
        async *read() {
          for (let sent = 0; sent < size; sent += 65_536) {
            ahead += 65_536;
            mostAhead = Math.max(mostAhead, ahead);
            yield new Uint8Array(65_536);
          }
        },
      }),
    );
    const { driver } = new MemoryFileBackend();
    const target = new DriverBackend(
      layer(driver, {
        write: async (path, bytes, options) => {
          if (bytes instanceof Uint8Array) throw new Error('The file was held whole');
          for await (const chunk of bytes) {
            written += chunk.length;
            ahead -= chunk.length;
          }
          return await driver.write(path, new Uint8Array(), options);
        },
      }),
    );
    await mount({ '/from': source, '/to': target }).copy('from/large', 'to/large');
    expect(written).toBe(size);
    expect(mostAhead).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test('do not lose what is written to the source meanwhile', async () => {
    const root = await vaultOf({ 'a.txt': 'old' });
    const { driver } = new MemoryFileBackend();
    const slow = new DriverBackend(
      layer(driver, {
        write: async (path, bytes, options) => {
          const info = await driver.write(path, bytes, options);
          await root.update('a.txt', { data: 'new' });
          return info;
        },
      }),
    );
    const tree = mount({ '/': root, '/slow': slow });
    await expect(tree.move('a.txt', 'slow/a.txt')).rejects.toMatchObject({ code: 'BUSY', path: 'a.txt' });
    expect([await text(root, 'a.txt'), await text(tree, 'slow/a.txt')]).toEqual(['new', 'old']);
  });

  test('are guarded by the vault that loses the file, also where another vault of the tree has no ifMatch', async () => {
    const root = await vaultOf({ 'a.txt': 'old' });
    const { driver } = new MemoryFileBackend();
    const slow = new DriverBackend(
      layer(driver, {
        write: async (path, bytes, options) => {
          const info = await driver.write(path, bytes, options);
          await root.update('a.txt', { data: 'new' });
          return info;
        },
      }),
    );
    const tree = mount({ '/root': root, '/slow': slow, '/plain': promising({ ifMatch: false }) });
    await expect(tree.move('root/a.txt', 'slow/a.txt')).rejects.toMatchObject({
      code: 'BUSY',
      path: 'root/a.txt',
    });
    expect(await text(root, 'a.txt')).toBe('new');
  });

  test('leave a file where it is that has two names, since its vault is mounted twice', async () => {
    const vault = await vaultOf({ 'docs/a.txt': 'only copy' });
    const whole = mount({ '/one': vault, '/two': vault });
    const part = mount({ '/': vault, '/shortcut': subdirectory(readOnly(vault), 'docs') });
    const plain = promising({ ifMatch: false });
    await plain.create('docs/a.txt', { data: 'only copy' });
    const unguarded = mount({ '/one': plain, '/two': plain });
    for (const [tree, from, to] of [
      [whole, 'one/docs/a.txt', 'two/docs/a.txt'],
      [whole, 'one/docs', 'two/docs'],
      [part, 'shortcut/a.txt', 'docs/a.txt'],
      [unguarded, 'one/docs/a.txt', 'two/docs/a.txt'],
    ] as const) {
      for (const operation of ['move', 'copy'] as const) {
        await expect(tree[operation](from, to, { overwrite: true })).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
      }
    }
    expect([await text(vault, 'docs/a.txt'), await text(plain, 'docs/a.txt')]).toEqual([
      'only copy',
      'only copy',
    ]);
    await whole.move('one/docs/a.txt', 'two/b.txt');
    expect(await paths(vault)).not.toContain('docs/a.txt');
    expect(await text(vault, 'b.txt')).toBe('only copy');
  });
});

describe('what a tree promises', () => {
  test('is what the weakest of its vaults does', () => {
    const tree = mount({
      '/a': promising({
        ifMatch: 'emulated',
        caseSensitive: false,
        maxFileSize: 10,
        checksums: ['md5', 'sha256'],
      }),
      '/b': promising({
        append: false,
        consistency: 'eventual',
        settleWithin: 90,
        maxFileSize: 20,
        checksums: ['sha256'],
      }),
      '/c': promising({ emptyDirectories: false, symlinks: true, lockScope: 'host', checksums: ['sha256'] }),
    });
    expect(tree.capabilities).toEqual({
      exclusiveCreate: 'native',
      ifMatch: 'emulated',
      append: false,
      move: 'emulated',
      search: false,
      symlinks: true,
      emptyDirectories: false,
      caseSensitive: false,
      consistency: 'eventual',
      settleWithin: 90,
      lockScope: 'process',
      transactional: false,
      versions: false,
      watch: 'polled',
      changes: false,
      checksums: ['sha256'],
      maxFileSize: 10,
    });
  });

  test('is what its only vault does', () => {
    const vault = promising({ lockScope: 'host', move: 'native' });
    expect(mount({ '/a': vault }).capabilities).toEqual(vault.capabilities);
  });
});

describe('a session', () => {
  /** A vault that writes down what its sessions do. */
  function recorded(name: string, autoPush: boolean, steps: string[]): FileBackend {
    const { driver } = new MemoryFileBackend();
    return new DriverBackend(
      layer(driver, {
        acquireSession: async ({ push = autoPush, pull }): Promise<DriverSession> => {
          steps.push(`${name} acquire${pull === undefined ? '' : ` pull ${pull}`}`);
          return {
            commitOnSuccess: push,
            commit: async ({ message = '' }) => void steps.push(`${name} commit ${message}`.trim()),
            release: async () => void steps.push(`${name} release`),
          };
        },
      }),
    );
  }

  test('holds every vault, and each publishes by its own rule', async () => {
    const steps: string[] = [];
    const tree = mount({ '/a': recorded('a', true, steps), '/b': recorded('b', false, steps) });
    await tree.syncSession(async (session) => {
      await session.create('a/x.txt');
      await tree.create('b/x.txt');
      steps.push('body');
    });
    expect(steps).toEqual(['a acquire', 'b acquire', 'body', 'b release', 'a commit', 'a release']);
    steps.length = 0;
    await tree.syncSession(async () => undefined, { push: true, pull: true });
    expect(steps.filter((step) => step.includes('commit'))).toEqual(['b commit', 'a commit']);
    expect(steps).toContain('a acquire pull true');
    steps.length = 0;
    await tree.syncSession(async () => undefined, { push: false });
    expect(steps).toEqual(['a acquire', 'b acquire', 'b release', 'a release']);
  });

  test('publishes every vault where commit is called', async () => {
    const steps: string[] = [];
    const tree = mount({ '/a': recorded('a', true, steps), '/b': recorded('b', false, steps) });
    {
      await using session = await tree.syncSession();
      await session.commit({ message: 'now' });
    }
    expect(steps).toEqual([
      'a acquire',
      'b acquire',
      'a commit now',
      'b commit now',
      'b release',
      'a release',
    ]);
  });

  test('publishes nothing after a failure', async () => {
    const steps: string[] = [];
    const own = new Error('mine');
    const tree = mount({ '/a': recorded('a', true, steps), '/b': recorded('b', true, steps) });
    await expect(tree.syncSession(() => Promise.reject(own))).rejects.toBe(own);
    expect(steps).toEqual(['a acquire', 'b acquire', 'b release', 'a release']);
  });

  test('excludes the sessions of its vaults, and gives back those it has when it cannot have all', async () => {
    const [a, b] = [await vaultOf(), await vaultOf()];
    const tree = mount({ '/a': a, '/b': b });
    await tree.syncSession(async () => {
      await expect(a.syncSession({ timeout: 1 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      await b.create('plain operations never wait.txt');
    });
    {
      await using _held = await b.syncSession();
      await expect(tree.syncSession({ timeout: 20 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(await a.syncSession(async () => 'free', { timeout: 1 })).toBe('free');
    }
    expect(await tree.syncSession(async () => 'free', { timeout: 1 })).toBe('free');
  });

  test('holds a vault once that is mounted twice, also in part', async () => {
    const a = await vaultOf({ 'docs/a.txt': 'a' });
    const tree = mount({ '/a': a, '/docs': subdirectory(a, 'docs'), '/safe': readOnly(a) });
    const session = tree.syncSession(async (held) => await text(held, 'docs/a.txt'), { timeout: 50 });
    expect(await session).toBe('a');
  });

  test('of two trees of the same vaults never wait for each other for ever', async () => {
    const [a, b] = [await vaultOf(), await vaultOf()];
    const [one, two] = [mount({ '/1': a, '/2': b }), mount({ '/1': b, '/2': a })];
    const rounds = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? one : two).syncSession(async (session) => {
        await session.create(`1/${i}.txt`);
      }),
    );
    await Promise.all(rounds);
    expect((await a.globFiles('*')).length + (await b.globFiles('*')).length).toBe(20);
  });

  test('of trees that hold different views of one vault, or trees of it, never wait for each other for ever', async () => {
    const [a, b, c] = [await vaultOf(), await vaultOf(), await vaultOf()];
    const trees = [
      mount({ '/docs': readOnly(a), '/mine': b }),
      mount({ '/docs': a, '/mine': b }),
      mount({ '/mine': subdirectory(b, 'deep'), '/docs': a }),
      mount({ '/tree': mount({ '/x': b, '/y': c }), '/a': a }),
      mount({ '/c': readOnly(c), '/tree': mount({ '/x': mount({ '/z': a }), '/y': b }) }),
    ];
    let held = 0;
    const rounds = Array.from({ length: 50 }, (_, i) =>
      trees[i % trees.length]!.syncSession(async () => {
        expect(++held).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        held--;
      }),
    );
    await Promise.all(rounds);
  });

  test('commits a vault that is mounted beside a read-only view of it', async () => {
    const committed: string[] = [];
    const { driver } = new MemoryFileBackend();
    const vault = new DriverBackend(
      layer(driver, {
        acquireSession: async () => ({
          commitOnSuccess: true,
          commit: async () => void committed.push('vault'),
          release: async () => undefined,
        }),
      }),
    );
    const tree = mount({ '/a-view': readOnly(vault), '/b': vault });
    await tree.syncSession((session) => session.create('b/x'));
    expect(committed).toEqual(['vault']);
  });

  test('is entered at once within the session of one of its vaults', async () => {
    const a = await vaultOf();
    const tree = mount({ '/a': a, '/b': await vaultOf() });
    expect(await a.syncSession(() => tree.syncSession(async () => 'in', { timeout: 1 }))).toBe('in');
  });

  test('that waits can be aborted', async () => {
    const a = await vaultOf();
    const tree = mount({ '/a': a });
    await using _held = await a.syncSession();
    const controller = new AbortController();
    const waiting = tree.syncSession({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a mirror', () => {
  test('into the folder that it comes from is refused, though the vaults in the tree are not open yet', async () => {
    const placed = (place: string): FileBackend => {
      const { driver } = new MemoryFileBackend();
      return new DriverBackend(layer(driver, { open: async () => linkPlace(driver, place) }));
    };
    const trees = [
      [placed('srv/notes'), mount({ in: placed('srv/notes/backup') })],
      [mount({ in: placed('srv/notes') }), mount({ to: subdirectory(placed('srv/notes'), 'backup') })],
    ] as const;
    for (const [source, target] of trees) {
      await expect(mirror(source, target)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        operation: 'mirror',
      });
    }
    await mirror(mount({ in: placed('srv/notes') }), placed('srv/notes-copy'));
  });

  test('of a vault into a tree that holds it, or the other way round, is refused', async () => {
    const [a, b] = [await vaultOf({ 'docs/x': 'x' }), await vaultOf()];
    const tree = mount({ '/in/a': a, '/b': b });
    for (const [source, target] of [
      [a, tree],
      [tree, a],
      [a, subdirectory(tree, 'in')],
      [subdirectory(a, 'docs'), subdirectory(tree, 'in/a/docs')],
      [tree, mount({ '/': readOnly(a) })],
    ] as const) {
      await expect(mirror(source, target)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await mirror(a, subdirectory(tree, 'b'));
    await mirror(subdirectory(a, 'docs'), subdirectory(tree, 'in/a/copy'));
    expect(await paths(b)).toEqual(['docs/', 'docs/x']);
    expect(await text(a, 'copy/x')).toBe('x');
  });
});

describe('disposal', () => {
  test('of a tree leaves its vaults open', async () => {
    const vault = await vaultOf();
    const tree = mount({ '/': vault });
    await tree[Symbol.asyncDispose]();
    await expect(tree.exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await vault.exists('a')).toBe(false);
  });

  test('of a vault closes its part of the tree, streams included', async () => {
    const vault = await vaultOf({ 'a.txt': 'x'.repeat(3_000_000) });
    const tree = mount({ '/': await vaultOf(), '/a': vault });
    const reader = tree.streamRead('a/a.txt').getReader();
    await reader.read();
    await vault[Symbol.asyncDispose]();
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(tree.exists('a/b')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await tree.exists('b')).toBe(false);
  });
});

test("a source's own error is thrown as it is", async () => {
  const tree = mount({ '/a': await vaultOf() });
  const own = new Error('mine');
  async function* failing(): AsyncGenerator<string> {
    yield 'x';
    throw own;
  }
  await expect(tree.streamWrite('a/x', { chunkSource: failing() })).rejects.toBe(own);
  await expect(tree.update('a/x', { data: failing() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
