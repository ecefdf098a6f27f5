import { type ActiveSession, sessionAround } from './active-session.ts';
import type { OperationOptions } from './backend.ts';
import type { BackendDriver, ByteSource, DriverOptions } from './driver.ts';
import { type DriverState, stateOf } from './driver-state.ts';
import { addContext, backendError, isFileBackendError } from './errors.ts';
import { GuardedSource } from './guarded-source.ts';
import { type BackendPath, normalizePath, ROOT } from './path.ts';

const NO_OPTIONS: DriverOptions = Object.freeze({});

/** What surrounds every call of a driver: abort, disposal, opening, sessions, paths, and errors that say where they come from. */
export class Operations {
  readonly driver: BackendDriver;
  readonly state: DriverState;
  readonly #fixed: ActiveSession | undefined;

  /** @param fixed the session that every operation belongs to; without it, the one whose body calls */
  constructor(driver: BackendDriver, fixed?: ActiveSession) {
    this.driver = driver;
    this.state = stateOf(driver);
    this.#fixed = fixed;
  }

  /** Runs `body` on the normalised path (the root, where `path` is undefined). */
  async run<T>(
    operation: string,
    path: string | undefined,
    options: OperationOptions | undefined,
    body: (path: BackendPath, call: DriverOptions) => Promise<T>,
  ): Promise<T> {
    const signal = options?.signal;
    try {
      const call = this.call(signal);
      this.#enter(call);
      try {
        const target = path === undefined ? ROOT : normalizePath(path);
        if (!this.state.isOpen) await this.state.open(signal);
        return await body(target, call);
      } finally {
        this.state.leave();
      }
    } catch (error) {
      throw explain(error, operation, path, signal);
    }
  }

  /** What the driver is told of a call that starts here and now. */
  call(signal?: AbortSignal): DriverOptions {
    const session = this.activeSession()?.session;
    if (signal === undefined) return session === undefined ? NO_OPTIONS : { session };
    return session === undefined ? { signal } : { signal, session };
  }

  activeSession(): ActiveSession | undefined {
    return this.#fixed ?? sessionAround(this.state.root);
  }

  /** Opens the driver for a stream or a listing, which are not waited for. */
  async prepare(call: DriverOptions): Promise<void> {
    this.#enter(call);
    try {
      if (!this.state.isOpen) await this.state.open(call.signal);
    } finally {
      this.state.leave();
    }
  }

  #enter({ signal, session }: DriverOptions): void {
    signal?.throwIfAborted();
    if (this.#fixed?.ended === true) {
      throw backendError(
        'CLOSED',
        `The session of the ${this.driver.name} backend has ended; start a new one`,
      );
    }
    this.state.enter(session);
  }

  /** Runs `write` on what a caller gave; what the caller's own source throws is thrown as it is. */
  async writeFrom<T>(
    content: ByteSource,
    call: DriverOptions,
    write: (source: ByteSource) => Promise<T>,
  ): Promise<T> {
    if (content instanceof Uint8Array) return await write(content);
    const guarded = new GuardedSource(content, call.signal);
    try {
      return await write(guarded);
    } catch (error) {
      throw guarded.failure === undefined ? error : new CallerError(guarded.failure.error);
    }
  }
}

/** Carries what a caller's own source or session body threw past everything that would take it for an error of the backend. */
export class CallerError {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What a caller gets to see: the reason of the abort, its own error, or a `FileBackendError` with its context. */
export function explain(
  error: unknown,
  operation: string,
  path: string | undefined,
  signal: AbortSignal | undefined,
): unknown {
  // What is wrong with the caller's own content is found in the source, and knows of no operation.
  if (error instanceof CallerError)
    return isFileBackendError(error.error) ? addContext(error.error, operation, path) : error.error;
  if (signal?.aborted === true) return signal.reason;
  if (isFileBackendError(error)) return addContext(error, operation, path);
  const where = path === undefined ? '' : ` of ${JSON.stringify(path)}`;
  return backendError('UNKNOWN', `The ${operation}${where} failed in an unexpected way; see the cause`, {
    operation,
    ...(path === undefined ? {} : { path }),
    cause: error,
  });
}
