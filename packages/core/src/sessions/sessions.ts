import { DEFAULT_SESSION_TIMEOUT, type SessionOptions } from '../backend.ts';
import { closed, type DriverState, type Holder } from '../driver/driver-state.ts';
import { CallerError } from '../driver/explain.ts';
import type { AcquireSessionOptions } from '../driver/options.ts';
import { backendError } from '../errors.ts';
import type { Operations } from '../operations/operations.ts';
import { ActiveSession, runInSession } from './active-session.ts';
import { queueSession } from './queue-session.ts';

/** Waits for the vault and holds it. */
export async function acquireSession(
  { driver, state }: Operations,
  options: SessionOptions,
): Promise<ActiveSession> {
  const { timeout = DEFAULT_SESSION_TIMEOUT, signal, pull, push } = options;
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw backendError('INVALID_ARGUMENT', 'timeout must be a number of milliseconds, 0 or more');
  }
  const request: AcquireSessionOptions = { timeout, signal, pull, push };
  const session = await (driver.acquireSession?.(request) ??
    queueSession(driver.name, state.root.sessionLock, request));
  return new ActiveSession(state.root, session);
}

/** Holds the vault while `body` runs; commits after success if the session says so, and releases whatever happens. */
export async function runSession<T>(
  operations: Operations,
  options: SessionOptions,
  body: (active: ActiveSession) => Promise<T>,
): Promise<T> {
  const active = await acquireSession(operations, options);
  let result: T;
  try {
    const cut = Promise.withResolvers<never>();
    const cutOff = (): void => {
      active.abandon();
      cut.reject(closed(operations.driver.name));
    };
    result = await operations.state.withCutOff(cutOff, () =>
      Promise.race([runBody(active, body), cut.promise]),
    );
    await active.end();
    if (active.session.commitOnSuccess) {
      await operations.commit(active, { signal: options.signal }, true);
    }
  } catch (error) {
    // The caller has to know the first failure, not this one.
    await active.release().catch(() => undefined);
    throw error;
  }
  await active.release();
  return result;
}

/** Runs `body` inside a session that is held; what it throws is the caller's own. */
export async function runBody<T>(
  active: ActiveSession,
  body: (active: ActiveSession) => Promise<T>,
): Promise<T> {
  try {
    return await runInSession(active, () => body(active));
  } catch (error) {
    throw new CallerError(error);
  }
}

/** Ends a session object: at its own disposal, or when its backend is disposed under it. */
export class SessionHolder implements Holder {
  readonly #active: ActiveSession;
  readonly #state: DriverState;

  constructor(active: ActiveSession, state: DriverState) {
    this.#active = active;
    this.#state = state;
    state.hold(this);
  }

  async close(): Promise<void> {
    try {
      await this.#active.release();
    } finally {
      this.#state.drop(this);
    }
  }
}
