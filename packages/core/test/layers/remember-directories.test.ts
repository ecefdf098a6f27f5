import { expect, test } from 'vitest';
import { DriverBackend, isWithin, layer, parentPath } from '../../src/driver/index.ts';
import { type FileBackend, MemoryFileBackend, rememberDirectories } from '../../src/index.ts';

/** A vault whose directories are what its files imply, as in git. */
function impliedDirectories(): DriverBackend {
  const { driver } = new MemoryFileBackend();
  const tidy = async (path: ReturnType<typeof parentPath>): Promise<void> => {
    for (let at = path; at !== ''; at = parentPath(at)) {
      if ((await Array.fromAsync(driver.list(at, { recursive: false }))).flat().length > 0) return;
      await driver.remove(at, {});
    }
  };
  return new DriverBackend(
    layer(driver, {
      capabilities: { ...driver.capabilities, emptyDirectories: false },
      remove: async (path, options) => {
        await driver.remove(path, options);
        await tidy(parentPath(path));
      },
      move: async (from, to, options) => {
        const moved = await driver.move!(from, to, options);
        if (!isWithin(to, parentPath(from))) await tidy(parentPath(from));
        return moved;
      },
    }),
  );
}

async function paths(vault: FileBackend, recursive = true): Promise<string[]> {
  return (await Array.fromAsync(vault.list('/', { recursive }))).map(({ path, isDir }) =>
    isDir ? `${path}/` : path,
  );
}

test('a directory that was made is there for every operation until it is removed, and for nobody else', async () => {
  const inner = impliedDirectories();
  await expect(inner.create('a', { isDirectory: true })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  const vault = rememberDirectories(inner);
  expect(vault.capabilities.emptyDirectories).toBe(false);
  await vault.create('m/file', { data: 'x' });
  expect((await vault.create('a/b', { isDirectory: true })).isDir).toBe(true);
  await vault.create('z', { isDirectory: true });
  await vault.create('m-n', { isDirectory: true });
  await expect(vault.create('a', { isDirectory: true })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await vault.create('a/b', { isDirectory: true, overwrite: true });
  await expect(vault.create('m/file/x', { isDirectory: true })).rejects.toMatchObject({
    code: 'NOT_DIRECTORY',
  });

  expect(await paths(vault)).toEqual(['a/', 'a/b/', 'm/', 'm/file', 'm-n/', 'z/']);
  expect(await paths(vault, false)).toEqual(['a/', 'm/', 'm-n/', 'z/']);
  expect((await Array.fromAsync(vault.list('a'))).map(({ path }) => path)).toEqual(['a/b']);
  expect(await Array.fromAsync(vault.list('a/b'))).toEqual([]);
  expect((await vault.info('a')).isDir).toBe(true);
  expect(await vault.exists('a/b')).toBe(true);
  expect(await vault.globDirs('**')).toEqual(['a', 'a/b', 'm', 'm-n', 'z']);
  expect((await vault.globInfo('*', { includeDirs: true })).map(({ path }) => path)).toEqual([
    'a',
    'm',
    'm-n',
    'z',
  ]);
  await expect(vault.read('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(vault.create('a', { data: 'x', overwrite: true })).rejects.toMatchObject({
    code: 'IS_DIRECTORY',
  });
  await expect(vault.move('m/file', 'a/b', { overwrite: true })).rejects.toMatchObject({
    code: 'IS_DIRECTORY',
  });
  await expect(vault.delete('a')).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' });

  expect(await paths(rememberDirectories(inner))).toEqual(await paths(vault));
  expect(await paths(inner)).toEqual(['m/', 'm/file']);

  await vault.delete('a/b');
  expect((await vault.info('a')).isDir).toBe(true);
  await vault.delete('a');
  await expect(vault.info('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await vault.delete('z', { recursive: true });
  await expect(vault.delete('z')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await paths(vault)).toEqual(['m/', 'm/file', 'm-n/']);
});

test('files go into it and out of it again, and it moves and is copied as any directory', async () => {
  const inner = impliedDirectories();
  const vault = rememberDirectories(inner);
  await vault.create('d/empty', { isDirectory: true });
  await vault.create('d/full', { isDirectory: true });
  await vault.create('d/full/file', { data: 'x' });
  await vault.delete('d/full/file');
  expect(await paths(vault)).toEqual(['d/', 'd/empty/', 'd/full/']);
  await vault.create('d/full/file', { data: 'y' });
  await vault.copy('d', 'copied');
  await vault.move('d', 'moved');
  await vault.move('moved/empty', 'alone');
  expect(await paths(vault)).toEqual([
    'alone/',
    'copied/',
    'copied/empty/',
    'copied/full/',
    'copied/full/file',
    'moved/',
    'moved/full/',
    'moved/full/file',
  ]);
  await expect(vault.move('alone', 'moved')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await vault.delete('copied', { recursive: true });
  await vault.delete('moved', { recursive: true });
  expect(await paths(vault)).toEqual(['alone/']);
});

test('where directories are kept it changes nothing', async () => {
  const inner = new MemoryFileBackend();
  await rememberDirectories(inner).create('a', { isDirectory: true });
  expect(await paths(inner)).toEqual(['a/']);
});
