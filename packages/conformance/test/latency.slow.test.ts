import { setTimeout as sleep } from 'node:timers/promises';
import { testBackend } from '@f9/conformance';
import type { BackendDriver, DriverChanges } from '@f9/core/driver';
import { describe, test } from 'vitest';
import { isLong, sparing } from '../../../scripts/test/daily.ts';
import { changed, memoryHarness } from './variants.ts';

/** Milliseconds that every call takes longer, as over a network. */
const LATENCIES = isLong ? [10, 100] : [10];

for (const latency of LATENCIES) {
  // Cases mostly wait here, so they do it side by side.
  await testBackend(
    sparing({ describe, test: test.concurrent }, 6),
    memoryHarness(`memory, ${latency} ms away`, (inner) => changed(inner, delayed(inner.driver, latency))),
  );
}

function delayed(driver: BackendDriver, latency: number): DriverChanges {
  const later = async <T>(work: () => Promise<T>): Promise<T> => {
    await sleep(latency);
    return await work();
  };
  return {
    stat: (path, options) => later(() => driver.stat(path, options)),
    read: async function* (path, options) {
      await sleep(latency);
      yield* driver.read(path, options);
    },
    readFile: (path, options) => later(() => driver.readFile!(path, options)),
    list: async function* (path, options) {
      await sleep(latency);
      yield* driver.list(path, options);
    },
    write: (path, source, options) => later(() => driver.write(path, source, options)),
    append: (path, source, options) => later(() => driver.append!(path, source, options)),
    makeDirectory: (path, options) => later(() => driver.makeDirectory(path, options)),
    remove: (path, options) => later(() => driver.remove(path, options)),
    move: (from, to, options) => later(() => driver.move!(from, to, options)),
    acquireSession: (options) => later(() => driver.acquireSession!(options)),
  };
}
