import { createHook } from 'node:async_hooks';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileToWrite, normalizePath, type WriteResults } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { LocalDriver } from '../src/index.ts';
import { openFiles } from './support/open-files.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

async function open(root: string): Promise<LocalDriver> {
  const driver = new LocalDriver({ root });
  await driver.open();
  return driver;
}

const fileAt = (path: string): FileToWrite => ({
  path: normalizePath(path),
  source: Buffer.from(path),
  ifExists: 'replace',
  ifMissing: 'create',
});

const done = (results: WriteResults): number => results.filter(({ status }) => status === 'fulfilled').length;

test.skipIf(process.platform !== 'linux')(
  'a directory is synced once for all that is written into it in one call (needs Linux)',
  async () => {
    const root = temporaryFolder();
    plant(root, { 'one/first': '', 'other/first': '' });
    await using driver = await open(root);
    // Makes the state directory.
    await driver.writeMany([fileAt('one/first')], {});
    const files = Array.from({ length: 40 }, (_, n) => fileAt(`${n < 30 ? 'one' : 'other'}/${n}`));
    let synced = 0;
    // Of small files on a local disk only what is synced waits for the pool.
    const hook = createHook({ init: (_, type) => (synced += type.startsWith('FSREQ') ? 1 : 0) }).enable();
    const results = await driver.writeMany(files, {});
    hook.disable();
    expect(done(results)).toBe(40);
    expect(synced).toBe(40 + 2);
  },
);

test('however many files and directories there are, all are written and nothing stays open', async () => {
  const root = temporaryFolder();
  await using driver = await open(root);
  const files = Array.from({ length: 600 }, (_, n) => fileAt(`${n % 70}/${n}`));
  const results = await driver.writeMany(files, {});
  expect(done(results)).toBe(600);
  for (const { path } of files) expect(fs.readFileSync(join(root, path), 'utf8')).toBe(path);
  for (const path of openFiles()) expect(path).not.toMatch(new RegExp(`^${root}/\\d`));
});

test('a file that cannot be written hinders none of those beside it', async () => {
  const root = temporaryFolder();
  plant(root, { 'dir/taken/inside': '' });
  await using driver = await open(root);
  const results = await driver.writeMany([fileAt('dir/a'), fileAt('dir/taken'), fileAt('dir/b')], {});
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(fs.readdirSync(join(root, 'dir')).sort()).toEqual(['a', 'b', 'taken']);
});

test('an abort ends it, with nothing half written and nothing open', async () => {
  const root = temporaryFolder();
  await using driver = await open(root);
  const reason = new Error('enough');
  const controller = new AbortController();
  const files = Array.from({ length: 300 }, (_, n) => fileAt(`dir/${n}`));
  const slow: FileToWrite = {
    ...fileAt('slow'),
    source: (async function* () {
      yield Buffer.from('begun');
      while (!fs.existsSync(join(root, 'dir/20'))) await sleep(1);
      controller.abort(reason);
      yield Buffer.from('more');
    })(),
  };
  await expect(driver.writeMany([slow, ...files], { signal: controller.signal })).rejects.toBe(reason);
  for (const name of fs.readdirSync(join(root, 'dir')))
    expect(fs.readFileSync(join(root, 'dir', name), 'utf8')).toBe(`dir/${name}`);
  expect(fs.readdirSync(join(root, 'dir')).length).toBeLessThan(300);
  expect(openFiles()).not.toContain(join(root, 'dir'));
});
