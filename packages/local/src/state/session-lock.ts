import fs, { type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendError, type DriverSession, FifoLock, heldInThisProcess, sessionHeld } from '@f9/core/driver';
import { explainErrno } from '../errors.ts';
import { now } from '../io/clock.ts';
import { type Operation, Runner, runSynchronously } from '../io/runner.ts';
import { lstat, lutimes, waitFor } from '../io/system-calls.ts';
import { isHeld, makeLock, removeIfDead, removeLock, SESSION_LOCK } from './owned-lock.ts';
import { ownName } from './process-identity.ts';

/** Milliseconds between two looks at a lock that somebody else holds. */
const POLL = 15;
/** Milliseconds between two signs of life. */
const HEARTBEAT = 2000;

/** The state directory of a vault, for as long as a lock in it is wanted. */
export interface LockDirectory {
  /** Path on the host to reach it by. */
  readonly path: string;
  /** Its real path. */
  readonly realPath: string;
  close(): Promise<void>;
}

/** The backend that wants the lock, and how long it waits. */
export interface AcquireLockOptions {
  /** The backend, for messages. */
  readonly name: string;
  /** Milliseconds to wait. */
  readonly timeout: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** A vault that is held against every other process of this host. */
export interface VaultLock {
  /** @throws `LOCK_LOST` */
  assertHeld(): Promise<void>;
  /** Gives it back; does nothing to a lock that was lost. */
  release(): Promise<void>;
}

// The locks that sessions stand for; a session that was overtaken is told at its next change.
const locksOf = new WeakMap<DriverSession, VaultLock>();

/**
 * Ties a session to the lock that it holds: once the lock is lost, every change of a `LocalDriver` in that session is `LOCK_LOST`.
 */
export function tieSession(session: DriverSession, lock: VaultLock): void {
  locksOf.set(session, lock);
}

/** @throws `LOCK_LOST` */
export function* assertSessionHeld(session: DriverSession): Operation<void> {
  const lock = locksOf.get(session);
  if (lock !== undefined) yield* waitFor(() => lock.assertHeld());
}

// Queues of the backends of this process, by the path of the state directory.
const queues = new Map<string, FifoLock>();

/**
 * Holds the vault whose state is in `directory` (`.f9` of its root, `.git/f9` in a clone), just as a session of a `LocalDriver` on
 * that root does. The directory is made if it is missing.
 *
 * @throws `LOCK_TIMEOUT` naming the holder; `signal.reason`
 */
export async function acquireVaultLock(directory: string, options: AcquireLockOptions): Promise<VaultLock> {
  const key = resolve(directory);
  return await acquireLock(key, options, async () => {
    await fs.promises.mkdir(key, { recursive: true });
    const realPath = await fs.promises.realpath(key);
    const lockDirectory: LockDirectory = { path: realPath, realPath, close: async () => undefined };
    return { runner: await Runner.for('auto', realPath), directory: lockDirectory };
  });
}

/** Waits for the vault, in the order of asking within this process. @throws `LOCK_TIMEOUT` naming the holder; `signal.reason` */
export async function acquireLock(
  key: string,
  options: AcquireLockOptions,
  open: () => Promise<{ readonly runner: Runner; readonly directory: LockDirectory }>,
): Promise<VaultLock> {
  const { name, timeout, signal } = options;
  const deadline = now() + timeout;
  const queue = queues.get(key) ?? new FifoLock();
  queues.set(key, queue);
  const leave = await queue.acquire(timeout, signal);
  if (leave === undefined) throw heldInThisProcess(name, timeout);
  try {
    const { runner, directory } = await open();
    try {
      const lock = await waitForLock(runner, directory, options, deadline);
      return {
        assertHeld: () => explained(lock.assertHeld()),
        release: async () => {
          try {
            await explained(lock.release());
          } finally {
            leave();
            await directory.close();
          }
        },
      };
    } catch (error) {
      await directory.close();
      throw error;
    }
  } catch (error) {
    leave();
    throw explainErrno(error, '');
  }
}

async function explained(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw explainErrno(error, '');
  }
}

async function waitForLock(
  runner: Runner,
  directory: LockDirectory,
  { name, timeout, signal }: AcquireLockOptions,
  deadline: number,
): Promise<VaultLock> {
  while (true) {
    signal?.throwIfAborted();
    const lock = await tryLock(runner, directory);
    if (lock !== undefined) return lock;
    const holder = await runner.runUnqueued(removeIfDead(directory.path, SESSION_LOCK));
    if (holder === undefined) continue;
    const left = deadline - now();
    if (left <= 0) throw sessionHeld(name, timeout, holder);
    await sleep(Math.min(POLL, left), undefined, { signal }).catch(() => undefined);
  }
}

/** Tries to take the lock; `undefined` if somebody else holds it. */
async function tryLock(runner: Runner, { path, realPath }: LockDirectory): Promise<VaultLock | undefined> {
  // Loaded when first needed, since it listens for the exit of the process.
  const { default: lockfile } = await import('proper-lockfile');
  const token = ownName();
  let isCompromised = false;
  let removing: Promise<void> | undefined;
  const remove = (): Promise<void> => {
    removing = runner.runUnqueued(removeLock(path, SESSION_LOCK, token));
    return removing;
  };
  let unlock: () => Promise<void>;
  try {
    unlock = await lockfile.lock(realPath, {
      lockfilePath: `${path}/${SESSION_LOCK}`,
      realpath: false,
      fs: lockFileSystem(runner, path, token, remove),
      update: HEARTBEAT,
      // It takes nothing over by itself, since it cannot know whether an owner that gives no sign of life is gone.
      stale: Number.MAX_SAFE_INTEGER,
      onCompromised: () => {
        isCompromised = true;
      },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    // It removes the lock that it made, without waiting for the end of that.
    await removing?.catch(() => undefined);
    throw error;
  }
  return {
    assertHeld: async () => {
      if (await runner.runUnqueued(isHeld(path, SESSION_LOCK, token))) return;
      throw backendError(
        'LOCK_LOST',
        'This session does not hold the vault any more: its lock was taken over or removed; run it again',
      );
    },
    release: () => (isCompromised ? remove() : unlock()),
  };
}

type Callback = (error: unknown, result?: unknown) => void;

/** The parts of `fs` that proper-lockfile uses, for the one lock whose owner is `token`. */
function lockFileSystem(runner: Runner, path: string, token: string, remove: () => Promise<void>): object {
  const answer = (result: Promise<unknown>, callback: Callback): void => {
    result.then((value) => callback(null, value), callback);
  };
  return {
    mkdir: (_lock: string, callback: Callback) =>
      answer(runner.runUnqueued(makeOrSayExists(path, token)), callback),
    stat: (lock: string, callback: Callback) => answer(runner.runUnqueued(statOrSayMissing(lock)), callback),
    utimes: (lock: string, accessed: Date, modified: Date, callback: Callback) =>
      answer(runner.runUnqueued(lutimes(lock, accessed, modified)), callback),
    rmdir: (_lock: string, callback: Callback) => answer(remove(), callback),
    // Called at the exit of the process.
    rmdirSync: () => runSynchronously(removeLock(path, SESSION_LOCK, token)),
  };
}

function* makeOrSayExists(path: string, token: string): Operation<void> {
  if (!(yield* makeLock(path, SESSION_LOCK, token))) throw errorOf('EEXIST');
}

function* statOrSayMissing(lock: string): Operation<Stats> {
  const stats = yield* lstat(lock);
  if (stats === undefined) throw errorOf('ENOENT');
  return stats;
}

function errorOf(code: string): Error {
  return Object.assign(new Error(code), { code });
}
