import { WaitingLine } from './waiting-line.ts';

/** A mutual exclusion within this process; whoever waits gets it in order. */
export class FifoLock {
  #held = false;
  readonly #line = new WaitingLine();

  /**
   * Resolves to the function that gives the lock back (calling it again does nothing), or to `undefined` after `timeout`
   * milliseconds of waiting.
   *
   * @throws `signal.reason`
   */
  async acquire(timeout: number, signal?: AbortSignal): Promise<(() => void) | undefined> {
    signal?.throwIfAborted();
    if (this.#held && !(await this.#line.wait(signal, timeout))) return undefined;
    this.#held = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      // The lock stays held on its way from one to the next, so that nobody slips in between.
      if (this.#line.call() === 0) this.#held = false;
    };
  }

  /** Holds the lock while `body` runs, however long the wait. */
  async run<T>(body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(Number.POSITIVE_INFINITY, signal);
    try {
      return await body();
    } finally {
      release?.();
    }
  }

  /** Whether somebody holds it. */
  get isHeld(): boolean {
    return this.#held;
  }
}
