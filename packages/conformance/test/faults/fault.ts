import { type ConformanceHarness, type PromiseId, testBackend } from '@f9/conformance';
import type { FileBackend, MemoryStore } from '@f9/core';
import type { BackendDriver, DriverChanges } from '@f9/core/driver';
import { changed, memoryHarness } from '../variants.ts';
import { wholeHarness } from '../whole-memory.ts';

/** A backend with one thing wrong, and the promise that it breaks. */
export interface Fault {
  readonly name: string;
  readonly caughtBy: PromiseId;
  /** What the failure has to say, so that it is not caught by accident. */
  readonly says: RegExp;
  readonly harness: ConformanceHarness;
}

/** A fault of a driver. */
export function fault(
  name: string,
  caughtBy: PromiseId,
  says: RegExp,
  change: (driver: BackendDriver, store: MemoryStore) => DriverChanges,
): Fault {
  const harness = memoryHarness(name, (inner, store) => changed(inner, change(inner.driver, store)));
  return { name, caughtBy, says, harness: { ...harness, patience: 1000 } };
}

/** A fault of a driver that has every member there is. */
export function wholeFault(
  name: string,
  caughtBy: PromiseId,
  says: RegExp,
  change: (driver: BackendDriver) => DriverChanges,
): Fault {
  return { name, caughtBy, says, harness: { ...wholeHarness(name, change), patience: 1000 } };
}

/** A fault of a whole backend, for what core does not leave to drivers. */
export function backendFault(
  name: string,
  caughtBy: PromiseId,
  says: RegExp,
  change: (inner: FileBackend) => FileBackend,
): Fault {
  return { name, caughtBy, says, harness: { ...memoryHarness(name, change), patience: 1000 } };
}

/** Runs the cases that name a promise, and returns what the failed ones said, by title. */
export async function failuresOf(
  harness: ConformanceHarness,
  promise: PromiseId,
): Promise<Map<string, string>> {
  const bodies = new Map<string, () => Promise<void>>();
  const register = (title: string, body: () => Promise<void>): void => void bodies.set(title, body);
  // A case that cannot run catches nothing.
  const test = Object.assign(register, { skip: () => undefined });
  await testBackend({ describe: (_, body) => body(), test }, harness);
  const failures = new Map<string, string>();
  for (const [title, body] of bodies) {
    const named = title.slice(0, title.indexOf(': ')).split(', ');
    if (!named.includes(promise)) continue;
    try {
      await body();
    } catch (error) {
      failures.set(title, String(error));
    }
  }
  return failures;
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
