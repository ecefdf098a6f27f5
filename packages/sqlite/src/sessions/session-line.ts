import { performance } from 'node:perf_hooks';
import { type AcquireSessionOptions, backendError, type DriverSession, FifoLock } from '@f9/core/driver';

/** The sessions of one file within this process, in order: only the first of them asks for the lease. */
export class SessionLine {
  static readonly #lines = new Map<string, SessionLine>();
  readonly #lock = new FifoLock();

  static of(path: string): SessionLine {
    let line = SessionLine.#lines.get(path);
    if (line === undefined) {
      line = new SessionLine();
      SessionLine.#lines.set(path, line);
    }
    return line;
  }

  /** @param take gets what is left of the time, and what to call when the session ends @throws `LOCK_TIMEOUT`, what `take` throws */
  async acquire(
    { timeout, signal }: AcquireSessionOptions,
    take: (left: number, leave: () => void) => Promise<DriverSession>,
  ): Promise<DriverSession> {
    const began = performance.now();
    const leave = await this.#lock.acquire(timeout, signal);
    if (leave === undefined) {
      throw backendError(
        'LOCK_TIMEOUT',
        `Waited ${timeout} ms for the session of the sqlite backend, which another session of this process (pid ${process.pid}) holds; wait longer (timeout) or end that session`,
      );
    }
    try {
      return await take(Math.max(0, timeout - (performance.now() - began)), leave);
    } catch (error) {
      leave();
      throw error;
    }
  }
}
