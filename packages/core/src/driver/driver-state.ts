import { backendError, type FileBackendError } from '../errors.ts';
import { type BackendPath, joinPath, ROOT } from '../paths/path.ts';
import { endsWithin } from '../tasks/ends-within.ts';
import { FifoLock } from '../tasks/fifo-lock.ts';
import { KeyedLock } from '../tasks/keyed-lock.ts';
import { Rivals } from '../tasks/rivals.ts';
import { RunningCount } from '../tasks/running-count.ts';
import { untilAborted } from '../tasks/until-aborted.ts';
import type { BackendDriver } from './driver.ts';
import { explain } from './explain.ts';

/** Something that holds resources between calls: an open stream, a listing, a session object. */
export interface Holder {
  /** Frees its resources and drops itself from the state; using it afterwards fails with `CLOSED`. */
  close(): Promise<void>;
}

/** Milliseconds for work that was cut off to clean up. */
const GRACE = 1000;

interface Opening {
  readonly done: Promise<void>;
  readonly controller: AbortController;
  waiting: number;
}

/** One of the vaults that a composed driver is made of. */
export interface DriverPart {
  /** The path of its root in the whole. */
  readonly point: BackendPath;
  /** The driver that answers there. */
  readonly driver: BackendDriver;
}

let lastRank = 0;

/**
 * The state that core keeps of a driver, however many backends and layers stand on it: whether it is open, what runs on it, and the
 * lock at which its sessions queue.
 */
export class DriverState {
  readonly driver: BackendDriver;
  /** This state and those of the drivers below. */
  readonly #chain: readonly DriverState[];
  /** The state of the innermost driver: sessions of a layer are sessions of what it wraps. */
  readonly root: DriverState;
  /** Drivers below this one. */
  readonly layers: number;
  /** The path in the innermost driver that is the root of this one. */
  readonly base: BackendPath;
  /** Its rank in the one order in which several vaults are held. */
  readonly rank: number = ++lastRank;
  /** The vaults that a composed driver is made of. */
  parts: readonly DriverPart[] = [];
  /** The folder of this host that its files lie in; see `linkPlace`. */
  place: string | undefined;
  readonly sessionLock: FifoLock = new FifoLock();
  readonly appendLocks: KeyedLock = new KeyedLock();
  /** Edits of one path run one after another, and leave turns to those of other processes. */
  readonly edits: { readonly lines: KeyedLock; readonly rivals: Rivals } = {
    lines: new KeyedLock(),
    rivals: new Rivals(),
  };
  readonly #holders: Set<Holder> = new Set();
  readonly #running: RunningCount = new RunningCount();
  readonly #cutOffs: Set<() => void> = new Set();
  #opening: Opening | undefined;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  #isDisposed = false;

  constructor(driver: BackendDriver, inner: DriverState | undefined, base: BackendPath = ROOT) {
    this.driver = driver;
    this.base = joinPath(inner?.base ?? ROOT, base);
    this.#chain = inner === undefined ? [this] : [this, ...inner.#chain];
    this.root = inner?.root ?? this;
    this.layers = this.#chain.length - 1;
  }

