// A thread that opens new vaults at the same moment as others, and posts the codes of all failures.
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { isFileBackendError } from '@f9/core';
import { SqliteFileBackend } from '../src/index.ts';

const { folder, arrived, threads, rounds } = workerData as {
  readonly folder: string;
  /** How often a thread came to the next vault. */
  readonly arrived: Int32Array;
  readonly threads: number;
  readonly rounds: number;
};

const failures: unknown[] = [];
for (let round = 0; round < rounds; round++) {
  const vault = new SqliteFileBackend({ path: join(folder, `${round}.db`), durability: 'none' });
  Atomics.add(arrived, 0, 1);
  while (Atomics.load(arrived, 0) < threads * (round + 1));
  await vault.open().catch((error: unknown) => failures.push(isFileBackendError(error) ? error.code : error));
  await vault.close();
}
parentPort!.postMessage(failures);
