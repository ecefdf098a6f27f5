import fs from 'node:fs';
import { join } from 'node:path';
import { isFileBackendError } from '@f9/core';
import { type BackendPath, GlobPattern, type WriteOptions } from '@f9/core/driver';
import { beforeEach, expect, test } from 'vitest';
import { makeDirectory, move, remove, removeTree } from '../src/changes.ts';
import { checksum, checksumSmallOnes } from '../src/checksums.ts';
import { ConfinedRoot } from '../src/confined-root.ts';
import { KnownChecksums } from '../src/known-checksums.ts';
import { readFile } from '../src/reading.ts';
import { type Operation, Runner } from '../src/runner.ts';
import { StateDirectory } from '../src/state-directory.ts';
import type { Vault } from '../src/vault.ts';
import { glob, openListing } from '../src/walk.ts';
import { append, copy, write } from '../src/writing.ts';
import { openFiles } from './support/open-files.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

// Operations as they run on macOS, on Windows and where /proc is not mounted: places are held by comparing inodes.

let root: string;
let vault: Vault;

beforeEach(() => {
  const folder = temporaryFolder();
  root = join(folder, 'vault');
  plant(root, { 'a.txt': 'a', 'dir/b.txt': 'b', 'dir/sub/c.txt': 'c' });
  plant(folder, { 'outside/secret.txt': 'secret' });
  fs.symlinkSync('../outside', join(root, 'out'));
  fs.symlinkSync('dir/sub', join(root, 'in'));
  const confined = new ConfinedRoot({ path: root, hasProc: false, hides: () => false });
  const state = new StateDirectory(confined, undefined);
  vault = { root: confined, state, durability: 'fsync', checksums: new KnownChecksums(state) };
});

const runner = new Runner('fast');
const run = <T>(operation: Operation<T>): Promise<T> => runner.run(operation);
const at = (path: string): BackendPath => path as BackendPath;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const CREATE: WriteOptions = { ifExists: 'fail', ifMissing: 'create' };
const REPLACE: WriteOptions = { ifExists: 'replace', ifMissing: 'create' };

async function text(path: string): Promise<string> {
  return new TextDecoder().decode(await run(readFile(vault.root, at(path), {}, Number.POSITIVE_INFINITY)));
}

test('files are written, read, copied, moved, hashed, listed, matched and removed, by way of symlinks inside too', async () => {
  const before = openFiles().length;
  await run(write(vault, at('new/deep/d.txt'), bytes('d'), CREATE));
  await run(write(vault, at('in/c.txt'), bytes('replaced'), REPLACE));
  await run(append(vault, at('in/c.txt'), bytes(', and more'), {}));
  await run(copy(vault, at('in/c.txt'), at('copy.txt'), CREATE));
  await run(move(vault, at('copy.txt'), at('dir/moved.txt'), CREATE));
  await run(makeDirectory(vault, at('empty/inner'), { ifExists: 'fail' }));
  expect(await text('dir/moved.txt')).toBe('replaced, and more');
  expect(
    await run(glob(vault.root, new GlobPattern('**/{c,d,moved}.txt'), { files: true, directories: false })),
  ).toEqual(expect.arrayContaining(['new/deep/d.txt', 'dir/moved.txt', 'dir/sub/c.txt']));
  expect(
    await run(glob(vault.root, new GlobPattern('dir/sub/c.txt'), { files: true, directories: false })),
  ).toEqual(['dir/sub/c.txt']);
  const listing = await run(openListing(vault.root, at('in'), true));
  expect((await run(listing.batch())).map(({ path }) => path)).toEqual(['in/c.txt']);
  expect(await run(checksum(vault, at('in/c.txt'), 'md5', Number.POSITIVE_INFINITY, undefined))).toHaveLength(
    32,
  );
  // Here an open directory does not hold its place: every file is looked at by itself.
  expect(await run(checksumSmallOnes(vault, [at('a.txt')], 'md5', new Map()))).toEqual(['a.txt']);
  await run(remove(vault, at('dir/moved.txt'), {}));
  await run(removeTree(vault, at('new')));
  expect(fs.readdirSync(root).sort()).toEqual(['.f9', 'a.txt', 'dir', 'empty', 'in', 'out']);
  expect(fs.readdirSync(join(root, '.f9'))).toEqual([]);
  expect(openFiles().length).toBe(before);
});

test('nothing leads out', async () => {
  const isOutside = (error: unknown): boolean => isFileBackendError(error, 'PATH_OUTSIDE_ROOT');
  for (const operation of [
    () => readFile(vault.root, at('out/secret.txt'), {}, 1),
    () => write(vault, at('out/secret.txt'), bytes('x'), REPLACE),
    () => write(vault, at('out/new/x.txt'), bytes('x'), CREATE),
    () => copy(vault, at('a.txt'), at('out/x.txt'), CREATE),
    () => move(vault, at('a.txt'), at('out/x.txt'), CREATE),
    () => remove(vault, at('out/secret.txt'), {}),
    () => makeDirectory(vault, at('out/x'), { ifExists: 'fail' }),
    () => openListing(vault.root, at('out'), true),
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
      await run(write(vault, at('dir/b.txt'), bytes(String(i % 10).repeat(5000)), REPLACE));
  };
  const replacing = replace();
  for (let i = 0; i < 200; i++) expect(await text('dir/b.txt')).toMatch(/^(b|(\d)\2{4999})$/);
  done = true;
  await replacing;
});
