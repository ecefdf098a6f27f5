import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  backendError,
  DriverBackend,
  SyncDriverBackend,
} from '../../src/driver/index.ts';
import {
  type FileBackend,
  isSyncFileBackend,
  MemoryFileBackend,
  readOnly,
  subdirectory,
} from '../../src/index.ts';
import { memoryDriver, minimalDriver } from '../drivers.ts';

/** A driver that has every optional member that works on paths. */
function wholeDriver(): BackendDriver {
  const driver = memoryDriver();
  return memoryDriver({
    ...driver,
    copy: async (from, to, options) => driver.write(to, await driver.readFile!(from, {}), options),
    removeTree: async (path) => {
      throw backendError('BUSY', `Cannot remove ${path}`, { path });
    },
    checksum: async (path) => `sum of ${path}`,
    checksumMany: async (paths) => new Map(paths.map((path) => [path, `sum of ${path}`])),
    search: async (query, { path }) => [{ path: `${path}/${query}`, score: 1, snippet: '' }],
    capabilities: { ...driver.capabilities, search: true },
  });
}

async function paths(backend: FileBackend, path?: string): Promise<string[]> {
  return (await Array.fromAsync(backend.list(path, { recursive: true }))).map((entry) => entry.path);
}

describe.each([
  ['that does everything by itself', wholeDriver],
  ['that leaves to core what it can', minimalDriver],
])('a part of a backend %s', (_, make) => {
  let backend: FileBackend;
  let part: FileBackend;
  beforeEach(async () => {
    backend = new DriverBackend(make());
    await backend.create('outside', { data: 'outside' });
    await backend.create('base/dir/a', { data: 'text' });
    part = subdirectory(backend, '/base');
  });

  test('has its own root, and paths from there in all that it returns', async () => {
    expect(await paths(part)).toEqual(['dir', 'dir/a']);
    expect(await paths(part, 'dir')).toEqual(['dir/a']);
    expect((await part.info('/')).path).toBe('');
    expect((await part.info('dir/a')).path).toBe('dir/a');
    expect((await part.create('b', { data: 'x' })).path).toBe('b');
    expect((await part.create('empty', { isDirectory: true })).path).toBe('empty');
    expect((await part.update('b', { data: 'y', append: true })).path).toBe('b');
    expect((await part.copy('b', 'c')).path).toBe('c');
    expect((await part.move('c', 'd')).path).toBe('d');
    expect(await part.glob('**')).toEqual(['b', 'd', 'dir/a']);
    expect([...(await part.checksumMany(['b'])).keys()]).toEqual(['b']);
    expect(await part.checksum('dir/a')).toBe(await backend.checksum('base/dir/a'));
    expect(await Array.fromAsync(part.streamRead('b', { binary: false }))).toEqual(['xy']);
    expect(await paths(backend, 'base')).toContain('base/d');
  });

  test('lets nothing out', async () => {
    for (const path of ['../outside', 'dir/../../outside', '..', '\\..\\outside']) {
      await expect(part.read(path)).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
    }
    expect(await part.exists('outside')).toBe(false);
    expect(await part.exists('/outside')).toBe(false);
    await part.delete('dir', { recursive: true }).catch(() => undefined);
    expect(await backend.read('outside', { binary: false })).toBe('outside');
  });

  test('errors name the path as it has it', async () => {
    await expect(part.read('gone')).rejects.toMatchObject({ code: 'NOT_FOUND', path: 'gone' });
    await expect(part.create('dir/a/b')).rejects.toMatchObject({ code: 'NOT_DIRECTORY', path: 'dir/a' });
    await expect(part.create('dir/a')).rejects.toMatchObject({ code: 'ALREADY_EXISTS', path: 'dir/a' });
    await expect(part.list('gone')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: 'gone',
    });
    await expect(part.streamRead('gone').getReader().read()).rejects.toMatchObject({ path: 'gone' });
    await expect(subdirectory(part, 'dir').update('gone', { data: '' })).rejects.toMatchObject({
      path: 'gone',
    });
  });

  test('can be of a part, and of one that does not exist yet', async () => {
    const deep = subdirectory(subdirectory(part, 'not'), 'yet');
    expect(await paths(deep)).toEqual([]);
    expect(await deep.exists('/')).toBe(true);
    expect((await deep.info('/')).isDir).toBe(true);
    expect(await deep.glob('**')).toEqual([]);
    await expect(deep.read('/')).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
    await deep.create('a', { data: 'deep' });
    expect(await backend.read('base/not/yet/a', { binary: false })).toBe('deep');
    expect(await paths(deep)).toEqual(['a']);
  });

  test('appends to one file through two views, and without one, all land', async () => {
    await backend.create('base/log');
    const views = [backend, part, subdirectory(backend, 'base')];
    const lines = Array.from({ length: 60 }, (_, n) => n);
    await Promise.all(
      lines.map((n) =>
        views[n % 3]!.update(n % 3 === 0 ? 'base/log' : 'log', { data: `${n}\n`, append: true }),
      ),
    );
    const written = (await part.read('log', { binary: false })).trimEnd().split('\n').map(Number);
    expect(written.toSorted((a, b) => a - b)).toEqual(lines);
  });

  test('what would be f9’s own at its root is neither listed nor had', async () => {
    await backend.create('base/.f9/state');
    await backend.create('base/dir/.f9', { data: 'a name like any other' });
    expect(await paths(part)).toEqual(['dir', 'dir/.f9', 'dir/a']);
    expect(await part.glob('**', { dot: true })).toEqual(['dir/.f9', 'dir/a']);
    await expect(part.read('.f9/state')).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });
});

test('the whole of a vault is a part of it', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('a/b', { data: 'x' });
  const part = subdirectory(backend, '/');
  expect(await paths(part)).toEqual(['a', 'a/b']);
  expect(await part.read('a/b', { binary: false })).toBe('x');
});

test('a path that leads out, or to f9’s own state, is no part', () => {
  const backend = new MemoryFileBackend();
  expect(() => subdirectory(backend, '../x')).toThrow(expect.objectContaining({ code: 'PATH_OUTSIDE_ROOT' }));
  expect(() => subdirectory(backend, '.f9')).toThrow(expect.objectContaining({ code: 'INVALID_PATH' }));
});

test('a part that is a file is one', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('file', { data: 'x' });
  const part = subdirectory(backend, 'file');
  expect((await part.info('/')).fileType).toBe('file');
  await expect(paths(part)).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
  await expect(part.create('a')).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
});

test('a search stays below it', async () => {
  const part = subdirectory(subdirectory(new DriverBackend(wholeDriver()), 'base'), 'dir');
  expect(await part.search('word')).toEqual([{ path: 'word', score: 1, snippet: '' }]);
  expect(await part.search('word', { path: 'deep' })).toMatchObject([{ path: 'deep/word' }]);
});

test('errors of every member of a driver are lifted', async () => {
  const backend = new DriverBackend(wholeDriver());
  await backend.create('base/dir/a');
  await expect(subdirectory(backend, 'base').delete('dir', { recursive: true })).rejects.toMatchObject({
    code: 'BUSY',
    path: 'dir',
  });
});

test('push, pull and conflicts are the whole vault’s', () => {
  const sync = {
    pull: async () => undefined,
    push: async () => undefined,
    conflicts: async () => [],
    resolve: async () => undefined,
  };
  const backend = new SyncDriverBackend(memoryDriver({ sync }));
  expect(isSyncFileBackend(subdirectory(backend, 'a'))).toBe(false);
  expect(isSyncFileBackend(readOnly(backend))).toBe(true);
});
