import { createHook } from 'node:async_hooks';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackendPath, normalizePath } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { LocalDriver, LocalFileBackend } from '../src/index.ts';
import { isOnLocalDisk } from '../src/io/filesystem.ts';
import { Runner, runSynchronously } from '../src/io/runner.ts';
import { lstat, waitFor } from '../src/io/system-calls.ts';
import { inLine } from '../src/state/path-lines.ts';
import { openFiles } from './support/open-files.ts';
import { plant, temporaryFolder } from './support/temporary-folder.ts';

/** Requests that wait for the thread pool. */
function inPool(): number {
  return process.getActiveResourcesInfo().filter((type) => type.startsWith('FSReq')).length;
}

describe('which thread works', () => {
  const SMALL: BackendPath = normalizePath('a.txt');
  const LARGE: BackendPath = normalizePath('large.bin');

  async function open(io: 'auto' | 'async'): Promise<LocalDriver> {
    const root = temporaryFolder();
    plant(root, { [SMALL]: 'a', [LARGE]: new Uint8Array(1_000_000) });
    const driver = new LocalDriver({ root, io });
    await driver.open();
    return driver;
  }

  test('with io async every call is made on the thread pool', async () => {
    const driver = await open('async');
    for (const begin of [
      () => driver.stat(SMALL, {}),
      () => driver.readFile(SMALL, {}),
      () => driver.remove(SMALL, {}),
    ]) {
      const work = begin();
      expect(inPool(), String(begin)).toBeGreaterThan(0);
      await work;
    }
  });

  test.skipIf(process.platform !== 'linux')(
    'with io auto small calls on a local disk are made at once, and large ones are not (needs Linux)',
    async () => {
      const driver = await open('auto');
      expect(await isOnLocalDisk(tmpdir()), 'the temporary folder lies on an unknown filesystem').toBe(true);
      for (const begin of [() => driver.stat(SMALL, {}), () => driver.readFile(SMALL, {})]) {
        await new Promise(setImmediate);
        const before = inPool();
        const work = begin();
        expect(inPool(), String(begin)).toBe(before);
        await work;
      }
      // However soon they are done.
      let begun = 0;
      const hook = createHook({ init: (_, type) => (begun += type.startsWith('FSREQ') ? 1 : 0) }).enable();
      expect((await driver.readFile(LARGE, {})).length).toBe(1_000_000);
      hook.disable();
      expect(begun).toBeGreaterThan(0);
    },
  );
});

test('operations one after another leave the event loop its turns', async () => {
  const root = temporaryFolder();
  plant(root, { 'a.txt': 'a' });
  await using backend = await LocalFileBackend.open({ root });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    const start = performance.now();
    // However busy the machine is: without turns there would be none at all.
    while (turns <= 5 && performance.now() - start < 10_000) await backend.read('a.txt');
  } finally {
    clearInterval(timer);
  }
  expect(turns).toBeGreaterThan(5);
});

test('a flood of operations leaves the event loop its turns, and all of it is done', async () => {
  const root = temporaryFolder();
  plant(root, { 'a.txt': 'a' });
  await using backend = await LocalFileBackend.open({ root });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    const reads = await Promise.all(Array.from({ length: 5000 }, () => backend.read('a.txt')));
    expect(reads.every((bytes) => bytes.length === 1)).toBe(true);
  } finally {
    clearInterval(timer);
  }
  expect(turns).toBeGreaterThan(2);
});

test('a walk over many directories leaves the event loop its turns', async () => {
  const root = temporaryFolder();
  for (let i = 0; i < 1500; i++) plant(root, { [`d${i}/a.txt`]: '' });
  await using backend = await LocalFileBackend.open({ root });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    for (let i = 0; i < 3; i++) expect(await backend.glob('*/a.txt')).toHaveLength(1500);
  } finally {
    clearInterval(timer);
  }
  expect(turns).toBeGreaterThan(2);
});

describe('a run', () => {
  test('no more than 32 operations wait for the thread pool at a time, and whoever is aborted leaves the line', async () => {
    const runner = new Runner('none');
    let running = 0;
    let most = 0;
    const work = (): Promise<void> =>
      runner.runInPool(
        waitFor(async () => {
          most = Math.max(most, ++running);
          await sleep(1);
          running--;
        }),
      );
    const all = Array.from({ length: 100 }, work);
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = runner.runInPool(lstat('/'), controller.signal);
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await Promise.all(all);
    expect(most).toBe(32);
    await work();
  });

  test('an operation that fails or is aborted while it waits for a path gives it to the next in line', async () => {
    const runner = new Runner('fast');
    const order: string[] = [];
    const take = (name: string, body: () => Promise<void>, signal?: AbortSignal): Promise<void> => {
      const work = waitFor(async () => {
        order.push(name);
        await body();
      });
      return runner.runUnqueued(inLine('/a/path', work, signal));
    };
    const reason = new Error('enough');
    const controller = new AbortController();
    const results = Promise.allSettled([
      take('first', () => sleep(5)),
      take('fails', () => Promise.reject(reason)),
      take('aborted', async () => undefined, controller.signal),
      take('aborted before', async () => undefined, AbortSignal.abort(reason)),
      take('last', async () => undefined),
    ]);
    controller.abort(reason);
    expect((await results).map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'],
    ]);
    expect(order).toEqual(['first', 'fails', 'last']);
  });

  test('at the exit of a process an operation runs to its end without an event loop, or says that it cannot', () => {
    expect(runSynchronously(lstat(import.meta.filename))?.isFile()).toBe(true);
    expect(() => runSynchronously(waitFor(() => sleep(1)))).toThrow('has to wait');
  });

  test('a system call outside of a run is a mistake that says so', () => {
    expect(() => lstat('/').next()).toThrow('outside of a run');
  });
});

test('1000 files of 100 KB are read, copied and hashed at once without running out of handles', async () => {
  const root = temporaryFolder();
  const content = new Uint8Array(100_000).fill(7);
  fs.writeFileSync(join(root, 'large.bin'), content);
  await using backend = await LocalFileBackend.open({ root, durability: 'none' });
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, openFiles().length);
  }, 1);
  const before = openFiles().length;
  try {
    const reads = Array.from({ length: 1000 }, () => backend.read('large.bin'));
    const copies = Array.from({ length: 100 }, (_, i) => backend.copy('large.bin', `copies/${i}`));
    const sums = Array.from({ length: 200 }, () => backend.checksum('large.bin', { algorithm: 'md5' }));
    expect((await Promise.all(reads)).every((bytes) => bytes.length === content.length)).toBe(true);
    await Promise.all(copies);
    expect(new Set(await Promise.all(sums)).size).toBe(1);
  } finally {
    clearInterval(timer);
  }
  expect(most - before).toBeLessThan(200);
});
