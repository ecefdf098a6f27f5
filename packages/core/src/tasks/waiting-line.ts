import { clearTimeout, setTimeout } from 'node:timers';

/** The longest delay that a timer takes, in milliseconds; longer ones would fire at once. */
export const MAX_TIMER: number = 2 ** 31 - 1;

/** Callers that wait for something one after another, in the order of their coming. */
export class WaitingLine {
  readonly #waiting: Set<() => void> = new Set();

  /** How many wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for its turn; false after `timeout` milliseconds. Default: no limit.
   *
   * @throws `signal.reason`
   */
  wait(signal?: AbortSignal, timeout: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(proceed);
      };
      const proceed = (): void => {
        leave();
        resolve(true);
      };
      const giveUp = (): void => {
        leave();
        resolve(false);
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const timer = timeout <= MAX_TIMER ? setTimeout(giveUp, timeout) : undefined;
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(proceed);
    });
  }

  /** Lets the next `count` go on; gives how many there were. */
  call(count = 1): number {
    let called = 0;
    for (const proceed of this.#waiting) {
      if (called === count) break;
      called++;
      proceed();
    }
    return called;
  }
}
