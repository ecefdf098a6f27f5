import fs from 'node:fs';
import { join } from 'node:path';
import { MemoryFileBackend, mirror } from '@f9/core';
import type { SkippedName } from '@f9/core/driver';
import { beforeEach, describe, expect, test } from 'vitest';
import { LocalFileBackend } from '../src/index.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

// Names that only who works past f9 can put on a disk.

describe.skipIf(process.platform === 'win32')(
  'on a disk that takes any bytes for names (needs POSIX)',
  () => {
    const REPLACEMENT = '\uFFFD';
    const invalid = Buffer.from([0x6e, 0x61, 0xff, 0x6d, 0x65]);
    let root: string;
    let backend: LocalFileBackend;

    beforeEach(async () => {
      root = temporaryFolder();
      plant(root, { 'dir/a.txt': 'a', [`dir/${REPLACEMENT}.txt`]: 'really called so' });
      fs.writeFileSync(join(root, 'dir/back\\slash.txt'), 'x');
      fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/dir/`), invalid]), 'x');
      fs.mkdirSync(Buffer.concat([Buffer.from(`${root}/`), invalid]));
      backend = await LocalFileBackend.open({ root });
    });

    test('what is not UTF-8 or holds a backslash is no part of the vault; a replacement character is one like others', async () => {
      const listed = await Array.fromAsync(backend.list('/', { recursive: true }));
      expect(listed.map(({ path }) => path)).toEqual(['dir', 'dir/a.txt', `dir/${REPLACEMENT}.txt`]);
      expect(await backend.glob('**/*')).toEqual(['dir/a.txt', `dir/${REPLACEMENT}.txt`]);
      expect(await backend.glob('dir/back\\\\slash.txt')).toEqual([]);
      expect(await backend.read(`dir/${REPLACEMENT}.txt`, { binary: false })).toBe('really called so');
      expect(await backend.exists('dir/back\\slash.txt')).toBe(false);
    });

    test('it is told to who lists and mirrors the folder, directories too', async () => {
      fs.mkdirSync(join(root, 'back\\slash'));
      fs.writeFileSync(join(root, 'back\\slash/inside.txt'), 'x');
      const expected = ['back\\slash', 'dir/back\\slash.txt', 'dir/na\\xffme', 'na\\xffme'];
      const skipped: string[] = [];
      const onSkipped = ({ path }: SkippedName): void => void skipped.push(path);
      await Array.fromAsync(backend.list('/', { recursive: true, onSkipped }));
      expect(skipped.toSorted()).toEqual(expected);
      const result = await mirror(backend, new MemoryFileBackend());
      expect(result.failed).toEqual([]);
      expect(result.skipped).toEqual(expected.map((path) => ({ path, reason: 'unnameable' })));
      expect(result.copied.map(({ path }) => path)).toEqual(['dir/a.txt', `dir/${REPLACEMENT}.txt`]);
    });

    test('it is not deleted with its directory, which stays and says so', async () => {
      await expect(backend.delete('dir', { recursive: true })).rejects.toMatchObject({
        code: 'DIRECTORY_NOT_EMPTY',
        path: 'dir',
        message: expect.not.stringContaining('recursive'),
      });
      expect(fs.readdirSync(join(root, 'dir'), 'buffer').map(String).sort()).toEqual(
        ['back\\slash.txt', invalid.toString()].sort(),
      );
    });
  },
);

test('a file staged beside its target is not listed, and one that only looks like it is', async () => {
  const root = temporaryFolder();
  await using backend = await LocalFileBackend.open({ root });
  await backend.create('.f9-notes.md');
  fs.writeFileSync(join(root, '.f9-0123456789ab.123.456.0123456789'), '');
  expect((await Array.fromAsync(backend.list())).map(({ path }) => path)).toEqual(['.f9-notes.md']);
});

test('a path that is too long for the filesystem is INVALID_PATH', async () => {
  await using backend = await LocalFileBackend.open({ root: temporaryFolder() });
  const path = Array.from({ length: 30 }, () => 'd'.repeat(200)).join('/');
  await expect(backend.read(path)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  await expect(backend.create(path)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  expect(await Array.fromAsync(backend.list())).toEqual([]);
});

test('what lies too deep for any path to name is no part of the vault, and told to who lists and mirrors it', async () => {
  const root = temporaryFolder();
  await using backend = await LocalFileBackend.open({ root });
  const name = 'd'.repeat(200);
  await backend.create(Array(10).fill(name).join('/'), { data: 'named' });
  const back = process.cwd();
  try {
    process.chdir(join(root, ...Array(9).fill(name)));
    fs.mkdirSync('deeper');
    process.chdir('deeper');
    fs.writeFileSync('x'.repeat(250), 'not named');
  } finally {
    process.chdir(back);
  }
  const tooLong = [...Array(9).fill(name), 'deeper', 'x'.repeat(250)].join('/');
  const skipped: SkippedName[] = [];
  const how = { recursive: true, onSkipped: (entry: SkippedName) => void skipped.push(entry) };
  const listed = await Array.fromAsync(backend.list('/', how));
  for (const { path } of listed) expect(await backend.exists(path)).toBe(true);
  expect(skipped).toEqual([{ path: tooLong, reason: 'unnameable' }]);
  expect((await Array.fromAsync(backend.list('/', { ...how, etags: true }))).length).toBe(listed.length);
  const [file] = await backend.globFiles('**');
  expect(await backend.globFiles('**')).toEqual([file]);
  expect((await backend.globInfo('**/x*')).length).toBe(0);
  const result = await mirror(backend, new MemoryFileBackend());
  expect(result.failed).toEqual([]);
  expect(result.skipped).toEqual([{ path: tooLong, reason: 'unnameable' }]);
});

test('a FIFO, a socket or a device is listed as other, and neither hangs a read nor is taken for a file (needs mkfifo)', async (context) => {
  const { execFileSync } = await import('node:child_process');
  const root = temporaryFolder();
  try {
    execFileSync('mkfifo', [join(root, 'fifo')]);
  } catch {
    context.skip();
  }
  await using backend = await LocalFileBackend.open({ root });
  expect((await backend.info('fifo')).fileType).toBe('other');
  for (const attempt of [
    backend.read('fifo'),
    backend.checksum('fifo'),
    backend.copy('fifo', 'copy'),
    Array.fromAsync(backend.streamRead('fifo')),
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  }
});
