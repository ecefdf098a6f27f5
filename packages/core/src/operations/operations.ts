import type { FileBackend, OperationOptions, PublishOptions } from '../backend.ts';
import type { ByteSource } from '../contents/content.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { closed, type DriverState, stateOf } from '../driver/driver-state.ts';
import { CallerError, explain } from '../driver/explain.ts';
import type { DriverOptions } from '../driver/options.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import { type BackendPath, normalizePath, ROOT } from '../paths/path.ts';
import { type ActiveSession, sessionAround } from '../sessions/active-session.ts';
import { GuardedSource } from '../streams/guarded-source.ts';
import { refusalOf } from './arguments.ts';

type Body<T> = (path: BackendPath, call: DriverOptions) => Promise<T>;

/** Options of a call that was given none. */
export const NO_OPTIONS: DriverOptions = Object.freeze({});

const known = new WeakMap<FileBackend, Operations>();

/** The operations of a vault that core made of a driver; `undefined` for every other vault. */
export function operationsOf(vault: FileBackend): Operations | undefined {
  return known.get(vault);
}

/** Everything around a call of a driver: abort, disposal, opening, sessions, paths, and errors that say where they come from. */
export class Operations {
  readonly driver: BackendDriver;
  readonly state: DriverState;
  readonly #fixed: ActiveSession | undefined;

  /** @param fixed the session that every operation belongs to; without it, the one whose body calls */
  constructor(vault: FileBackend, fixed?: ActiveSession) {
    this.driver = vault.driver;
    this.state = stateOf(vault.driver);
    this.#fixed = fixed;
    known.set(vault, this);
  }

  /**
   * Runs `body` on the vault, or on `path`, which reaches it normalised.
   *
   * @param names of the options beside `signal`, for an operation that the interface does not have; others are refused. Default none
   */
  run<T>(
    operation: string,
    path: string | undefined,
    options: OperationOptions | undefined,
    body: Body<T>,
    names?: readonly string[],
  ): Promise<T> {
    return this.#run(operation, path, path === undefined, options, body, names);
  }

  /** Like `run`, for operations that cannot do without a path. */
  runOn<T>(
    operation: string,
    path: string,
    options: OperationOptions | undefined,
    body: Body<T>,
  ): Promise<T> {
    return this.#run(operation, path, false, options, body);
  }

  async #run<T>(
    operation: string,
    path: string | undefined,
    onVault: boolean,
    options: OperationOptions | undefined,
    body: Body<T>,
    names?: readonly string[],
  ): Promise<T> {
    const signal = options?.signal;
    const active = this.activeSession();
    try {
      const refusal = options === NO_OPTIONS ? undefined : refusalOf(operation, options, names);
      if (refusal !== undefined) throw await refusal;
      this.#enter(operation, active, signal);
      try {
        const target = onVault ? ROOT : normalizePath(path!);
        if (!this.state.isOpen) await this.state.open(signal);
        return await body(target, callOf(active, signal));
      } finally {
        this.#leave(operation, active);
      }
    } catch (error) {
      throw explain(error, operation, path, signal);
    }
  }

  /** Opens the driver for a stream or a listing, which are not waited for, and says what to tell the driver. */
  async prepare(
    operation: string,
    asked: ActiveSession | undefined,
    signal: AbortSignal | undefined,
  ): Promise<DriverOptions> {
    // A stream that was asked for in the body of a session may be read after it.
    const active = asked?.ended === true && asked !== this.#fixed ? undefined : asked;
    this.#enter(operation, active, signal);
    try {
      if (!this.state.isOpen) await this.state.open(signal);
      return callOf(active, signal);
    } finally {
      this.#leave(operation, active);
    }
  }

  /** The session that an operation which starts here and now belongs to. */
  activeSession(): ActiveSession | undefined {
    return this.#fixed ?? sessionAround(this.state.root);
  }

  #enter(operation: string, active: ActiveSession | undefined, signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (active?.ended === true) {
      throw backendError(
        'CLOSED',
        `The session of the ${this.driver.name} backend has ended; start a new one`,
      );
    }
    this.state.enter(operation, active !== undefined);
    active?.enter(operation);
  }

  #leave(operation: string, active: ActiveSession | undefined): void {
    active?.leave(operation);
    this.state.leave(operation);
  }

  /** Publishes what a session wrote so far. */
  async commit(
    { session }: ActiveSession,
    { signal, message }: PublishOptions,
    onSuccess: boolean,
  ): Promise<void> {
    const options = { session, signal, message, onSuccess: onSuccess || undefined } as const;
    await (this.driver.commitSession?.(session, options) ?? session.commit(options));
  }

  /** Runs `write` on a caller's content; an error of the caller's own source is thrown as it is. */
  async writeFrom<T>(
    content: ByteSource,
    { signal }: DriverOptions,
    write: (source: ByteSource) => Promise<T>,
  ): Promise<T> {
    if (content instanceof Uint8Array) return await write(content);
    const guarded = new GuardedSource(content, signal);
    try {
      return await this.state.withCutOff(
        () => guarded.cutOff(closed(this.driver.name)),
        () => write(guarded),
      );
    } catch (error) {
      if (guarded.failure === undefined) throw error;
      // An error of ours, from a source that is no text or that another backend feeds, still gets operation and path.
      const failed = guarded.failure.error;
      throw isFileBackendError(failed) ? failed : new CallerError(failed);
    }
  }
}

function callOf(active: ActiveSession | undefined, signal: AbortSignal | undefined): DriverOptions {
  if (signal === undefined) return active === undefined ? NO_OPTIONS : { session: active.session };
  return active === undefined ? { signal } : { signal, session: active.session };
}
