import fs from 'node:fs';
import { join } from 'node:path';
import { isFileBackendError } from '@f9/core';
import { type BackendPath, GlobPattern, type WriteOptions } from '@f9/core/driver';
import { beforeEach, expect, test } from 'vitest';
import { makeDirectory, move, remove, removeTree } from '../src/files/changes.ts';
import { checksum, checksumSmallOnes } from '../src/files/checksums.ts';
import { OpenFolder } from '../src/files/open-folder.ts';
import { readFile } from '../src/files/reading.ts';
import { glob, openListing } from '../src/files/walk.ts';
import { append, copy, write } from '../src/files/writing.ts';
import { type Operation, Runner } from '../src/io/runner.ts';
import { openFiles } from './support/open-files.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

// Operations as they run on macOS, on Windows and where /proc is not mounted: places are held by comparing inodes.

let root: string;
let folder: OpenFolder;

beforeEach(async () => {
  const outer = temporaryFolder();
  root = join(outer, 'vault');
  plant(root, { 'a.txt': 'a', 'dir/b.txt': 'b', 'dir/sub/c.txt': 'c' });
  plant(outer, { 'outside/secret.txt': 'secret' });
  fs.symlinkSync('../outside', join(root, 'out'));
  fs.symlinkSync('dir/sub', join(root, 'in'));
  const options = { stateDirectory: undefined, durability: 'fsync', hides: undefined } as const;
  folder = await OpenFolder.open(runner, { ...options, path: root, hasProc: false });
});

const runner = new Runner('fast');
const run = <T>(operation: Operation<T>): Promise<T> => runner.runUnqueued(operation);
const at = (path: string): BackendPath => path as BackendPath;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const CREATE: WriteOptions = { ifExists: 'fail', ifMissing: 'create' };
const REPLACE: WriteOptions = { ifExists: 'replace', ifMissing: 'create' };

async function text(path: string): Promise<string> {
  return new TextDecoder().decode(await run(readFile(folder.root, at(path), {}, Number.POSITIVE_INFINITY)));
}

test('files are written, read, copied, moved, hashed, listed, matched and removed, by way of symlinks inside too', async () => {
  const before = openFiles().length;
  await run(write(folder, at('new/deep/d.txt'), bytes('d'), CREATE));
  await run(write(folder, at('in/c.txt'), bytes('replaced'), REPLACE));
  await run(append(folder, at('in/c.txt'), bytes(', and more'), {}));
  await run(copy(folder, at('in/c.txt'), at('copy.txt'), CREATE));
  await run(move(folder, at('copy.txt'), at('dir/moved.txt'), CREATE));
  await run(makeDirectory(folder, at('empty/inner'), { ifExists: 'fail' }));
  expect(await text('dir/moved.txt')).toBe('replaced, and more');
  expect(
    await run(glob(folder.root, new GlobPattern('**/{c,d,moved}.txt'), { files: true, directories: false })),
  ).toEqual(expect.arrayContaining(['new/deep/d.txt', 'dir/moved.txt', 'dir/sub/c.txt']));
  expect(
    await run(glob(folder.root, new GlobPattern('dir/sub/c.txt'), { files: true, directories: false })),
  ).toEqual(['dir/sub/c.txt']);
  const listing = await run(openListing(folder, at('in'), { recursive: true }));
  expect((await run(listing.batch())).map(({ path }) => path)).toEqual(['in/c.txt']);
  expect(
    await run(checksum(folder, at('in/c.txt'), 'md5', Number.POSITIVE_INFINITY, undefined)),
  ).toHaveLength(32);
  // Here an open directory does not hold its place: every file is looked at by itself.
  expect(await run(checksumSmallOnes(folder, [at('a.txt')], 'md5', new Map()))).toEqual(['a.txt']);
  await run(remove(folder, at('dir/moved.txt'), {}));
  await run(removeTree(folder, at('new'), {}));
  expect(fs.readdirSync(root).sort()).toEqual(['.f9', 'a.txt', 'dir', 'empty', 'in', 'out']);
  await run(folder.close());
  expect(fs.readdirSync(join(root, '.f9'))).toEqual(['.gitignore']);
  expect(openFiles().length).toBe(before);
});

test('nothing leads out', async () => {
  const isOutside = (error: unknown): boolean => isFileBackendError(error, 'PATH_OUTSIDE_ROOT');
  for (const operation of [
    () => readFile(folder.root, at('out/secret.txt'), {}, 1),
    () => write(folder, at('out/secret.txt'), bytes('x'), REPLACE),
    () => write(folder, at('out/new/x.txt'), bytes('x'), CREATE),
    () => copy(folder, at('a.txt'), at('out/x.txt'), CREATE),
    () => move(folder, at('a.txt'), at('out/x.txt'), CREATE),
    () => remove(folder, at('out/secret.txt'), {}),
    () => makeDirectory(folder, at('out/x'), { ifExists: 'fail' }),
    () => openListing(folder, at('out'), { recursive: true }),
  ]) {
    await expect(run<unknown>(operation()), `${operation}`).rejects.toSatisfy(isOutside);
  }
  expect(fs.readdirSync(join(root, '../outside'))).toEqual(['secret.txt']);
  expect(fs.readFileSync(join(root, '../outside/secret.txt'), 'utf8')).toBe('secret');
});

test('a file that is replaced all the time is read whole, whichever version it is', async () => {
  let done = false;
  const replace = async (): Promise<void> => {
    for (let i = 0; !done; i++)
      await run(write(folder, at('dir/b.txt'), bytes(String(i % 10).repeat(5000)), REPLACE));
  };
  const replacing = replace();
  for (let i = 0; i < 200; i++) expect(await text('dir/b.txt')).toMatch(/^(b|(\d)\2{4999})$/);
  done = true;
  await replacing;
});
