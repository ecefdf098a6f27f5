import { rmSync, writeFileSync } from 'node:fs';
import { DEFAULT_SESSION_TIMEOUT, isFileBackendError } from '@f9/core';
import { type DriverOptions, type DriverSession, FifoLock } from '@f9/core/driver';
import { acquireVaultLock, tieSession, type VaultLock } from '@f9/local';
import type { Clone } from '../clone/clone.ts';
import { explained } from '../errors.ts';
import { markerOf, needsRecovery, recover } from './recovery.ts';

/** The right to move the branch, and the working tree with it. One session or one operation has it, of all on this host. */
export class Holder {
  readonly #clone: Clone;
  /** The queue of operations in one session. */
  readonly #steps: FifoLock = new FifoLock();
  readonly #locks = new WeakMap<DriverSession, VaultLock>();

  constructor(clone: Clone) {
    this.#clone = clone;
  }

  /** Runs `body` while the clone is held: by the session that the call belongs to, or else by this operation alone. */
  async during<T>(
    doing: string,
    { session, signal }: DriverOptions,
    body: (lock: VaultLock) => Promise<T>,
  ): Promise<T> {
    const held = session && this.#locks.get(session);
    if (held !== undefined) return await this.#steps.run(() => explained(doing, () => body(held)), signal);
    const lock = await this.acquire(DEFAULT_SESSION_TIMEOUT, signal);
    try {
      return await explained(doing, () => body(lock));
    } finally {
      await this.release(lock);
    }
  }

  /** Holds the clone, in order even if its last holder was killed. @throws `LOCK_TIMEOUT` after `timeout` milliseconds */
  async acquire(timeout: number, signal: AbortSignal | undefined): Promise<VaultLock> {
    const clone = this.#clone;
    const lock = await acquireVaultLock(clone.stateDirectory, {
      name: 'git',
      timeout,
      signal,
    });
    try {
      if (needsRecovery(clone)) await explained('bring the clone in order', () => recover(clone, signal));
      writeFileSync(markerOf(clone), '');
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Like `acquire`, but does not wait: `undefined` where somebody else holds the clone. */
  async tryAcquire(signal: AbortSignal | undefined): Promise<VaultLock | undefined> {
    try {
      return await this.acquire(0, signal);
    } catch (error) {
      if (isFileBackendError(error, 'LOCK_TIMEOUT')) return undefined;
      throw error;
    }
  }

  async release(lock: VaultLock): Promise<void> {
    try {
      rmSync(markerOf(this.#clone), { force: true });
    } finally {
      await lock.release();
    }
  }

  /** Ties `session` to `lock`: its calls run under the lock from now on, and change no file once it is lost. */
  bind(session: DriverSession, lock: VaultLock): void {
    this.#locks.set(session, lock);
    tieSession(session, lock);
  }
}
