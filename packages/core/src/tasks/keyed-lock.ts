import { FifoLock } from './fifo-lock.ts';

/** One `FifoLock` per key, kept only while in use. */
export class KeyedLock {
  readonly #locks = new Map<string, { readonly lock: FifoLock; users: number }>();

  /** Runs `body` once nobody else holds the key. */
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
