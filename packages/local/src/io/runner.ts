import { Slots } from '@f9/core/driver';
import { now } from './clock.ts';
import { isOnLocalDisk } from './filesystem.ts';
import { TURN, turnBudget } from './turn-budget.ts';

/**
 * Work on files, written once for every way of doing I/O: a generator that makes system calls (`system-calls.ts`) and yields what it
 * has to wait for.
 */
export interface Operation<T> {
  next(result?: unknown): Step<T>;
  throw(error: unknown): Step<T>;
  [Symbol.iterator](): Operation<T>;
}

/** One step of an operation: what it waits for, or its result. */
export type Step<T> = IteratorResult<() => Promise<unknown>, T>;

/** Which system calls of an operation are made on this thread: the fast ones, none, or all of them. The others go to the thread pool. */
type OnThisThread = 'fast' | 'none' | 'all';

/** An operation that is being run. */
class RunningOperation {
  readonly #onThisThread: OnThisThread;
  readonly #signal: AbortSignal | undefined;
  #isAborted = false;
  /** The time since when this thread works on it without a pause. */
  #start = now();

  constructor(onThisThread: OnThisThread, signal: AbortSignal | undefined) {
    this.#onThisThread = onThisThread;
    this.#signal = signal;
  }

  isOnThisThread(isSlow: boolean): boolean {
    return this.#onThisThread === 'fast' ? !isSlow : this.#onThisThread === 'all';
  }

  /** Whether it has used up its share of this turn. @throws the reason of an abort, once, so that the operation can still clean up */
  mustPause(): boolean {
    if (this.#signal?.aborted === true && !this.#isAborted) {
      this.#isAborted = true;
      throw this.#signal.reason;
    }
    return now() - this.#start > TURN && this.#onThisThread !== 'all';
  }

  begin(): void {
    this.#start = now();
  }

  end(): void {
    turnBudget.spend(now() - this.#start);
  }
}

let current: RunningOperation | undefined;

/** The operation that is making a system call now. */
export function currentOperation(): RunningOperation {
  if (current === undefined) throw new Error('A system call was made outside of a run');
  return current;
}

/** Operations on one folder that wait for the thread pool at the same time: each holds a few files open. */
const CONCURRENCY = 32;

/** Runs operations on the files of one folder. */
export class Runner {
  readonly #onThisThread: OnThisThread;
  readonly #slots = new Slots(CONCURRENCY);

  constructor(onThisThread: 'fast' | 'none') {
    this.#onThisThread = onThisThread;
  }

  /** A runner for the folder. On a local disk it makes fast system calls on this thread, unless `io` says otherwise. */
  static async for(io: 'auto' | 'async', folder: string): Promise<Runner> {
    return new Runner(io === 'auto' && (await isOnLocalDisk(folder)) ? 'fast' : 'none');
  }

  /** Whether fast calls are made on this thread. */
  get isOnThisThread(): boolean {
    return this.#onThisThread === 'fast';
  }

  /** Short work: on this thread where its calls are fast, else as `runInPool`. @throws `signal.reason`, what the operation throws */
  runHere<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    return this.isOnThisThread ? this.runUnqueued(operation, signal) : this.runInPool(operation, signal);
  }

  /** Work that keeps the thread pool busy: begins when no more than a few others do. @throws as `runHere` */
  runInPool<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    return this.#slots.run(() => this.runUnqueued(operation, signal), signal);
  }

  /**
   * Begins at once, however many keep the pool busy: for work that other work waits for, or that waits for a source. @throws as
   * `runHere`
   */
  async runUnqueued<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    if (turnBudget.isSpent) await turnBudget.wait();
    const running = new RunningOperation(this.#onThisThread, signal);
    let step = resume(running, () => operation.next());
    while (step.done !== true) {
      running.end();
      let next: () => Step<T>;
      try {
        const result = await step.value();
        next = () => operation.next(result);
      } catch (error) {
        next = () => operation.throw(error);
      }
      running.begin();
      step = resume(running, next);
    }
    running.end();
    return step.value;
  }
}

/**
 * Runs an operation to its end with all its calls on this thread, for when there is no event loop any more. @throws if it has to wait
 * for anything else
 */
export function runSynchronously<T>(operation: Operation<T>): T {
  const step = resume(new RunningOperation('all', undefined), () => operation.next());
  if (step.done !== true) throw new Error('The operation has to wait, and cannot');
  return step.value;
}

function resume<T>(running: RunningOperation, next: () => T): T {
  current = running;
  try {
    return next();
  } finally {
    current = undefined;
  }
}
