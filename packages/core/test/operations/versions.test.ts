import { expect, test } from 'vitest';
import { type BackendPath, DriverBackend } from '../../src/driver/index.ts';
import { type FileVersion, MemoryFileBackend, subdirectory } from '../../src/index.ts';
import { memoryDriver, mistaken } from '../drivers.ts';

/** A vault that keeps every version of every file. */
function keeping() {
  const inner = memoryDriver();
  const versions = new Map<
    string,
    { readonly bytes: Uint8Array | undefined; readonly told: FileVersion }[]
  >();
  const keep = (path: string, bytes: Uint8Array | undefined): void => {
    const known = versions.get(path) ?? [];
    const told = {
      version: `v${known.length + 1}`,
      at: new Date(0),
      size: bytes?.length,
      deleted: bytes === undefined,
      path,
    };
    versions.set(path, [...known, { bytes, told }]);
  };
  const driver = {
    ...memoryDriver({ readFile: undefined, append: undefined, move: undefined }),
    capabilities: { ...inner.capabilities, versions: true, append: 'emulated', move: 'emulated' } as const,
    write: async (
      path: BackendPath,
      source: Uint8Array | AsyncIterable<Uint8Array>,
      options: Parameters<typeof inner.write>[2],
    ) => {
      const bytes = source instanceof Uint8Array ? source : Buffer.concat(await Array.fromAsync(source));
      const info = await inner.write(path, bytes, options);
      keep(path, bytes);
      return info;
    },
    remove: async (path: BackendPath, options: object) => {
      await inner.remove(path, options);
      keep(path, undefined);
    },
    stat: inner.stat,
    list: inner.list,
    async *read(
      path: BackendPath,
      options: { readonly version?: string | undefined; readonly offset?: number | undefined },
    ) {
      if (options.version === undefined) return yield* inner.read(path, options);
      const found = versions.get(path)?.find(({ told }) => told.version === options.version)?.bytes;
      if (found === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      yield found.slice(options.offset);
    },
    async *history(path: BackendPath, { limit }: { readonly limit?: number | undefined }) {
      yield* (versions.get(path) ?? [])
        .map(({ told }) => told)
        .reverse()
        .slice(0, limit);
    },
  };
  return new DriverBackend(driver);
}

const text = { binary: false } as const;

test('versions are told newest first, read, streamed and brought back, also of a file that is gone', async () => {
  const vault = keeping();
  await vault.create('dir/a.md', { data: 'one' });
  await vault.update('dir/a.md', { data: 'two' });
  const history = await Array.fromAsync(vault.history('dir/a.md'));
  expect(history.map(({ version, size }) => [version, size])).toEqual([
    ['v2', 3],
    ['v1', 3],
  ]);
  expect(await vault.read('dir/a.md', { ...text, version: 'v1' })).toBe('one');
  expect(await Array.fromAsync(vault.streamRead('dir/a.md', { ...text, version: 'v1', offset: 1 }))).toEqual([
    'ne',
  ]);
  const { etag } = await vault.info('dir/a.md');
  await vault.restore('dir/a.md', { version: 'v1', ifMatch: etag! });
  expect(await vault.read('dir/a.md', text)).toBe('one');
  await expect(vault.restore('dir/a.md', { version: 'v2', ifMatch: etag! })).rejects.toMatchObject({
    code: 'PRECONDITION_FAILED',
  });
  await vault.delete('dir/a.md');
  expect(
    (await Array.fromAsync(vault.history('dir/a.md', { limit: 1 }))).map(({ deleted }) => deleted),
  ).toEqual([true]);
  await vault.restore('dir/a.md', { version: 'v2' });
  expect(await vault.read('dir/a.md', text)).toBe('two');
  const part = subdirectory(vault, 'dir');
  expect((await Array.fromAsync(part.history('a.md')))[0]).toMatchObject({ path: 'a.md' });
  expect(await part.read('a.md', { ...text, version: 'v1' })).toBe('one');
});

test('where none are kept every operation says so, and what would keep them', async () => {
  const vault = new MemoryFileBackend();
  await vault.create('a', { data: 'x' });
  const refused = { code: 'UNSUPPORTED', message: expect.stringContaining('git') };
  await expect(Array.fromAsync(vault.history('a'))).rejects.toMatchObject(refused);
  await expect(vault.read('a', { version: '1' })).rejects.toMatchObject(refused);
  await expect(Array.fromAsync(vault.streamRead('a', { version: '1' }))).rejects.toMatchObject(refused);
  await expect(vault.restore('a', { version: '1' })).rejects.toMatchObject(refused);
  await expect(vault.changesSince(undefined)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('what is no version and no limit is INVALID_ARGUMENT', async () => {
  const vault = keeping();
  await vault.create('a', { data: 'x' });
  for (const wrong of [
    vault.read('a', { version: '' }),
    vault.read('a', { version: mistaken(1) }),
    vault.restore('a', mistaken({})),
    vault.restore('a', mistaken(undefined)),
    Array.fromAsync(vault.history('a', { limit: 0 })),
  ]) {
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});
