import { performance } from 'node:perf_hooks';
import type { AcquireSessionOptions, DriverSession } from '../driver/options.ts';
import { FifoLock } from '../tasks/fifo-lock.ts';
import { heldInThisProcess } from './session-held.ts';

/** The sessions of one vault within this process, in order: only the first of them asks the store, which other processes ask too. */
export class SessionLine {
  static readonly #lines = new Map<string, SessionLine>();
  readonly #lock: FifoLock;

  /** @param lock the vault's, for the sessions of this process */
  constructor(lock: FifoLock = new FifoLock()) {
    this.#lock = lock;
  }

  /** @param place the vault's, the same for every backend on it */
  static of(place: string): SessionLine {
    let line = SessionLine.#lines.get(place);
    if (line === undefined) {
      line = new SessionLine();
      SessionLine.#lines.set(place, line);
    }
    return line;
  }

  /**
   * @param name the backend's, for messages
   * @param take gets the milliseconds that are left, and a function to call when the session ends
   * @throws `LOCK_TIMEOUT`, what `take` throws
   */
  async acquire(
    name: string,
    { timeout, signal }: AcquireSessionOptions,
    take: (left: number, leave: () => void) => Promise<DriverSession>,
  ): Promise<DriverSession> {
    const began = performance.now();
    const leave = await this.#lock.acquire(timeout, signal);
    if (leave === undefined) throw heldInThisProcess(name, timeout);
    try {
      return await take(Math.max(0, timeout - (performance.now() - began)), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }
}
