import type { Stats } from 'node:fs';
import type { FileInfo } from '@f9/core';
import {
  assertWritable,
  type BackendPath,
  backendError,
  type DriverSession,
  notDirectory,
  notFound,
  type WriteOptions,
} from '@f9/core/driver';
import type { ConfinedRoot, MadeDirectories } from '../confined/confined-root.ts';
import { type HeldName, whatIsAt, withHeldName } from '../confined/held-name.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { keepOwnerAndMode } from '../io/ownership.ts';
import type { Operation } from '../io/runner.ts';
import { fchmod, fstat, fsync, lstat, rename, rmdir } from '../io/system-calls.ts';
import { foldPath, inBothLines } from '../state/path-lines.ts';
import type { HeldLocks } from '../state/path-locks.ts';
import { assertSessionHeld } from '../state/session-lock.ts';
import { type StagedFile, StagingLost } from '../state/staging.ts';
import { isTimeCoarse, stampAfter } from './coarse-times.ts';
import { describe, describeVersion } from './file-stats.ts';
import { moveName } from './name-moves.ts';
import type { OpenFolder } from './open-folder.ts';
import { copyBytes, PRIVATE_FILE, withStagedFile } from './staging.ts';

/** Times that the directory of a file may be removed while the file is moved into it. */
const ATTEMPTS = 8;

export interface Conditions
  extends Pick<WriteOptions, 'ifExists' | 'ifMissing' | 'ifMatch' | 'permissions' | 'signal' | 'session'> {
  /** Sees to it that the new name in the directory survives a power cut. Default: syncs the directory. */
  readonly keepName?: (directory: OpenDirectory) => Operation<void>;
}

/** Refuses a write at `path` before any work is done for it; gives the file that it would replace. */
export function* assertPublishable(
  { root }: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
): Operation<Stats | undefined> {
  const current = yield* root.stat(path);
  assertWritable(path, current && describeVersion(path, current, conditions), conditions);
  const obstacle = current === undefined ? yield* root.fileOnTheWayTo(path) : undefined;
  if (obstacle !== undefined) throw notDirectory(obstacle);
  return current;
}

/** Runs `body` on the name where a file may be written, while nothing else of this thread writes there. */
export function withWritableName(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  body: (held: HeldName, replaced: Stats | undefined) => Operation<FileInfo>,
): Operation<FileInfo> {
  return atWritableName(folder, path, conditions, (held, followsSymlink) =>
    onCurrent(folder.root, path, held, conditions, followsSymlink, body),
  );
}

/**
 * Like `withWritableName`, while no other process or thread of the host writes there either, nor at `other`, until `body` releases
 * the locks.
 */
export function withLockedName(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  body: (held: HeldName, replaced: Stats | undefined, locks: HeldLocks) => Operation<FileInfo>,
  other?: HeldName,
): Operation<FileInfo> {
  const { root, locks } = folder;
  return atWritableName(
    folder,
    path,
    conditions,
    (held, followsSymlink) =>
      locks.hold(
        other === undefined ? [held.key] : [held.key, other.key],
        (own) =>
          onCurrent(root, path, held, conditions, followsSymlink, (at, replaced) => body(at, replaced, own)),
        conditions.signal,
      ),
    other,
  );
}

function* atWritableName(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  body: (held: HeldName, followsSymlink: boolean) => Operation<FileInfo | SymlinkTarget>,
  other?: HeldName,
): Operation<FileInfo> {
  let target = path;
  const attempt = (made?: MadeDirectories): Operation<FileInfo | SymlinkTarget> =>
    withHeldName(
      folder.root,
      target,
      (held) =>
        inBothLines(
          foldPath(held.key),
          foldPath(other?.key ?? held.key),
          body(held, target === path),
          conditions.signal,
        ),
      made,
    );
  while (true) {
    const result = yield* conditions.ifMissing === 'fail'
      ? attempt()
      : makingParents(folder, target, attempt);
    if (!(result instanceof SymlinkTarget)) return result;
    target = result.path;
  }
}

/** Runs `body` if the file at `held` may be replaced, or gives the target of a symlink that is there instead. */
function* onCurrent(
  root: ConfinedRoot,
  path: BackendPath,
  held: HeldName,
  conditions: Conditions,
  followsSymlink: boolean,
  body: (held: HeldName, replaced: Stats | undefined) => Operation<FileInfo>,
): Operation<FileInfo | SymlinkTarget> {
  let current = yield* whatIsAt(held);
  if (current?.isSymbolicLink() === true) {
    const leadsTo = followsSymlink ? yield* targetOf(root, path) : undefined;
    if (leadsTo !== undefined) return leadsTo;
    // A symlink that leads nowhere blocks a new file, but not a replacement.
    if (conditions.ifExists === 'replace') current = undefined;
  }
  assertWritable(path, current && describeVersion(path, current, conditions), conditions);
  return yield* body(held, current);
}

class SymlinkTarget {
  readonly path: BackendPath;

  constructor(path: BackendPath) {
    this.path = path;
  }
}

