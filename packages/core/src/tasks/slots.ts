import { WaitingLine } from './waiting-line.ts';

/** Lets a number of tasks run at the same time; the others wait in order. */
export class Slots {
  #free: number;
  readonly #line = new WaitingLine();

  constructor(count: number) {
    this.#free = count;
  }

  /** @throws `signal.reason` while it waits */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#line.wait(signal);
    try {
      return await task();
    } finally {
      // A slot goes from one to the next without being free in between.
      if (this.#line.call() === 0) this.#free++;
    }
  }
}
