import fs from 'node:fs';
import { join } from 'node:path';
import { isFileBackendError } from '@f9/core';
import { type BackendPath, DriverBackend } from '@f9/core/driver';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConfinedRoot } from '../src/confined/confined-root.ts';
import { LocalDriver, LocalFileBackend } from '../src/index.ts';
import { Runner } from '../src/io/runner.ts';
import { openFiles } from './support/open-files.ts';
import { everything, plant, temporaryFolder } from './support/temporary-folder.ts';

const SECRET = 'not for the vault';

let folder: string;
let root: string;

beforeEach(() => {
  folder = temporaryFolder();
  root = join(folder, 'vault');
  plant(root, { 'file.txt': 'inside', 'dir/inner.txt': 'inner', 'dir/sub/deep.txt': 'deep' });
  plant(folder, { 'outside/secret.txt': SECRET, 'outside/dir/secret.txt': SECRET });
});

function link(target: string, path: string): void {
  fs.symlinkSync(target, join(root, path));
}

describe.each(['auto', 'async'] as const)('io: %s', (io) => {
  let backend: LocalFileBackend;

  beforeEach(async () => {
    backend = await LocalFileBackend.open({ root, io, durability: 'none' });
  });

  test('a symlink that leads out of the vault is PATH_OUTSIDE_ROOT for whatever would follow it, and nothing outside changes', async () => {
    link('../outside', 'out');
    link('../outside/secret.txt', 'out.txt');
    link(join(folder, 'outside/secret.txt'), 'dir/absolute.txt');
    link('../../outside', 'dir/out');
    const before = everything(join(folder, 'outside'));
    for (const path of [
      'out/secret.txt',
      'out.txt',
      'dir/absolute.txt',
      'dir/out/secret.txt',
      'dir/out/dir/secret.txt',
    ]) {
      for (const attempt of [
        () => backend.read(path),
        () => backend.read(path, { offset: 0, length: 3 }),
        () => Array.fromAsync(backend.streamRead(path)),
        () => backend.info(path),
        () => backend.exists(path),
        () => backend.checksum(path),
        () => backend.update(path, { data: 'x' }),
        () => backend.update(path, { data: 'x', append: true }),
        () => backend.create(path, { data: 'x', overwrite: true }),
        () => backend.streamWrite(path, { chunkSource: ['x'], overwrite: true }),
        () => backend.copy(path, 'copied.txt'),
        () => backend.copy('file.txt', path, { overwrite: true }),
        () => backend.move('file.txt', path, { overwrite: true }),
      ]) {
        await expect(attempt(), `${path} ${attempt}`).rejects.toMatchObject({
          code: 'PATH_OUTSIDE_ROOT',
        });
      }
    }
    for (const attempt of [
      () => backend.create('out/new.txt', { data: 'x' }),
      () => backend.create('out/new', { isDirectory: true }),
      () => backend.create('out/a/b/new.txt', { data: 'x' }),
      () => backend.delete('out/secret.txt'),
      () => backend.delete('out/dir', { recursive: true }),
      () => backend.move('out/secret.txt', 'moved.txt'),
      () => Array.fromAsync(backend.list('out')),
      () => backend.glob('out/*'),
      () => backend.checksumMany(['out/secret.txt']),
    ]) {
      await expect(attempt(), `${attempt}`).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
    }
    expect(await backend.glob('**')).not.toContain('out.txt');
    expect(everything(join(folder, 'outside'))).toEqual(before);
    expect(fs.readFileSync(join(folder, 'outside/secret.txt'), 'utf8')).toBe(SECRET);
    expect(await backend.read('file.txt', { binary: false })).toBe('inside');
  });

  test('a symlink to the folder beside the vault whose name begins like its own is outside', async () => {
    plant(folder, { 'vault-2/secret.txt': SECRET });
    link('../vault-2', 'beside');
    await expect(backend.read('beside/secret.txt')).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
  });

  test('symlinks that stay inside are followed, by chains and by absolute targets too', async () => {
    link('file.txt', 'a.txt');
    link('a.txt', 'b.txt');
    link(join(root, 'dir'), 'to-dir');
    link('to-dir/sub', 'to-sub');
    link('.', 'self');
    for (const [path, content] of [
      ['b.txt', 'inside'],
      ['to-dir/inner.txt', 'inner'],
      ['to-sub/deep.txt', 'deep'],
      ['self/self/dir/inner.txt', 'inner'],
    ] as const) {
      expect(await backend.read(path, { binary: false })).toBe(content);
      expect((await backend.info(path)).fileType).toBe('file');
      expect(await backend.checksumMany([path])).toEqual(new Map([[path, await backend.checksum(path)]]));
    }
    expect((await Array.fromAsync(backend.list('to-sub'))).map(({ path }) => path)).toEqual([
      'to-sub/deep.txt',
    ]);
  });

  test('writing to a symlink writes what it leads to, and the symlink stays', async () => {
    link('../file.txt', 'dir/link.txt');
    link('dir', 'to-dir');
    await backend.update('dir/link.txt', { data: 'updated' });
    await backend.update('to-dir/link.txt', { data: ' and more', append: true });
    await backend.streamWrite('to-dir/inner.txt', { chunkSource: ['streamed'], overwrite: true });
    await backend.create('to-dir/new/file.txt', { data: 'new' });
    expect(fs.readFileSync(join(root, 'file.txt'), 'utf8')).toBe('updated and more');
    expect(fs.readlinkSync(join(root, 'dir/link.txt'))).toBe('../file.txt');
    expect(fs.readFileSync(join(root, 'dir/inner.txt'), 'utf8')).toBe('streamed');
    expect(fs.readFileSync(join(root, 'dir/new/file.txt'), 'utf8')).toBe('new');
    await expect(backend.create('to-dir', { data: 'x', overwrite: true })).rejects.toMatchObject({
      code: 'IS_DIRECTORY',
    });
  });

  test('deleting and moving a symlink deletes and moves the symlink, wherever it leads', async () => {
    link('../outside/secret.txt', 'out.txt');
    link('nowhere', 'dangling');
    link('dir', 'to-dir');
    await backend.move('out.txt', 'moved.txt');
    await backend.move('to-dir', 'moved-dir');
    expect(fs.readlinkSync(join(root, 'moved.txt'))).toBe('../outside/secret.txt');
    expect(fs.readlinkSync(join(root, 'moved-dir'))).toBe('dir');
    for (const path of ['moved.txt', 'dangling']) await backend.delete(path);
    await backend.delete('moved-dir', { recursive: true });
    expect(everything(root).filter((path) => path !== '.f9')).toEqual([
      'dir',
      'dir/inner.txt',
      'dir/sub',
      'dir/sub/deep.txt',
      'file.txt',
    ]);
    expect(fs.existsSync(join(folder, 'outside/secret.txt'))).toBe(true);
  });

  test('a symlink that leads nowhere, or in a circle, is nothing; it gives way to a replacement and to nothing less', async () => {
    link('nowhere', 'dangling');
    link('circle-b', 'circle-a');
    link('circle-a', 'circle-b');
    link('../outside/missing.txt', 'dangling-out');
    for (const path of ['dangling', 'circle-a', 'dangling-out', 'dangling/below']) {
      expect(await backend.exists(path), path).toBe(false);
      await expect(backend.read(path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(backend.update(path, { data: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    for (const path of ['dangling', 'circle-a', 'dangling-out']) {
      await expect(backend.create(path, { data: 'x' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await backend.create(path, { data: 'replaced', overwrite: true });
      expect(fs.lstatSync(join(root, path)).isFile(), path).toBe(true);
    }
    expect(fs.existsSync(join(folder, 'outside/missing.txt'))).toBe(false);
  });

  test('a list tells of a symlink that it is one, and does not go into it', async () => {
    link('dir', 'to-dir');
    link('../outside', 'out');
    const listed = await Array.fromAsync(backend.list('/', { recursive: true }));
    expect(listed.filter(({ fileType }) => fileType === 'symlink').map(({ path }) => path)).toEqual([
      'out',
      'to-dir',
    ]);
    expect(listed.some(({ path }) => path.startsWith('to-dir/') || path.startsWith('out/'))).toBe(false);
  });

  test('what f9 keeps for itself is out of reach of symlinks too', async () => {
    await backend.syncSession(async () => {
      link('.f9', 'state');
      link('.f9/session.lock', 'lock');
      await expect(Array.fromAsync(backend.list('state'))).rejects.toMatchObject({
        code: 'PATH_OUTSIDE_ROOT',
      });
      await expect(backend.delete('state/session.lock', { recursive: true })).rejects.toMatchObject({
        code: 'PATH_OUTSIDE_ROOT',
      });
      expect(await backend.exists('lock')).toBe(false);
      expect(await backend.glob('.f9/**', { dot: true, includeDirs: true })).toEqual([]);
      expect(await backend.glob('{.f9,.F9}/session.lock', { includeDirs: true })).toEqual([]);
    });
  });

  test('a state directory that is swapped for a symlink is not written through', async () => {
    fs.symlinkSync('../outside', join(root, '.f9'));
    const before = everything(join(folder, 'outside'));
    await expect(backend.create('new.txt', { data: 'x' })).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
    await expect(backend.syncSession(async () => undefined)).rejects.toMatchObject({ code: 'NOT_DIRECTORY' });
    expect(everything(join(folder, 'outside'))).toEqual(before);
  });
});

test('a directory that is removed with all that is in it takes nothing along that a symlink in it leads to', async () => {
  plant(root, { 'tree/a/b.txt': 'b' });
  link('../../outside', 'tree/out');
  link('../../dir', 'tree/a/dir');
  await using backend = await LocalFileBackend.open({ root });
  await backend.delete('tree', { recursive: true });
  expect(fs.existsSync(join(root, 'tree'))).toBe(false);
  expect(fs.readFileSync(join(root, 'dir/inner.txt'), 'utf8')).toBe('inner');
  expect(fs.readFileSync(join(folder, 'outside/secret.txt'), 'utf8')).toBe(SECRET);
});

test('a tree with a symlink to a directory is not copied at all, and the error names the symlink', async () => {
  plant(root, { 'tree/a.txt': 'a', 'tree/z.txt': 'z' });
  link('a.txt', 'tree/m.txt');
  await using backend = await LocalFileBackend.open({ root });
  await backend.copy('tree', 'copy');
  expect(await backend.read('copy/m.txt', { binary: false })).toBe('a');
  link('../dir', 'tree/n');
  await expect(backend.copy('tree', 'other')).rejects.toMatchObject({ code: 'UNSUPPORTED', path: 'tree/n' });
  expect(await backend.exists('other')).toBe(false);
});

test('names that a driver hides are not listed, not matched, and no symlink leads to them', async () => {
  plant(root, { 'dir/.git/config': 'x', '.git/config': 'x' });
  link('.git/config', 'config');
  link('dir/.git', 'git');
  const driver = new LocalDriver({ root, hides: (name) => name === '.git' });
  await using backend = new DriverBackend(driver);
  expect((await Array.fromAsync(backend.list('/', { recursive: true }))).map(({ path }) => path)).toEqual([
    ...['config', 'dir', 'dir/inner.txt', 'dir/sub', 'dir/sub/deep.txt', 'file.txt', 'git'],
  ]);
  expect(await backend.glob('**/config', { dot: true })).toEqual([]);
  expect(await backend.glob('.git/*', { dot: true })).toEqual([]);
  expect(await backend.glob('{.git,dir/.git}/config')).toEqual([]);
  await expect(backend.read('config')).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
  await expect(backend.read('git/config')).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
});

describe.each([
  ['with /proc', true],
  ['without /proc, by comparing inodes', false],
])('a root %s', (_, hasProc) => {
  const runner = new Runner('fast');
  let confined: ConfinedRoot;

  beforeEach(() => {
    confined = new ConfinedRoot({ path: root, hasProc, hides: () => false });
    link('../outside', 'out');
    link('dir', 'to-dir');
    link('dir/inner.txt', 'to-file');
    link('.f9', 'to-state');
    fs.mkdirSync(join(root, '.f9'));
  });

  const at = (path: string): BackendPath => path as BackendPath;

  function isOutside(error: unknown): boolean {
    return isFileBackendError(error, 'PATH_OUTSIDE_ROOT');
  }

  test('opens, asks about and resolves what lies inside', async () => {
    for (const path of ['file.txt', 'dir/inner.txt', 'to-dir/sub/deep.txt', 'to-file']) {
      const fd = await runner.runUnqueued(confined.openFile(at(path)));
      fs.closeSync(fd);
      expect((await runner.runUnqueued(confined.stat(at(path))))?.isFile(), path).toBe(true);
    }
    expect(await runner.runUnqueued(confined.stat(at('dir/missing')))).toBe(undefined);
    expect(await runner.runUnqueued(confined.stat(at('file.txt/below')))).toBe(undefined);
    expect(await runner.runUnqueued(confined.resolve(at('to-dir/sub')))).toBe('dir/sub');
    const directory = await runner.runUnqueued(confined.openDirectory(at('to-dir/sub')));
    expect(fs.readdirSync(directory.path)).toEqual(['deep.txt']);
    expect(directory.realPath).toBe(join(root, 'dir/sub'));
    await runner.runUnqueued(directory.close());
  });

  test('refuses what lies outside, and the state directory', async () => {
    for (const path of ['out', 'out/dir', 'to-state']) {
      await expect(runner.runUnqueued(confined.stat(at(path)))).rejects.toSatisfy(isOutside);
      await expect(runner.runUnqueued(confined.resolve(at(path)))).rejects.toSatisfy(isOutside);
      await expect(runner.runUnqueued(confined.openDirectory(at(path)))).rejects.toSatisfy(isOutside);
    }
    for (const path of ['out/secret.txt', 'out/dir/secret.txt']) {
      await expect(runner.runUnqueued(confined.openFile(at(path)))).rejects.toSatisfy(isOutside);
      await expect(runner.runUnqueued(confined.stat(at(path)))).rejects.toSatisfy(isOutside);
    }
  });

  test('a real directory is one that no symlink leads to', async () => {
    expect((await runner.runUnqueued(confined.openRealDirectory(join(root, 'to-dir/sub'))))?.realPath).toBe(
      undefined,
    );
    expect((await runner.runUnqueued(confined.openRealDirectory(join(root, 'to-dir'))))?.realPath).toBe(
      undefined,
    );
    const real = await runner.runUnqueued(confined.openRealDirectory(join(root, 'dir/sub')));
    expect(real?.realPath).toBe(join(root, 'dir/sub'));
    await runner.runUnqueued(real!.close());
  });

  test('nothing stays open, whatever was refused', async () => {
    const before = openFiles().length;
    for (const path of ['out', 'out/secret.txt', 'missing', 'dir/missing', 'file.txt/below', 'to-state']) {
      await runner.runUnqueued(confined.openFile(at(path))).catch(() => undefined);
      await runner.runUnqueued(confined.openDirectory(at(path))).catch(() => undefined);
      await runner.runUnqueued(confined.stat(at(path))).catch(() => undefined);
    }
    expect(openFiles().length).toBe(before);
  });
});
