import { pause, untilAborted } from '@f9/core/driver';

/** Milliseconds that disposal gives to work under way. */
const GRACE = 10_000;

/** Removals that no operation waits for or fails with: one that fails is left to `collectGarbage`. */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #closing = new AbortController();

  /** Waits for `event`, but no longer than until disposal begins. */
  async untilClosing(event: Promise<void>): Promise<void> {
    await untilAborted(event, this.#closing.signal).catch(() => undefined);
  }

  /** Runs `work`; resolves when it has ended, even by a failure. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const task = work(this.#stop.signal).catch(() => undefined);
    this.#running.add(task);
    await task;
    this.#running.delete(task);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const timer = new AbortController();
    const grace = pause(GRACE, timer.signal).then(
      () => this.#stop.abort(),
      () => undefined,
    );
    while (this.#running.size > 0) await Promise.all(this.#running);
    timer.abort();
    await grace;
  }
}
