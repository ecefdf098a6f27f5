import type { OperationOptions } from '../backend.ts';
import { closed, type Holder } from '../driver/driver-state.ts';
import { explain } from '../driver/explain.ts';
import type { DriverOptions } from '../driver/options.ts';
import { type BackendPath, normalizePath } from '../paths/path.ts';
import type { ActiveSession } from '../sessions/active-session.ts';
import { refusalOf } from './arguments.ts';
import type { Operations } from './operations.ts';

/** Request to the driver for something to iterate. */
export interface Iteration<T> {
  readonly operation: string;
  readonly path: string;
  readonly options: OperationOptions;
  /** The session of whoever asked for it, not of whoever pulls. */
  readonly active: ActiveSession | undefined;
  /** Ends what the driver waits for: aborted on `close`, on abort, and by whoever gave it. */
  readonly leaving?: AbortController;
  /** Called at the first pull; throws what is wrong with what was asked for. */
  open(target: BackendPath, call: DriverOptions): AsyncIterable<readonly T[]>;
}

/** Items that a driver gives in batches, one by one; freed at the end, on `return`, on abort and on `close`. */
export async function* iterate<T>(
  operations: Operations,
  iteration: Iteration<T>,
): AsyncGenerator<T, void, void> {
  const { operation, path, options, active, leaving } = iteration;
  const { state, driver } = operations;
  const signal = options?.signal;
  let batches: AsyncIterator<readonly T[]> | undefined;
  let isClosed = false;
  let isLinked = false;
  // Disposal does not wait for a consumer that takes its time.
  const holder: Holder = {
    close: async () => {
      isClosed = true;
      state.drop(holder);
      leaving?.abort();
      await batches?.return?.();
    },
  };
  const onAbort = (): void => leaving?.abort(signal?.reason);
  try {
    const refusal = refusalOf(operation, options);
    if (refusal !== undefined) throw await refusal;
    const target = normalizePath(path);
    state.hold(holder);
    const asked = await operations.prepare(operation, active, signal);
    isLinked = leaving !== undefined;
    if (isLinked) signal?.addEventListener('abort', onAbort, { once: true });
    const call = leaving === undefined ? asked : { ...asked, signal: leaving.signal };
    while (true) {
      if (isClosed) throw closed(driver.name);
      batches ??= iteration.open(target, call)[Symbol.asyncIterator]();
      const { value, done } = await batches.next();
      if (done === true) return;
      for (const entry of value) {
        if (isClosed) throw closed(driver.name);
        signal?.throwIfAborted();
        yield entry;
      }
    }
  } catch (error) {
    throw explain(isClosed ? closed(driver.name) : error, operation, path, signal);
  } finally {
    if (isLinked) signal?.removeEventListener('abort', onAbort);
    // A failure was told already, and whoever left early is not there to be told.
    await batches?.return?.().catch(() => undefined);
    state.drop(holder);
  }
}
