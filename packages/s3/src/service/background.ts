import { untilAborted } from '@f9/core/driver';

/** Work that goes on when nobody waits for it any more. */
export class Background {
  readonly #running = new Set<Promise<unknown>>();

  /** Gives the result of work that runs to its end even if it is aborted. @throws what the work throws, `signal.reason` */
  async finish<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const settled = work.catch(() => undefined).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    return await untilAborted(work, signal);
  }

  /** Waits until nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
