import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { readText, unlinkIfThere, writeNewFile } from '../io/small-files.ts';
import { lstat, readlink, symlink } from '../io/system-calls.ts';
import { fateOf, isOwnName, ownerOf, ownName } from './process-identity.ts';

// A lock is a symlink whose target is the name of its owner (`ownName`): it appears and vanishes whole, so wherever a process is killed
// there is either no lock, or one that tells whose it is. Where there are no symlinks it is a file with that name in it.

/** Milliseconds without a sign of life after which an owner of whom nothing is known counts as gone. */
const STALE = 10_000;

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
  holders.add(owner);
  try {
    try {
      yield* symlink(owner, lock);
    } catch (error) {
      if (!hasErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
      yield* writeNewFile(lock, owner);
    }
    return true;
  } catch (error) {
    holders.delete(owner);
    if (hasErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Whether `owner` holds the lock `name`. */
export function* isHeld(path: string, name: string, owner: string): Operation<boolean> {
  return (yield* ownerOfLock(`${path}/${name}`)) === owner;
}

/** Removes the lock `name` if `owner` still holds it. */
export function* removeLock(path: string, name: string, owner: string): Operation<void> {
  holders.delete(owner);
  if (yield* isHeld(path, name, owner)) yield* unlinkIfThere(`${path}/${name}`);
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

  // One process removes it, and no other process can take what somebody acquired since for the dead owner's. The claim is a lock too:
  // its owner may die as well.
  const claim = CLAIM + (process === undefined ? 'unknown' : owner);
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

/** `undefined` where there is no lock. */
function* ownerOfLock(lock: string): Operation<string | undefined> {
  try {
    return yield* readlink(lock);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    // No symlink. Windows has no name for it.
    if (!hasErrno(error, 'EINVAL', 'UNKNOWN')) throw error;
  }
  try {
    return yield* readText(lock);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function* isStale(lock: string): Operation<boolean> {
  const stats = yield* lstat(lock);
  return stats !== undefined && stats.mtimeMs < Date.now() - STALE;
}