/** The target of a symlink; `undefined` where it leads nowhere. */
function* targetOf(root: ConfinedRoot, path: BackendPath): Operation<SymlinkTarget | undefined> {
  try {
    return new SymlinkTarget(yield* root.resolve(path));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/**
 * Moves a staged file to its place, in one step.
 *
 * @param replaced the file that was seen there; without `locks` it is looked at again, once nobody else can change it
 * @param locks held since it was seen; released as soon as the file is in its place
 */
export function* publish(
  folder: OpenFolder,
  path: BackendPath,
  held: HeldName,
  replaced: Stats | undefined,
  staged: StagedFile,
  conditions: Conditions,
  locks?: HeldLocks,
): Operation<FileInfo> {
  yield* prepare(folder, staged, replaced, conditions);
  try {
    yield* takePlace(folder, path, held, replaced, staged, conditions, locks);
  } catch (error) {
    const again = yield* stageAgain(folder, held, staged, error, locks !== undefined);
    const model = replaced ?? (yield* fstat(staged.fd));
    return yield* withStagedFile(
      folder.staging,
      again,
      (fd) => copyBytes(staged.fd, fd),
      (copy) => publish(folder, path, held, model, copy, conditions, locks),
    );
  }
  if (locks !== undefined) yield* locks.release();
  staged.isPublished = true;
  if (folder.durability === 'fsync') {
    const { keepName } = conditions;
    yield* keepName === undefined ? held.directory.sync() : keepName(held.directory);
  }
  return describe(path, yield* fstat(staged.fd));
}

/** Does all that can be done before anybody has to wait. */
function* prepare(
  folder: OpenFolder,
  { fd }: StagedFile,
  replaced: Stats | undefined,
  { permissions }: Conditions,
): Operation<void> {
  if (replaced !== undefined) yield* keepOwnerAndMode(fd, replaced, permissions);
  else if (permissions !== undefined) yield* fchmod(fd, permissions);
  if (folder.durability === 'fsync') yield* fsync(fd);
}

function* takePlace(
  folder: OpenFolder,
  path: BackendPath,
  held: HeldName,
  replaced: Stats | undefined,
  staged: StagedFile,
  conditions: Conditions,
  locks: HeldLocks | undefined,
): Operation<void> {
  const { session, signal, ifExists } = conditions;
  const lock = <T>(body: () => Operation<T>): Operation<T> => folder.locks.hold([held.key], body, signal);
  if (ifExists === 'fail') {
    // A name that only one writer can make needs no lock: there was no file to compare.
    if (session !== undefined) yield* assertSessionHeld(session);
    return yield* moveName(staged.path, held.path, ifExists, (steps) => lock(() => steps));
  }
  if (locks === undefined) {
    return yield* lock(function* () {
      const current = yield* whatIsAt(held);
      yield* assertStill(folder, path, current, replaced, staged, conditions);
      yield* replaceBy(staged, held, current, session);
    });
  }
  yield* replaceBy(staged, held, replaced, session);
}

function* replaceBy(
  staged: StagedFile,
  held: HeldName,
  replaced: Stats | undefined,
  session: DriverSession | undefined,
): Operation<void> {
  if (replaced !== undefined && isTimeCoarse(replaced)) yield* stampAfter(staged.fd, replaced);
  if (session !== undefined) yield* assertSessionHeld(session);
  yield* rename(staged.path, held.path);
}

/** Checks that the file which was seen may still be replaced, by one of the same owner and mode. */
function* assertStill(
  folder: OpenFolder,
  path: BackendPath,
  current: Stats | undefined,
  seen: Stats | undefined,
  staged: StagedFile,
  conditions: Conditions,
): Operation<void> {
  // A symlink that took its place since is replaced like one that leads nowhere: it is no version of a file.
  const version =
    current?.isSymbolicLink() === true && conditions.ifMatch === undefined ? undefined : current;
  if (version !== undefined || current === undefined)
    assertWritable(path, version && describeVersion(path, version, conditions), conditions);
  if (version === undefined || seen === undefined) return;
  if (version.mode !== seen.mode || version.uid !== seen.uid || version.gid !== seen.gid)
    yield* prepare(folder, staged, version, conditions);
}

/**
 * How to stage the file once more where another try can succeed. @throws `error` if none can, or if the file has to be compared again
 * first
 */
function* stageAgain(
  { root, staging }: OpenFolder,
  held: HeldName,
  staged: StagedFile,
  error: unknown,
  isLocked: boolean,
): Operation<Operation<StagedFile>> {
  // Another filesystem is mounted there: a copy that is staged on it can be moved in one step.
  if (hasErrno(error, 'EXDEV'))
    return staging.stageBeside(held.directory, root.vaultPath(held.directory.realPath));
  if (!hasErrno(error, 'ENOENT') || (yield* lstat(staged.path)) !== undefined) throw error;
  if (isLocked) throw new StagingLost();
  return staging.stage(PRIVATE_FILE);
}

/** Runs `body`, which makes missing parents of `path`. If they are removed meanwhile it runs again; if it fails they are removed. */
export function* makingParents<T>(
  folder: OpenFolder,
  path: BackendPath,
  body: (made: MadeDirectories) => Operation<T>,
): Operation<T> {
  const made: MadeDirectories = { paths: [], isDurable: folder.durability === 'fsync' };
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return yield* body(made);
      } catch (error) {
        if (!hasErrno(error, 'ENOENT')) throw error;
      }
    }
    if ((yield* lstat(folder.root.path)) === undefined) throw notFound('/');
    throw backendError('BUSY', `The directory of ${JSON.stringify(path)} is removed again and again`, {
      path,
    });
  } catch (error) {
    yield* takeBack(folder, made);
    throw error;
  }
}

function* takeBack({ root }: OpenFolder, made: MadeDirectories): Operation<void> {
  for (const path of made.paths.toReversed()) {
    try {
      yield* withHeldName(root, path, (held) => rmdir(held.path));
    } catch {
      // The directory is in use by now, or gone; the first error is the one that counts.
      return;
    }
  }
}
