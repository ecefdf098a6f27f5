import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { readText, unlinkIfThere, writeNewFile } from '../io/small-files.ts';
import { link, lstat, readlink, symlink } from '../io/system-calls.ts';
import { removeStagedFilesOf } from './leftovers.ts';
import { fateOf, isOwnName, ownerOf, ownName } from './process-identity.ts';

// A lock is a symlink whose target is the name of its owner (`ownName`). It appears and vanishes whole, so that a process that is
// killed leaves no lock, or one that tells its owner. Where there are no symlinks it is a file with that name in it.

/** Milliseconds without a sign of life after which an owner that cannot be looked at counts as gone. */
export const STALE = 10_000;

/** Prefix of the name of a claim; the name of the owner from whom a lock is taken follows. */
const CLAIM = 'takeover.';
/** Prefix of the name of the lock of a path. */
export const PATH_LOCK = 'path.';
/** Name of the lock of the session. */
export const SESSION_LOCK = 'session.lock';

export function isLock(name: string): boolean {
  return name === SESSION_LOCK || name.startsWith(PATH_LOCK) || name.startsWith(CLAIM);
}

/** Whether a lock is held to remove another one, which cannot be removed before it. */
export function isClaim(name: string): boolean {
  return name.startsWith(CLAIM);
}

/** Errors that say that a filesystem cannot make a lock this way. */
const UNSUPPORTED = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Locks that this thread holds. One in its name that is missing here was given back, and could not be removed. */
const held = new Set<string>();

function keyOf(name: string, owner: string): string {
  return `${owner}/${name}`;
}

/** Makes the lock `name` in the directory `path`; false if there is one. */
export function makeLock(path: string, name: string, owner: string): Operation<boolean> {
  return taking(name, owner, makeOwned(`${path}/${name}`, owner));
}

/**
 * Makes the lock as a second name of the file `owner` in the directory, which costs less than a new file. @throws `ENOENT` if there
 * is no such file
 */
export function linkLock(path: string, name: string, owner: string): Operation<boolean> {
  return taking(name, owner, linkOrMake(path, name, owner));
}

/** Makes the file that tells who `owner` is. */
export function makeToken(path: string, owner: string): Operation<void> {
  return makeOwned(`${path}/${owner}`, owner);
}

function* taking(name: string, owner: string, make: Operation<void>): Operation<boolean> {
  const key = keyOf(name, owner);
  const wasHeld = held.has(key);
  held.add(key);
  try {
    yield* make;
    return true;
  } catch (error) {
    if (!wasHeld) held.delete(key);
    if (hasErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function* linkOrMake(path: string, name: string, owner: string): Operation<void> {
  try {
    yield* link(`${path}/${owner}`, `${path}/${name}`);
  } catch (error) {
    if (!hasErrno(error, ...UNSUPPORTED)) throw error;
    yield* makeOwned(`${path}/${name}`, owner);
  }
}

function* makeOwned(path: string, owner: string): Operation<void> {
  try {
    yield* symlink(owner, path);
  } catch (error) {
    if (!hasErrno(error, ...UNSUPPORTED)) throw error;
    yield* writeNewFile(path, owner);
  }
}

/** Whether `owner` holds the lock `name`. */
export function* isHeld(path: string, name: string, owner: string): Operation<boolean> {
  return (yield* ownerOfLock(`${path}/${name}`)) === owner;
}

/** Says that the lock is given back, whether or not it can be removed. */
export function forgetLock(name: string, owner: string): void {
  held.delete(keyOf(name, owner));
}

/** Removes the lock `name` if `owner` still holds it. */
export function* removeLock(path: string, name: string, owner: string): Operation<void> {
  forgetLock(name, owner);
  if (yield* isHeld(path, name, owner)) yield* unlinkIfThere(`${path}/${name}`);
}

/** Removes the lock `name` if its owner is gone. Gives the owner that holds it, or `undefined` if it is free. */
export function* removeIfDead(path: string, name: string): Operation<string | undefined> {
  const lock = `${path}/${name}`;
  const owner = yield* ownerOfLock(lock);
  if (owner === undefined) return undefined;
  const process = ownerOf(owner);
  const isGivenBack = isOwnName(owner) && !held.has(keyOf(name, owner));
  const fate = isGivenBack ? 'gone' : process === undefined ? 'unknown' : fateOf(process);
  const holder = process === undefined ? 'somebody unknown' : `process ${process.pid}`;
  if (fate === 'running') return holder;
  // Only this thread knows that it gave the lock back, and nobody else ever holds one in its name.
  if (isGivenBack && !name.startsWith(PATH_LOCK)) {
    yield* removeLock(path, name, owner);
    return undefined;
  }
  if (fate === 'unknown' && !(yield* isStale(lock, name)))
    return `${holder} (of another machine or container)`;

  // One process removes the lock, and no other can take a lock that was made since for the dead owner's. The claim is a lock too: its
  // owner may die as well.
  const claim = CLAIM + (process === undefined ? 'unknown' : owner);
  const claimant = ownName();
  if (!(yield* makeLock(path, claim, claimant))) {
    // Several may have died, each while it took over from the one before: the last of them is followed at once.
    return (yield* removeIfDead(path, claim)) === undefined ? yield* removeIfDead(path, name) : holder;
  }
  try {
    // This thread may have taken the lock again, with the same token.
    if (held.has(keyOf(name, owner))) return holder;
    // An owner that was only suspended goes on later: without its staged files it can replace nothing any more.
    if (fate === 'unknown' && process !== undefined && (yield* isHeld(path, name, owner)))
      yield* removeStagedFilesOf(path, process);
    yield* removeLock(path, name, owner);
    return undefined;
  } finally {
    yield* removeLock(path, claim, claimant);
  }
}

/** The owner of a lock; `undefined` where there is no lock. */
function* ownerOfLock(lock: string): Operation<string | undefined> {
  try {
    return yield* readlink(lock);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    // The lock is no symlink. Windows has no name for this error.
    if (!hasErrno(error, 'EINVAL', 'UNKNOWN')) throw error;
  }
  try {
    return yield* readText(lock);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Whether a lock shows no sign of life. The locks of paths share their times with all locks of their owner, so that taking or
 * releasing any of them is one.
 */
function* isStale(lock: string, name: string): Operation<boolean> {
  const stats = yield* lstat(lock);
  if (stats === undefined) return false;
  return (name.startsWith(PATH_LOCK) ? stats.ctimeMs : stats.mtimeMs) < Date.now() - STALE;
}
