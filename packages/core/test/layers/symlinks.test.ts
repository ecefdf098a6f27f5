import { describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  type BackendPath,
  DriverBackend,
  layer,
  normalizePath,
  parentPath,
} from '../../src/driver/index.ts';
import { type FileBackend, FileInfo, restrict, subdirectory } from '../../src/index.ts';
import { manyDriver } from '../drivers.ts';

/** A vault in which some names are symlinks, which every call follows. */
async function linked(links: Readonly<Record<string, string>>): Promise<FileBackend> {
  const { driver: inner } = manyDriver();
  const follow = (path: BackendPath): BackendPath => {
    for (const [link, target] of Object.entries(links)) {
      if (path === link || path.startsWith(`${link}/`)) {
        return follow(normalizePath(target + path.slice(link.length)));
      }
    }
    return path;
  };
  const driver: BackendDriver = layer(inner, {
    capabilities: { ...inner.capabilities, symlinks: true },
    stat: async (path, options) => (await inner.stat(follow(path), options))?.with({ path }),
    read: (path, options) => inner.read(follow(path), options),
    readFile: (path, options) => inner.readFile!(follow(path), options),
    write: async (path, source, options) => (await inner.write(follow(path), source, options)).with({ path }),
    append: async (path, source, options) =>
      (await inner.append!(follow(path), source, options)).with({ path }),
    realPath: async (path) => follow(path),
    list: async function* (path, options) {
      const entries = (await Array.fromAsync(inner.list(follow(path), options))).flat();
      const here = Object.keys(links).filter((link) => parentPath(normalizePath(link)) === path);
      yield [...entries, ...here.map((link) => new FileInfo({ path: link, fileType: 'symlink' }))];
    },
  });
  const backend = new DriverBackend(driver);
  for (const path of ['part/a', 'secret/b', 'notes/c']) await backend.create(path, { data: path });
  return backend;
}

/** What can be asked of a file. */
const READS: Readonly<Record<string, (vault: FileBackend, path: string) => Promise<unknown>>> = {
  read: (vault, path) => vault.read(path),
  streamRead: (vault, path) => Array.fromAsync(vault.streamRead(path)),
  info: (vault, path) => vault.info(path),
  checksum: (vault, path) => vault.checksum(path),
  copy: (vault, path) => vault.copy(path, 'copy'),
};

/** What can be done to a file. */
const WRITES: typeof READS = {
  create: (vault, path) => vault.create(path, { data: 'x', overwrite: true }),
  update: (vault, path) => vault.update(path, { data: 'x' }),
  append: (vault, path) => vault.update(path, { data: 'x', append: true }),
  streamWrite: (vault, path) => vault.streamWrite(path, { chunkSource: ['x'], overwrite: true }),
};

describe('a symlink that leads out of a part of a vault', () => {
  const links = { 'part/out': 'secret/b', 'part/dir': 'secret', 'part/in': 'part/a' };

  test.each(Object.entries({ ...READS, ...WRITES }))('is not followed by %s', async (_, call) => {
    const whole = await linked(links);
    const part = subdirectory(whole, 'part');
    for (const path of ['out', 'dir/b'])
      await expect(call(part, path)).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT', path });
    expect(await whole.read('secret/b', { binary: false })).toBe('secret/b');
  });

  test('hides from patterns, sums and listings what it leads to, and one that stays inside does not', async () => {
    const part = subdirectory(await linked(links), 'part');
    expect(await part.glob('*')).toEqual(['a', 'in']);
    await expect(part.checksumMany(['out'])).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
    await expect(Array.fromAsync(part.list('dir'))).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
    expect(await part.read('in', { binary: false })).toBe('part/a');
  });

  test('is looked at for each file of many, which no call takes past it', async () => {
    const { driver } = subdirectory(await linked(links), 'part');
    expect(driver.statMany).toBeUndefined();
    expect(driver.writeMany).toBeUndefined();
    expect(driver.removeMany).toBeUndefined();
  });
});

test('where case does not count, no spelling of a name gets past what is closed', async () => {
  const { driver: inner } = manyDriver();
  const lower = (path: BackendPath): BackendPath => normalizePath(path.toLowerCase());
  const whole = new DriverBackend(
    layer(inner, {
      capabilities: { ...inner.capabilities, symlinks: true, caseSensitive: false },
      realPath: async (path) => lower(path),
      stat: async (path, options) => (await inner.stat(lower(path), options))?.with({ path }),
      read: (path, options) => inner.read(lower(path), options),
      readFile: (path, options) => inner.readFile!(lower(path), options),
      write: async (path, source, options) =>
        (await inner.write(lower(path), source, options)).with({ path }),
      append: async (path, source, options) =>
        (await inner.append!(lower(path), source, options)).with({ path }),
      remove: (path, options) => inner.remove(lower(path), options),
      move: async (from, to, options) =>
        (await inner.move!(lower(from), lower(to), options)).with({ path: to }),
    }),
  );
  await whole.create('notes/key', { data: 'key' });
  const vault = restrict(whole, { read: { deny: ['notes/key'] } });
  for (const call of Object.values(READS))
    await expect(call(vault, 'notes/KEY')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  for (const call of [
    ...Object.values(WRITES),
    (_: FileBackend, path: string) => vault.delete(path),
    (_: FileBackend, path: string) => vault.move(path, 'taken'),
  ]) {
    await expect(call(vault, 'Notes/KEY')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  }
  expect(await whole.read('notes/key', { binary: false })).toBe('key');
});

describe('a symlink to what may not be reached', () => {
  const links = { 'notes/link': 'secret/b', 'part/link': 'notes/c', 'notes/own': 'notes/c' };
  const rules = { read: { deny: ['secret/**'] }, write: { allow: ['notes/**'] } };

  test.each(Object.entries(READS))('is not there for %s', async (_, call) => {
    const vault = restrict(await linked(links), rules);
    await expect(call(vault, 'notes/link')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each(Object.entries(WRITES))('is not written through by %s', async (_, call) => {
    const whole = await linked(links);
    const vault = restrict(whole, rules);
    await expect(call(vault, 'notes/link')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    // It leads to what may be written, by a name that may not.
    await expect(call(vault, 'part/link')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await whole.read('secret/b', { binary: false })).toBe('secret/b');
    await call(vault, 'notes/own');
    expect(await whole.read('notes/c', { binary: false })).toContain('x');
  });
});
