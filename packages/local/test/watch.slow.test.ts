import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { VaultChange } from '@f9/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { LocalFileBackend } from '../src/index.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

// What a program of any kind does to the folder, as a watch of it tells.

describe.each(['auto', 'async'] as const)('io: %s', (io) => {
  let root: string;
  let backend: LocalFileBackend;
  let stop: AbortController;

  beforeEach(async () => {
    root = temporaryFolder();
    plant(root, { 'a.txt': 'a', 'dir/b.txt': 'b', 'dir/sub/c.txt': 'c' });
    backend = await LocalFileBackend.open({ root, io, durability: 'none' });
    stop = new AbortController();
  });

  afterEach(async () => {
    stop.abort();
    await backend[Symbol.asyncDispose]();
  });

  /** Begins to watch; gives the changes so far, by path the last one. */
  async function watch(path = '/'): Promise<Map<string, VaultChange>> {
    const seen = new Map<string, VaultChange>();
    const ready = Promise.withResolvers<void>();
    const read = async (): Promise<void> => {
      const changes = backend.watch(path, { signal: stop.signal, onReady: ready.resolve });
      for await (const change of changes) seen.set(change.path, change);
    };
    read().catch((error: unknown) => {
      if (!stop.signal.aborted) ready.reject(error);
    });
    await ready.promise;
    return seen;
  }

  const kinds = (seen: Map<string, VaultChange>): Record<string, string> =>
    Object.fromEntries([...seen.values()].map(({ path, kind }) => [path, kind]));

  test.skipIf(process.platform === 'win32').each([
    ['moved away', (folder: string) => fs.renameSync(folder, `${folder}-moved`)],
    ['removed', (folder: string) => fs.rmSync(folder, { recursive: true })],
  ])('says so once the folder itself is %s, also where another one comes in its place', async (_, end) => {
    const folder = join(root, 'vault');
    // Moved within it, a name like its own is one like others.
    plant(folder, { 'a.txt': 'a', vault: 'of the same name' });
    await using vault = await LocalFileBackend.open({ root: folder, io, durability: 'none' });
    const ready = Promise.withResolvers<void>();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { path } of vault.watch('/', { signal: stop.signal, onReady: ready.resolve }))
        seen.push(path);
    })();
    watching.catch(() => undefined);
    await ready.promise;
    fs.renameSync(join(folder, 'vault'), join(folder, 'renamed'));
    await expect.poll(() => seen).toEqual(expect.arrayContaining(['vault', 'renamed']));
    end(folder);
    plant(folder, { 'b.txt': 'b' });
    await expect(watching).rejects.toMatchObject({ code: 'NOT_FOUND', operation: 'watch' });
  });

  test('tells what is written, moved and removed, with the etag that a file has now, and nothing of f9’s own', async () => {
    const seen = await watch();
    await backend.update('a.txt', { data: 'new' });
    await backend.create('new/deep/d.txt', { data: 'd' });
    await backend.move('dir/b.txt', 'dir/moved.txt');
    fs.rmSync(join(root, 'dir/sub'), { recursive: true });
    const expected = {
      ...{ 'a.txt': 'written', new: 'written', 'new/deep': 'written', 'new/deep/d.txt': 'written' },
      ...{
        'dir/b.txt': 'removed',
        'dir/moved.txt': 'written',
        'dir/sub': 'removed',
        'dir/sub/c.txt': 'removed',
      },
    };
    await expect.poll(() => kinds(seen)).toEqual(expected);
    expect(seen.get('a.txt')!.etag).toBe((await backend.info('a.txt')).etag);
  });

  test('tells nothing of a file that was only looked at or whose mode stayed', async () => {
    const seen = await watch();
    await backend.read('a.txt');
    fs.chmodSync(join(root, 'dir'), 0o755);
    plant(root, { 'last.txt': 'x' });
    await expect.poll(() => kinds(seen)).toEqual({ 'last.txt': 'written' });
  });

  test('tells of a part of the vault, however often it goes and comes back', async () => {
    const seen = await watch('dir/sub');
    for (const content of ['one', 'two']) {
      fs.rmSync(join(root, 'dir'), { recursive: true });
      await expect.poll(() => kinds(seen)).toMatchObject({ 'dir/sub/c.txt': 'removed' });
      plant(root, { 'dir/sub/c.txt': content, 'dir/other.txt': content });
      await expect.poll(() => kinds(seen)).toMatchObject({ 'dir/sub/c.txt': 'written' });
      await expect
        .poll(async () => seen.get('dir/sub/c.txt')!.etag === (await backend.info('dir/sub/c.txt')).etag)
        .toBe(true);
    }
    expect(seen.has('dir/other.txt')).toBe(false);
  });

  test('tells of one file, and of one that is still to come', async () => {
    const seen = await watch('later/file.txt');
    plant(root, { 'later/other.txt': 'x', 'later/file.txt': 'x' });
    await expect.poll(() => kinds(seen)).toEqual({ 'later/file.txt': 'written' });
  });

  // As the system tells of them, whoever reads: in its short form once.
  if (io === 'auto' || isLong) {
    test('tells of each of 1,000 changes that another process makes at once, and of 12,000 while the event loop stands still', {
      timeout: 180_000,
    }, async () => {
      const seen = await watch();
      const storm = (name: string, count: number): void => {
        const program = `const fs = require('node:fs');
          for (let d = 0; d < 10; d++) fs.mkdirSync('${name}' + d);
          for (let i = 0; i < ${count}; i++) fs.writeFileSync('${name}' + (i % 10) + '/' + i, 'x');`;
        // This thread does nothing until it is over, and hears of it late.
        execFileSync(process.execPath, ['-e', program], { cwd: root });
      };
      storm('few', 1000);
      await expect.poll(() => seen.size).toBe(1010);
      storm('few-more', 10);
      storm('many', 12_000);
      await expect.poll(() => seen.size).toBe(1010 + 20 + 12_010);
      expect(new Set(Object.values(kinds(seen)))).toEqual(new Set(['written']));
    });
  }

  test('keeps nothing open once it is aborted', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
    await watch();
    const watching = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length - before;
    expect(watching()).toBe(3);
    stop.abort();
    await expect.poll(watching).toBe(0);
  });
});
