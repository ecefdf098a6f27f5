import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendError, FifoLock } from '@f9/core';
import { explainErrno } from './errno.ts';
import { isThere, makeLock, removeIfDead, removeLock } from './lock-directory.ts';
import { ownName } from './process-identity.ts';
import { Runner, runNow } from './runner.ts';
import { lstat, type Operation, utimes } from './system-calls.ts';

/** Its name in the state directory. */
export const SESSION_LOCK = 'session.lock';
/** Milliseconds between two looks at a lock that somebody else holds. */
const POLL = 15;
/** Milliseconds between two signs of life. */
const HEARTBEAT = 2000;

/** The state directory of a vault, as long as a lock in it is held. */
export interface LockPlace {
  /** How to reach it on the host. */
  readonly path: string;
  /** Its real path: what this process tells it by. */
  readonly key: string;
}

export interface AcquireLockOptions {
  /** The backend, for messages. */
  readonly name: string;
  /** Milliseconds to wait. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/** A vault that is held against every other process of this host. */
export interface VaultLock {
  /** @throws `LOCK_LOST` */
  assertHeld(): Promise<void>;
  /** Gives it back; does nothing to a lock that was lost. */
  release(): Promise<void>;
}

// Where all backends of this process queue.
const queues = new Map<string, FifoLock>();

/**
 * Holds whatever `directory` is the state directory of, as a session of a `LocalDriver` with that `stateDirectory` does. It is made if
 * it is missing.
 *
 * @throws `LOCK_TIMEOUT` naming the holder; `signal.reason`
 */
export async function acquireVaultLock(directory: string, options: AcquireLockOptions): Promise<VaultLock> {
  try {
    await fs.promises.mkdir(directory, { recursive: true });
    const path = await fs.promises.realpath(directory);
    return await acquireLock(await Runner.for('auto', path), { path, key: path }, options);
  } catch (error) {
    throw explainErrno(error, '');
  }
}

/** Waits for the vault, in order within this process. @throws `LOCK_TIMEOUT` naming the holder; `signal.reason` */
export async function acquireLock(
  runner: Runner,
  place: LockPlace,
  { name, timeout, signal }: AcquireLockOptions,
): Promise<VaultLock> {
  const deadline = performance.now() + timeout;
  const queue = queues.get(place.key) ?? new FifoLock();
  queues.set(place.key, queue);
  const leave = await queue.acquire(timeout, signal);
  if (leave === undefined)
    throw timedOut(name, timeout, `another session of this process (pid ${process.pid})`);
  try {
    while (true) {
      signal?.throwIfAborted();
      const lock = await tryLock(runner, place.path, place.key, leave);
      if (lock !== undefined) return lock;
      const holder = await runner.run(removeIfDead(place.path, SESSION_LOCK));
      if (holder === undefined) continue;
      const left = deadline - performance.now();
      if (left <= 0) throw timedOut(name, timeout, holder);
      await sleep(Math.min(POLL, left), undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    leave();
    throw error;
  }
}

/** `undefined` if somebody else holds it. @param leave called once it is released */
async function tryLock(
  runner: Runner,
  path: string,
  key: string,
  leave: () => void,
): Promise<VaultLock | undefined> {
  // Loaded when it is first needed: it listens for the exit of the process.
  const { default: lockfile } = await import('proper-lockfile');
  const token = ownName();
  let isCompromised = false;
  let unlock: () => Promise<void>;
  try {
    unlock = await lockfile.lock(key, {
      lockfilePath: `${path}/${SESSION_LOCK}`,
      realpath: false,
      fs: lockFileSystem(runner, path, token),
      update: HEARTBEAT,
      // It takes nothing over by itself: only here is it known whether an owner that gives no sign of life is gone.
      stale: Number.MAX_SAFE_INTEGER,
      onCompromised: () => {
        isCompromised = true;
      },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  }
  return {
    assertHeld: async () => {
      if (await runner.run(isThere(`${path}/${SESSION_LOCK}/${token}`))) return;
      throw backendError(
        'LOCK_LOST',
        'This session does not hold the vault any more: its lock was taken over or removed; run it again',
      );
    },
    release: async () => {
      try {
        await (isCompromised ? runner.run(removeLock(path, SESSION_LOCK, token)) : unlock());
      } finally {
        leave();
      }
    },
  };
}

type Callback = (error: unknown, result?: unknown) => void;

/** What proper-lockfile uses of `fs`, for the one lock whose owner is `token`. */
function lockFileSystem(runner: Runner, path: string, token: string): object {
  const answer = (operation: Operation<unknown>, callback: Callback): void => {
    runner.run(operation).then((result) => callback(null, result), callback);
  };
  return {
    mkdir: (_lock: string, callback: Callback) => answer(makeOrSayExists(path, token), callback),
    stat: (lock: string, callback: Callback) => answer(lstat(lock), callback),
    utimes: (lock: string, accessed: Date, modified: Date, callback: Callback) =>
      answer(utimes(lock, accessed, modified), callback),
    rmdir: (_lock: string, callback: Callback) => answer(removeLock(path, SESSION_LOCK, token), callback),
    // At the exit of the process.
    rmdirSync: () => runNow(removeLock(path, SESSION_LOCK, token)),
  };
}

function* makeOrSayExists(path: string, token: string): Operation<void> {
  if (!(yield* makeLock(path, SESSION_LOCK, token))) {
    throw Object.assign(new Error('The lock exists'), { code: 'EEXIST' });
  }
}

function timedOut(name: string, timeout: number, holder: string): Error {
  return backendError(
    'LOCK_TIMEOUT',
    `Waited ${timeout} ms for the session of the ${name} backend, which ${holder} holds; ` +
      'wait longer (timeout) or end that session',
  );
}
