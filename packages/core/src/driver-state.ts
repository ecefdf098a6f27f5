import type { BackendDriver, DriverSession } from './driver.ts';
import { backendError } from './errors.ts';
import { FifoLock, KeyedLock } from './fifo-lock.ts';

/** Something that holds resources between calls: an open stream, a session object. */
export interface Holder {
  /** Frees what it holds; whoever uses it gets `CLOSED`. */
  close(): Promise<void>;
}

interface Opening {
  readonly done: Promise<void>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * What core keeps of a driver, however many backends and layers stand on it: whether it is open, what runs on it, and the lock that
 * its sessions queue at.
 */
export class DriverState {
  readonly #driver: BackendDriver;
  /** This state and those of the drivers below. */
  readonly #chain: readonly DriverState[];
  /** The state of the innermost driver: sessions of a layer are sessions of what it wraps. */
  readonly root: DriverState;
  readonly sessionLock: FifoLock = new FifoLock();
  readonly appendLocks: KeyedLock = new KeyedLock();
  readonly #holders: Set<Holder> = new Set();
  #opening: Opening | undefined;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(driver: BackendDriver, inner: DriverState | undefined) {
    this.#driver = driver;
    this.#chain = inner === undefined ? [this] : [this, ...inner.#chain];
    this.root = inner?.root ?? this;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Opens the driver, once for all callers; it is aborted when nobody waits for it any more, and a failure is forgotten, so that the
   * next call tries again.
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    this.#opening ??= this.#open();
    const opening = this.#opening;
    opening.waiting++;
    let onAbort: (() => void) | undefined;
    try {
      await Promise.race([
        opening.done,
        new Promise<never>((_, reject) => {
          onAbort = () => reject(signal?.reason);
          signal?.addEventListener('abort', onAbort, { once: true });
        }),
      ]);
    } finally {
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      if (--opening.waiting === 0 && !this.#isOpen) this.#abandon(opening, signal?.reason);
    }
  }

  #open(): Opening {
    const controller = new AbortController();
    const done = (async () => {
      await this.#driver.open?.({ signal: controller.signal });
      this.#isOpen = true;
    })();
    return { done, controller, waiting: 0 };
  }

  #abandon(opening: Opening, reason: unknown): void {
    opening.controller.abort(reason);
    if (this.#opening === opening) this.#opening = undefined;
  }

  /** Registers what disposal has to end, of this driver or of one below it. */
  hold(holder: Holder): void {
    for (const state of this.#chain) state.#holders.add(holder);
  }

  drop(holder: Holder): void {
    for (const state of this.#chain) state.#holders.delete(holder);
  }

  /** Counts an operation in. While disposal waits, only operations of a session that runs still enter. @throws `CLOSED` */
  enter(session: DriverSession | undefined): void {
    for (const state of this.#chain) {
      if (state.#closing !== undefined && session === undefined) throw closed(this.#driver.name);
    }
    for (const state of this.#chain) state.#running++;
  }

  leave(): void {
    for (const state of this.#chain) {
      if (--state.#running === 0) state.#onIdle?.();
    }
  }

  /** Fails what is held, waits for what runs, then disposes the driver. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#holders].map((holder) => holder.close()));
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
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
export function openDriver(driver: BackendDriver, signal?: AbortSignal): Promise<void> {
  return stateOf(driver).open(signal);
}

export function closed(name: string): Error {
  return backendError('CLOSED', `The ${name} backend is disposed; open a new one`);
}
