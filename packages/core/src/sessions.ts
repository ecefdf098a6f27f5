import { type ActiveSession, runInSession } from './active-session.ts';
import { DEFAULT_SESSION_TIMEOUT, type SessionOptions } from './backend.ts';
import type { AcquireSessionOptions } from './driver.ts';
import type { DriverState, Holder } from './driver-state.ts';
import { backendError } from './errors.ts';
import { CallerError, type Operations } from './operations.ts';
import { queueSession } from './queue-session.ts';

/** Waits for the vault and holds it. */
export async function acquireSession(
  operations: Operations,
  options: SessionOptions,
): Promise<ActiveSession> {
  const { timeout = DEFAULT_SESSION_TIMEOUT, signal, pull, push } = options;
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw backendError('INVALID_ARGUMENT', 'timeout must be a number of milliseconds, 0 or more');
  }
  const request: AcquireSessionOptions = {
    timeout,
    ...(signal === undefined ? {} : { signal }),
    ...(pull === undefined ? {} : { pull }),
    ...(push === undefined ? {} : { push }),
  };
  const { driver, state } = operations;
  const session = await (driver.acquireSession?.(request) ??
    queueSession(driver.name, state.root.sessionLock, request));
  return { root: state.root, session, ended: false };
}

/** Holds the vault while `body` runs; commits after success if the session says so, and releases whatever happens. */
export async function runSession<T>(
  operations: Operations,
  options: SessionOptions,
  body: (active: ActiveSession) => Promise<T>,
): Promise<T> {
  const active = await acquireSession(operations, options);
  try {
    const result = await runInSession(active, () => body(active)).catch((error: unknown) => {
      throw new CallerError(error);
    });
    const { signal } = options;
    if (active.session.commitOnSuccess) {
      await active.session.commit({ session: active.session, ...(signal === undefined ? {} : { signal }) });
    }
    return result;
  } finally {
    active.ended = true;
    await active.session.release();
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
    this.#state.drop(this);
    if (this.#active.ended) return;
    this.#active.ended = true;
    await this.#active.session.release();
  }
}