  get hasRemote(): boolean {
    const isInStep = ({ driver, parts }: DriverState): boolean =>
      driver.sync !== undefined || parts.some((part) => stateOf(part.driver).hasRemote);
    return this.#chain.some(isInStep);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Opens the driver, once for all callers. The opening is aborted when nobody waits for it any more; a failure is forgotten, so that
   * the next call tries again.
   *
   * @throws one error for all who wait, of the operation `open`; `signal.reason`
   */
  async open(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#isOpen) return;
    if (this.#opening === undefined || this.#opening.controller.signal.aborted) {
      this.#opening = this.#startOpening(this.#opening);
    }
    const opening = this.#opening;
    opening.waiting++;
    try {
      await untilAborted(opening.done, signal);
    } finally {
      if (--opening.waiting === 0 && !this.#isOpen) opening.controller.abort(signal?.reason);
    }
  }

  /** @param abandoned an opening that nobody waits for any more and that has not ended yet */
  #startOpening(abandoned: Opening | undefined): Opening {
    const controller = new AbortController();
    const { signal } = controller;
    const run = async (): Promise<void> => {
      await abandoned?.done.catch(() => undefined);
      // The opening may have ended well in spite of the abort.
      if (this.#isOpen) return;
      try {
        signal.throwIfAborted();
        await this.driver.open?.({ signal });
        this.#isOpen = true;
      } catch (error) {
        if (this.#opening === opening) this.#opening = undefined;
        throw explain(error, 'open', undefined, signal);
      }
    };
    const opening: Opening = { done: run(), controller, waiting: 0 };
    return opening;
  }

  /** Registers a resource that disposal has to end, of this driver or of one below it. */
  hold(holder: Holder): void {
    for (const state of this.#chain) state.#holders.add(holder);
  }

  drop(holder: Holder): void {
    for (const state of this.#chain) state.#holders.delete(holder);
  }

  /** Counts an operation in. While disposal waits, only operations of a session that runs still enter. @throws `CLOSED` */
  enter(operation: string, inSession: boolean): void {
    for (const state of this.#chain) {
      if (state.#isDisposed || (state.#closing !== undefined && !inSession)) throw closed(this.driver.name);
    }
    for (const state of this.#chain) state.#running.enter(operation);
  }

  leave(operation: string): void {
    for (const state of this.#chain) state.#running.leave(operation);
  }

  /** Runs `body`, which may never end by itself; a disposal that has waited long enough calls `cutOff`. */
  async withCutOff<T>(cutOff: () => void, body: () => Promise<T>): Promise<T> {
    for (const state of this.#chain) state.#cutOffs.add(cutOff);
    try {
      return await body();
    } finally {
      for (const state of this.#chain) state.#cutOffs.delete(cutOff);
    }
  }

  /**
   * Fails what is held, waits for what runs, then disposes the driver.
   *
   * @param timeout milliseconds to wait
   * @throws `TIMEOUT` for what did not end in time; all that could be freed is freed then
   */
  close(timeout: number): Promise<void> {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout: number): Promise<void> {
    const failures: unknown[] = [];
    const atRest = this.#comeToRest(failures);
    const late = (await endsWithin(atRest, timeout)) ? undefined : await this.#cutOff(atRest, timeout);
    this.#isDisposed = true;
    const freed = this.#free();
    if (late === undefined) await freed;
    else if (!(await endsWithin(freed, GRACE))) freed.catch(() => undefined);
    if (late !== undefined) throw late;
    if (failures.length > 0) throw failures[0];
  }

  /** A session that still runs may open streams and session objects until its last operation is over. */
  async #comeToRest(failures: unknown[]): Promise<void> {
    while (this.#holders.size > 0 || !this.#running.isIdle) {
      const results = await Promise.allSettled([...this.#holders].map((holder) => holder.close()));
      failures.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
      await this.#running.idle();
    }
  }

  /** Ends the work that waits for the caller's own code, and says which it was. */
  async #cutOff(atRest: Promise<void>, timeout: number): Promise<FileBackendError> {
    const pending = this.#running.describe() || `${this.#holders.size} x open stream`;
    this.#isDisposed = true;
    for (const cutOff of this.#cutOffs) cutOff();
    await endsWithin(atRest, GRACE);
    return backendError(
      'TIMEOUT',
      `The ${this.driver.name} backend is disposed, but this was still running after ${timeout} ms, and was cut off: ${pending}`,
      { operation: 'dispose' },
    );
  }

  async #free(): Promise<void> {
    await this.#opening?.done.catch(() => undefined);
    await this.driver[Symbol.asyncDispose]();
  }
}

const states = new WeakMap<BackendDriver, DriverState>();

/** The one state of a driver, made when it is first asked for. */
export function stateOf(driver: BackendDriver): DriverState {
  const known = states.get(driver);
  if (known !== undefined) return known;
  const state = new DriverState(driver, undefined);
  states.set(driver, state);
  return state;
}

/** Ties the state of a layer to that of the driver it wraps. @param base the path in `inner` that is the root of the layer */
export function linkState(outer: BackendDriver, inner: BackendDriver, base?: BackendPath): void {
  states.set(outer, new DriverState(outer, stateOf(inner), base));
}

/** Opens a driver that is used below another one, once. */
export function openDriver(driver: BackendDriver, signal?: AbortSignal): Promise<void> {
  return stateOf(driver).open(signal);
}

/** Opens a driver, and the vaults that it is made of as far as they can be, unless it is disposed. @throws `CLOSED`, or what opening throws */
export async function openWhole(driver: BackendDriver, signal?: AbortSignal): Promise<void> {
  const state = stateOf(driver);
  state.enter('open', true);
  try {
    await state.open(signal);
  } finally {
    state.leave('open');
  }
  for (const part of state.root.parts) {
    // A part that cannot be opened says so when it is asked for something.
    await openWhole(part.driver, signal).catch(() => signal?.throwIfAborted());
  }
}

/** The error of every use of a disposed backend: `CLOSED`. */
export function closed(name: string): FileBackendError {
  return backendError('CLOSED', `The ${name} backend is disposed; open a new one`);
}
