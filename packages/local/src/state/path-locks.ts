import { backendError } from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import { hasErrno } from '../errors.ts';
import { now, pauseFor } from '../io/clock.ts';
import type { Operation } from '../io/runner.ts';
import { unlink, waitFor } from '../io/system-calls.ts';
import { forgetLock, isHeld, linkLock, makeLock, PATH_LOCK, removeIfDead, STALE } from './owned-lock.ts';
import { foldPath } from './path-lines.ts';
import type { Presence } from './presence.ts';

// Changes of a path are exact among all processes and threads of the host: to compare and swap takes the lock of the path, a second
// name of the thread's token. Another name costs no inode, which on ext4 is most of the cost of a lock.

/** Times that the token or its directory may be removed while a lock is taken. */
const ATTEMPTS = 8;
/** Turns of the event loop within which most holders are done. */
const TURNS = 2;
/** Milliseconds of waiting between two looks at the holder. */
const LOOK = 10;

/** The locks of the paths of one folder. They lie where its root says, so that all backends on it meet there. */
export class PathLocks {
  readonly #root: ConfinedRoot;
  readonly #presence: Presence;
  /** Locks that were released and could not be removed. */
  readonly #stuck = new Set<string>();

  constructor(root: ConfinedRoot, presence: Presence) {
    this.#root = root;
    this.#presence = presence;
  }

  /** Whether this thread has taken a lock lately. Before the first one nothing is made, in case the operation cannot succeed. */
  get areInUse(): boolean {
    return this.#presence.token !== undefined;
  }

  /**
   * Runs `body` while no other process or thread of this host changes the files at the real paths. It may release the locks as soon
   * as it has swapped: a later version cannot become durable without the earlier one.
   *
   * @throws `signal.reason`
   */
  *hold<T>(
    realPaths: readonly string[],
    body: (locks: HeldLocks) => Operation<T>,
    signal?: AbortSignal,
  ): Operation<T> {
    const locks = new HeldLocks(this.#presence, this.#stuck);
    try {
      for (const name of this.#namesOf(realPaths)) {
        if (this.#stuck.size > 0) yield* this.#freeStuck();
        const owner = (yield* this.#tryLock(name)) ?? (yield* this.#wait(name, signal));
        locks.add(name, owner);
      }
      return yield* body(locks);
    } finally {
      yield* locks.release();
    }
  }

  /** Removes the locks that could not be removed before. */
  *close(): Operation<void> {
    if (this.#stuck.size > 0) yield* this.#freeStuck();
  }

  /** Names of the locks, always in the same order, so that two operations never wait for each other. */
  #namesOf(realPaths: readonly string[]): readonly string[] {
    const names = realPaths.map((path) => nameOf(this.#root.vaultPath(path)));
    return names.length === 1 ? names : [...new Set(names)].sort();
  }

  /** Tries to take a lock. Gives the owner that holds it for this thread, or `undefined` if somebody else holds it. */
  *#tryLock(name: string): Operation<string | undefined> {
    const { state } = this.#presence;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const token = this.#presence.token ?? (yield* this.#presence.makeToken());
      // Where linking follows symlinks it finds nothing behind the token, which is one.
      const take = attempt < 2 ? linkLock : makeLock;
      try {
        return (yield* take(state.path, name, token)) ? token : undefined;
      } catch (error) {
        if (!hasErrno(error, 'ENOENT')) throw error;
        this.#presence.forgetToken(token);
      }
    }
    throw backendError('BUSY', 'The state directory of the vault is removed again and again');
  }

  *#wait(name: string, signal: AbortSignal | undefined): Operation<string> {
    const since = now();
    let looked = Number.NEGATIVE_INFINITY;
    for (let attempt = 0; ; attempt++) {
      const time = now();
      if (attempt >= TURNS && time - looked > LOOK) {
        looked = time;
        yield* removeIfDead(this.#presence.state.path, name);
      } else {
        yield* waitFor(() => pauseFor(patience(attempt, time - since), signal));
      }
      const owner = yield* this.#tryLock(name);
      if (owner !== undefined) return owner;
    }
  }

  *#freeStuck(): Operation<void> {
    const { path } = this.#presence.state;
    for (const name of [...this.#stuck]) {
      try {
        if ((yield* removeIfDead(path, name)) === undefined) this.#stuck.delete(name);
      } catch {
        // The lock stays until the next time.
      }
    }
  }
}

export class HeldLocks {
  readonly #presence: Presence;
  readonly #stuck: Set<string>;
  #held: { readonly name: string; readonly owner: string }[] = [];
  readonly #since = now();

  constructor(presence: Presence, stuck: Set<string>) {
    this.#presence = presence;
    this.#stuck = stuck;
  }

  add(name: string, owner: string): void {
    this.#held.push({ name, owner });
    this.#presence.countLock();
  }

  /** Releases them; doing it again changes nothing. */
  *release(): Operation<void> {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    const mayBeOvertaken = now() - this.#since > STALE / 2;
    for (const { name, owner } of held) yield* this.#releaseOne(name, owner, mayBeOvertaken);
  }

  *#releaseOne(name: string, owner: string, mayBeOvertaken: boolean): Operation<void> {
    const { path } = this.#presence.state;
    try {
      if (!mayBeOvertaken || (yield* isHeld(path, name, owner))) yield* unlink(`${path}/${name}`);
    } catch (error) {
      // The work is done, and acknowledged all the same.
      if (!hasErrno(error, 'ENOENT')) this.#stuck.add(name);
    } finally {
      forgetLock(name, owner);
      this.#presence.discountLock();
    }
  }
}

/** Milliseconds between two looks. The longer somebody has waited the shorter they get, so that nobody waits for ever. */
function patience(attempt: number, waited: number): number | 'a turn' {
  if (attempt < TURNS || (waited > 100 && attempt % 4 !== 0)) return 'a turn';
  return waited > 50 ? 1 : 1 + Math.random() * 3;
}

/** The name of the lock of a path, by 64 bits of a hash; two paths that share one only wait for each other. */
function nameOf(path: string): string {
  const text = foldPath(path);
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) + (a >>> 15);
  }
  return PATH_LOCK + (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
