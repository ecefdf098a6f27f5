import { isOnLocalDisk } from './filesystem.ts';
import { TURN, turnBudget } from './turn-budget.ts';
import { WaitingLine } from './waiting-line.ts';

/**
 * Some work on files, written once for every way of doing I/O: it makes system calls (`system-calls.ts`), and what it has to wait for
 * it yields.
 */
export interface Operation<T> {
  next(result?: unknown): Step<T>;
  throw(error: unknown): Step<T>;
  [Symbol.iterator](): Operation<T>;
}

/** How far an operation has come: what it waits for, or what came of it. */
export type Step<T> = IteratorResult<() => Promise<unknown>, T>;

/** Which system calls of an operation are made on this thread: the fast ones, none, or all of them. The others go to the thread pool. */
type OnThisThread = 'fast' | 'none' | 'all';

/** One run of one operation. */
class Run {
  readonly #onThisThread: OnThisThread;
  readonly #signal: AbortSignal | undefined;
  #isAborted = false;
  /** Since when this thread works on it without a pause. */
  #start = performance.now();

  constructor(onThisThread: OnThisThread, signal: AbortSignal | undefined) {
    this.#onThisThread = onThisThread;
    this.#signal = signal;
  }

  isOnThisThread(isSlow: boolean): boolean {
    return this.#onThisThread === 'fast' ? !isSlow : this.#onThisThread === 'all';
  }

  /** Whether others are to have their turn first. @throws the reason of an abort, once, so that the operation can still clean up */
  mustPause(): boolean {
    if (this.#signal?.aborted === true && !this.#isAborted) {
      this.#isAborted = true;
      throw this.#signal.reason;
    }
    return performance.now() - this.#start > TURN && this.#onThisThread !== 'all';
  }

  begin(): void {
    this.#start = performance.now();
  }

  end(): void {
    turnBudget.spend(performance.now() - this.#start);
  }
}

let current: Run | undefined;

/** The run that the operation belongs to that makes a system call now. */
export function currentRun(): Run {
  if (current === undefined) throw new Error('A system call was made outside of a run');
  return current;
}

/** Operations on one folder that wait for the thread pool at the same time: each holds a few files open. */
const CONCURRENCY = 32;

/** Runs operations on the files of one folder. */
export class Runner {
  readonly #onThisThread: OnThisThread;
  readonly #line = new WaitingLine();
  #running = 0;

  constructor(onThisThread: 'fast' | 'none') {
    this.#onThisThread = onThisThread;
  }

  /** On a local disk fast system calls are made on this thread, unless `io` says otherwise. */
  static async for(io: 'auto' | 'async', folder: string): Promise<Runner> {
    return new Runner(io === 'auto' && (await isOnLocalDisk(folder)) ? 'fast' : 'none');
  }

  /** Whether fast calls are made on this thread. */
  get isOnThisThread(): boolean {
    return this.#onThisThread === 'fast';
  }

  /** Runs an operation that needs the thread pool for short calls at most. @throws `signal.reason`, what the operation throws */
  runShort<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    return this.#onThisThread === 'none' ? this.runLong(operation, signal) : this.run(operation, signal);
  }

  /** Runs an operation that may take a while, when no more than a few others do. @throws as `runShort` */
  async runLong<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    if (this.#running >= CONCURRENCY) await this.#line.wait(signal);
    else this.#running++;
    try {
      return await this.run(operation, signal);
    } finally {
      // Whoever is next takes the place.
      if (this.#line.isEmpty) this.#running--;
      else this.#line.call(1);
    }
  }

  /** Runs an operation at once, as one that waits for its caller has to. @throws as `runShort` */
  async run<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T> {
    if (turnBudget.isSpent) await turnBudget.wait();
    const run = new Run(this.#onThisThread, signal);
    let step = resume(run, () => operation.next());
    while (step.done !== true) {
      run.end();
      let next: () => Step<T>;
      try {
        const result = await step.value();
        next = () => operation.next(result);
      } catch (error) {
        next = () => operation.throw(error);
      }
      run.begin();
      step = resume(run, next);
    }
    run.end();
    return step.value;
  }
}

/** Runs an operation to its end at once, for when there is no event loop any more. It must not wait for anything but system calls. */
export function runNow<T>(operation: Operation<T>): T {
  const step = resume(new Run('all', undefined), () => operation.next());
  if (step.done !== true) throw new Error('The operation has to wait, and cannot');
  return step.value;
}

function resume<T>(run: Run, next: () => T): T {
  current = run;
  try {
    return next();
  } finally {
    current = undefined;
  }
}
