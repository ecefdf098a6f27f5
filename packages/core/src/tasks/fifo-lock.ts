/** A mutual exclusion within this process; whoever waits gets it in order. */
export class FifoLock {
  #held = false;
  /** In the order of their coming. */
  readonly #waiting: Set<() => void> = new Set();

  /**
   * Resolves to the function that gives the lock back (calling it again does nothing), or to `undefined` after `timeout`
   * milliseconds of waiting.
   *
   * @throws `signal.reason`
   */
  async acquire(timeout: number, signal?: AbortSignal): Promise<(() => void) | undefined> {
    signal?.throwIfAborted();
    if (this.#held && !(await this.#wait(timeout, signal))) return undefined;
    this.#held = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const [next] = this.#waiting;
      // It stays held on its way from one to the next, so that nobody slips in between.
      if (next === undefined) this.#held = false;
      else next();
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

  #wait(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(proceed);
      };
      const proceed = (): void => {
        stop();
        resolve(true);
      };
      const giveUp = (): void => {
        stop();
        resolve(false);
      };
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const timer = timeout <= MAX_TIMER ? setTimeout(giveUp, timeout) : undefined;
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(proceed);
    });
  }
}

/** Longest delay that setTimeout takes, in milliseconds; longer ones fire at once. */
const MAX_TIMER = 2 ** 31 - 1;

/** One `FifoLock` per key, kept only while in use. */
export class KeyedLock {
  readonly #locks = new Map<string, { readonly lock: FifoLock; users: number }>();

  async run<T>(key: string, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const entry = this.#locks.get(key) ?? { lock: new FifoLock(), users: 0 };
    this.#locks.set(key, entry);
    entry.users++;
    try {
      return await entry.lock.run(body, signal);
    } finally {
      if (--entry.users === 0) this.#locks.delete(key);
    }
  }
}
