import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { type BackendDriver, backendOf, type DriverChanges, layer } from '@f9/core/driver';
import type { ConformanceStore } from '../harness/harness.ts';

type Method = (...args: unknown[]) => unknown;

/** What somebody else does while an operation runs. */
export type Interruption = 'abort' | 'dispose';

/** How an operation went that was interrupted. */
export interface Interrupted {
  /** The calls that it made, of its driver and as far as the store tells of its service. */
  readonly calls: number;
  /** Why it failed; `undefined` where it did all of its work. */
  readonly failure: unknown;
}

/**
 * Runs an operation, and interrupts it right before its call number `at`, from 0.
 *
 * @param at `undefined`: not at all @throws where it ends otherwise than well, with the reason of the abort or with `CLOSED`
 */
export async function runInterrupted(
  store: ConformanceStore,
  backend: FileBackend,
  { how, at }: { readonly how: Interruption; readonly at: number | undefined },
  run: (backend: FileBackend, signal: AbortSignal) => Promise<unknown>,
): Promise<Interrupted> {
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  // Whoever interrupts is none of the session's, whose body may be what calls.
  const elsewhere = AsyncLocalStorage.snapshot();
  let disposing: Promise<void> | undefined;
  let calls = 0;
  let isOver = false;
  const told = (): void => {
    if (isOver || calls++ !== at) return;
    if (how === 'abort') controller.abort(reason);
    else disposing = elsewhere(() => Promise.resolve(backend[Symbol.asyncDispose]()));
  };
  const stop = store.onCall?.(told);
  let failure: unknown;
  try {
    await run(telling(backend.driver, told), controller.signal);
  } catch (error) {
    failure = error;
  } finally {
    isOver = true;
    stop?.();
  }
  await disposing;
  const isTold = failure === undefined || failure === reason || isFileBackendError(failure, 'CLOSED');
  assert.ok(isTold, `${how} at call ${at} must end well or say so, not ${String(failure)}`);
  return { calls, failure };
}

/** The same vault, which tells of every call of its driver, and of every batch that is taken out of what it gives. */
function telling(driver: BackendDriver, told: () => void): FileBackend {
  const changes: Record<string, Method> = {};
  for (const member of membersOf(driver)) {
    const method: unknown = Reflect.get(driver, member);
    if (typeof method !== 'function') continue;
    changes[member] = (...args) => {
      told();
      const result: unknown = Reflect.apply(method, driver, args);
      return isAsyncIterable(result) ? tellingBatches(result, told) : result;
    };
  }
  return backendOf(layer(driver, changes as DriverChanges));
}

/** Names of what a driver does, but for opening, which is the vault's. */
function membersOf(driver: BackendDriver): ReadonlySet<string> {
  const names = new Set<string>();
  for (
    let owner: object | null = driver;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const name of Object.getOwnPropertyNames(owner)) names.add(name);
  }
  for (const name of ['constructor', 'open']) names.delete(name);
  return names;
}

async function* tellingBatches<T>(batches: AsyncIterable<T>, told: () => void): AsyncGenerator<T> {
  for await (const batch of batches) {
    yield batch;
    told();
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
