import { constants } from 'node:fs';
import { hasErrno } from './errno.ts';
import { fateOf, isOwnName, ownerOf, ownName } from './process-identity.ts';
import type { Operation } from './runner.ts';
import { close, lstat, mkdir, open, readdir, rename, rmdir, unlink } from './system-calls.ts';

// A lock is a directory with one file in it, whose name is that of its owner (`ownName`): it appears and vanishes by a rename, so
// wherever a process is killed there is either no lock, or one that tells whose it is.

const { O_WRONLY, O_CREAT, O_EXCL } = constants;

/** Milliseconds without a sign of life after which an owner of whom nothing is known counts as gone. */
const STALE = 10_000;

/** The owner of an empty directory, which is not made here. */
const NOBODY = '';
/** Before the name of the owner that a lock is taken from. */
const CLAIM = 'takeover.';
/** The lock of the session. */
export const SESSION_LOCK = 'session.lock';

export function isLock(name: string): boolean {
  return name === SESSION_LOCK || name.startsWith(CLAIM);
}

/** Owners that hold a lock. One of this process that is not among them gave it back, and it could not be removed. */
const holders = new Set<string>();

/** Makes the lock `name` in the directory `path`; false if there is one. */
export function* makeLock(path: string, name: string, owner: string): Operation<boolean> {
  const lock = `${path}/${name}`;
  if (yield* isThere(lock)) return false;
  const prepared = `${path}/${owner}`;
  yield* mkdir(prepared);
  holders.add(owner);
  try {
    yield* close(yield* open(`${prepared}/${owner}`, O_WRONLY | O_CREAT | O_EXCL, 0o666));
    yield* rename(prepared, lock);
    return true;
  } catch (error) {
    holders.delete(owner);
    yield* removePrepared(prepared, owner);
    // A directory that is not empty is never replaced; by now the lock may be gone.
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) return false;
    // What Windows says of it, among other things.
    if (hasErrno(error, 'EPERM') && (yield* isThere(lock))) return false;
    throw error;
  }
}

/** Removes the lock `name` if `owner` still holds it. */
export function* removeLock(path: string, name: string, owner: string): Operation<void> {
  const lock = `${path}/${name}`;
  holders.delete(owner);
  if (!(yield* isThere(`${lock}/${owner}`))) return;
  const removed = `${path}/${owner}`;
  try {
    yield* rename(lock, removed);
  } catch (error) {
    // Taken away since.
    if (hasErrno(error, 'ENOENT')) return;
    throw error;
  }
  yield* removePrepared(removed, owner);
}

/** Removes the lock `name` if its owner is gone. Says who holds it, or nothing if it is free. */
export function* removeIfDead(path: string, name: string): Operation<string | undefined> {
  const lock = `${path}/${name}`;
  const owner = yield* ownerOfLock(lock);
  if (owner === undefined) return undefined;
  const process = ownerOf(owner);
  const isGivenBack = isOwnName(owner) && !holders.has(owner);
  const fate = isGivenBack ? 'gone' : process === undefined ? 'unknown' : fateOf(process);
  const holder = process === undefined ? 'somebody unknown' : `process ${process.pid}`;
  if (fate === 'running') return holder;
  if (fate === 'unknown' && !(yield* isStale(lock))) return `${holder} (of another machine or container)`;
  if (owner === NOBODY) {
    yield* rmdir(lock);
    return undefined;
  }

  // One process removes it, and no other process can take what somebody acquired since for the dead owner's. The claim is a lock too:
  // its owner may die as well.
  const claim = CLAIM + owner;
  const claimant = ownName();
  if (!(yield* makeLock(path, claim, claimant))) {
    yield* removeIfDead(path, claim);
    return holder;
  }
  try {
    yield* removeLock(path, name, owner);
    return undefined;
  } finally {
    yield* removeLock(path, claim, claimant);
  }
}

export function* isThere(path: string): Operation<boolean> {
  return (yield* lstat(path)) !== undefined;
}

/** `undefined` where there is no lock. */
function* ownerOfLock(lock: string): Operation<string | undefined> {
  try {
    return (yield* readdir(lock))[0]?.name ?? NOBODY;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function* isStale(lock: string): Operation<boolean> {
  const stats = yield* lstat(lock);
  return stats !== undefined && stats.mtimeMs < Date.now() - STALE;
}

function* removePrepared(directory: string, owner: string): Operation<void> {
  try {
    yield* unlink(`${directory}/${owner}`);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  yield* rmdir(directory);
}
