import type { FileBackend, SyncSession } from '@f9/core';
import type { AcquireSessionOptions, BackendDriver, CommitOptions, DriverSession } from '@f9/core/driver';
import type { Mount } from './table.ts';

/** What ends a session that is not to be published. */
const ABANDONED: unique symbol = Symbol('abandoned');

/** Sessions of every mounted vault at once, each committed by its own rule. */
export class MountSession implements DriverSession {
  /** Unless nothing is to be published, each vault decides for itself; see `commit`. */
  readonly commitOnSuccess: boolean;
  readonly #sessions = new Map<Mount, SyncSession>();
  readonly #ending = Promise.withResolvers<void>();
  #done: Promise<void> = Promise.resolve();

  private constructor(commitOnSuccess: boolean) {
    this.commitOnSuccess = commitOnSuccess;
  }

  /** @throws `LOCK_TIMEOUT`, holding nothing */
  static async acquire(mounts: readonly Mount[], options: AcquireSessionOptions): Promise<MountSession> {
    const session = new MountSession(options.push !== false);
    const held = Promise.withResolvers<void>();
    const deadline = performance.now() + options.timeout;
    // One order for all trees of this process, so that two of them never wait for each other.
    const ranked = mounts.map((mount) => ({ mount, rank: rank(mount.vault) }));
    const ordered = ranked.sort((a, b) => a.rank - b.rank).map(({ mount }) => mount);
    session.#done = session.#hold(ordered, options, deadline, held.resolve);
    await Promise.race([held.promise, session.#done]);
    return session;
  }

  of(mount: Mount): FileBackend {
    return this.#sessions.get(mount)!;
  }

  async commit({ signal, message, onSuccess }: CommitOptions): Promise<void> {
    if (onSuccess === true) {
      this.#ending.resolve();
      return await this.#done;
    }
    const options = {
      ...(signal === undefined ? {} : { signal }),
      ...(message === undefined ? {} : { message }),
    };
    for (const session of this.#sessions.values()) await session.commit(options);
  }

  async release(): Promise<void> {
    this.#ending.reject(ABANDONED);
    await this.#done.catch(() => undefined);
  }

  /** Holds one vault within the body of the next, so that a vault that is mounted twice is held once. */
  async #hold(
    [mount, ...rest]: readonly Mount[],
    options: AcquireSessionOptions,
    deadline: number,
    onHeld: () => void,
  ): Promise<void> {
    if (mount === undefined) {
      onHeld();
      return await this.#ending.promise;
    }
    const body = async (session: SyncSession): Promise<void> => {
      this.#sessions.set(mount, session);
      await this.#hold(rest, options, deadline, onHeld);
    };
    await mount.vault.syncSession(body, { ...options, timeout: Math.max(0, deadline - performance.now()) });
  }
}

const ranks = new WeakMap<BackendDriver, number>();
let lastRank = 0;

function rank({ driver }: FileBackend): number {
  const known = ranks.get(driver) ?? ++lastRank;
  ranks.set(driver, known);
  return known;
}
