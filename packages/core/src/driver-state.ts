import type { BackendDriver, DriverSession } from './driver.ts';
import { backendError } from './errors.ts';
import { FifoLock, KeyedLock } from './fifo-lock.ts';

/** Something that holds resources between calls: an open stream, a session object. */
export interface Holder {
  /** Frees what it holds; whoever uses it gets `CLOSED`. */
  close(): Promise<void>;
}

/**
 * What core keeps of a driver, however many backends and layers stand on it: whether it is open, what runs on it, and the lock that
 * its sessions queue at.
 */
export class DriverState {
  readonly #driver: BackendDriver;
  readonly #inner: DriverState | undefined;
  /** The state of the innermost driver: sessions of a layer are sessions of what it wraps. */
  readonly root: DriverState;
  readonly sessionLock: FifoLock = new FifoLock();
  readonly appendLocks: KeyedLock = new KeyedLock();
  readonly holders: Set<Holder> = new Set();
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(driver: BackendDriver, inner: DriverState | undefined) {
    this.#driver = driver;
    this.#inner = inner;
    this.root = inner?.root ?? this;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Opens the driver, once for all callers; a failure is forgotten, so that the next call tries again. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    await this.#driver.open?.({});
    this.#isOpen = true;
  }

  /** Counts an operation in. While disposal waits, only operations of a session that runs still enter. @throws `CLOSED` */
  enter(session: DriverSession | undefined): void {
    for (let state: DriverState | undefined = this; state !== undefined; state = state.#inner) {
      if (state.#closing !== undefined && session === undefined) throw closed(this.#driver.name);
    }
    for (let state: DriverState | undefined = this; state !== undefined; state = state.#inner)
      state.#running++;
  }

  leave(): void {
    for (let state: DriverState | undefined = this; state !== undefined; state = state.#inner) {
      if (--state.#running === 0) state.#onIdle?.();
    }
  }

  /** Fails what is held, waits for what runs, then disposes the driver. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.holders].map((holder) => holder.close()));
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await this.#opening?.catch(() => undefined);
    await this.#driver[Symbol.asyncDispose]();
  }
}

const states = new WeakMap<BackendDriver, DriverState>();

export function stateOf(driver: BackendDriver): DriverState {
  const known = states.get(driver);
  if (known !== undefined) return known;
  const state = new DriverState(driver, undefined);
  states.set(driver, state);
  return state;
}

/** Ties the state of a layer to that of the driver it wraps. */
export function linkState(outer: BackendDriver, inner: BackendDriver): void {
  states.set(outer, new DriverState(outer, stateOf(inner)));
}

/** Opens a driver that is used below another one, once. */
export function openDriver(driver: BackendDriver): Promise<void> {
  return stateOf(driver).open();
}

export function closed(name: string): Error {
  return backendError('CLOSED', `The ${name} backend is disposed; open a new one`);
}
