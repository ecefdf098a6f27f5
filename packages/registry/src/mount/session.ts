import { performance } from 'node:perf_hooks';
import type { FileBackend, SyncSession } from '@f9/core';
import type { AcquireSessionOptions, CommitOptions, DriverSession } from '@f9/core/driver';
import { inLockOrder } from './lock-order.ts';
import type { Mount } from './table.ts';

/** The reason to end a session that must not be published. */
const ABANDONED: unique symbol = Symbol('abandoned');

/** Sessions of every mounted vault at once, each committed by its own rule. */
export class MountSession implements DriverSession {
  /** Each vault decides for itself, unless nothing is to be published; see `commit`. */
  readonly commitOnSuccess: boolean;
  readonly #vaults: ReadonlySet<FileBackend>;
  readonly #sessions = new Map<FileBackend, SyncSession>();
  readonly #ending = Promise.withResolvers<void>();
  #done: Promise<void> = Promise.resolve();

  private constructor(mounts: readonly Mount[], commitOnSuccess: boolean) {
    this.#vaults = new Set(mounts.map(({ vault }) => vault));
    this.commitOnSuccess = commitOnSuccess;
  }

  /** @throws `LOCK_TIMEOUT`, and then holds nothing */
  static async acquire(mounts: readonly Mount[], options: AcquireSessionOptions): Promise<MountSession> {
    const session = new MountSession(mounts, options.push !== false);
    const held = Promise.withResolvers<void>();
    const deadline = performance.now() + options.timeout;
    session.#done = session.#hold(inLockOrder(session.#vaults), options, deadline, held.resolve);
    await Promise.race([held.promise, session.#done]);
    return session;
  }

  of({ vault }: Mount): FileBackend {
    return this.#sessions.get(vault)!;
  }

  async commit({ signal, message, onSuccess }: CommitOptions): Promise<void> {
    if (onSuccess === true) {
      this.#ending.resolve();
      return await this.#done;
    }
    const options = {
      signal,
      message,
    };
    for (const vault of this.#vaults) await this.#sessions.get(vault)!.commit(options);
  }

  async release(): Promise<void> {
    this.#ending.reject(ABANDONED);
    await this.#done.catch(() => undefined);
  }

  /** Holds one vault within the body of the next, so that a vault that is mounted twice is held only once. */
  async #hold(
    [vault, ...rest]: readonly FileBackend[],
    options: AcquireSessionOptions,
    deadline: number,
    onHeld: () => void,
  ): Promise<void> {
    if (vault === undefined) {
      onHeld();
      return await this.#ending.promise;
    }
    const body = async (session: SyncSession): Promise<void> => {
      this.#sessions.set(vault, session);
      await this.#hold(rest, options, deadline, onHeld);
    };
    await vault.syncSession(body, { ...options, timeout: Math.max(0, deadline - performance.now()) });
  }
}
