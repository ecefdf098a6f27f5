import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const THREADS = 4;
/** So many that some thread looks at a vault just before and just after another has made it. */
const ROUNDS = 100;

test('a new vault that several open at the same time is a vault to all of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'f9-sqlite-'));
  const arrived = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { folder, arrived, threads: THREADS, rounds: ROUNDS };
  const workers = Array.from(
    { length: THREADS },
    () =>
      new Worker(new URL('opens-new-vaults.ts', import.meta.url), {
        workerData,
        execArgv: ['--conditions=@f9/source', '--no-warnings'],
      }),
  );
  const failures = await Promise.all(workers.map((worker) => once(worker, 'message')));
  expect(failures.flat(2)).toEqual([]);
  await rm(folder, { recursive: true });
});
