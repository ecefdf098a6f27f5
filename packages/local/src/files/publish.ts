import type { Stats } from 'node:fs';
import type { FileInfo } from '@f9/core';
import {
  assertWritable,
  type BackendPath,
  backendError,
  notDirectory,
  notFound,
  type WriteOptions,
} from '@f9/core/driver';
import type { ConfinedRoot, MadeDirectories } from '../confined/confined-root.ts';
import { type HeldName, whatIsAt, withHeldName } from '../confined/held-name.ts';
import { hasErrno } from '../errors.ts';
import { keepOwnerAndMode } from '../io/ownership.ts';
import type { Operation } from '../io/runner.ts';
import { fstat, fsync, lstat, rmdir } from '../io/system-calls.ts';
import { exclusivelyOnBoth } from '../state/path-locks.ts';
import type { StagedFile } from '../state/state-directory.ts';
import { describe, describeVersion } from './file-stats.ts';
import { moveName } from './name-moves.ts';
import type { OpenFolder } from './open-folder.ts';
import { copyBytes, withStagedFile } from './staging.ts';

/** Times that the directory of a file may be removed while the file is moved into it. */
const ATTEMPTS = 8;

export type Conditions = Pick<WriteOptions, 'ifExists' | 'ifMissing' | 'ifMatch' | 'signal'>;

/** Asks whether a file may be written at `path` before anything is done for it; gives what it would replace. */
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

/** Runs `body` on the place where a file may be written, while nobody else of this process writes there, nor at `other`. */
export function* withWritableName(
  folder: OpenFolder,
  path: BackendPath,
  conditions: Conditions,
  body: (held: HeldName, replaced: Stats | undefined) => Operation<FileInfo>,
  other?: HeldName,
): Operation<FileInfo> {
  let target = path;
  const atPlace = (held: HeldName): Operation<FileInfo | SymlinkTarget> =>
    onCurrent(folder.root, path, held, conditions, target === path, body);
  const attempt = (made?: MadeDirectories): Operation<FileInfo | SymlinkTarget> =>
    withHeldName(
      folder.root,
      target,
      (held) => exclusivelyOnBoth(held.key, other?.key ?? held.key, atPlace(held), conditions.signal),
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

/** Runs `body` if what is at `held` may be replaced; or gives where the symlink leads that is there instead of a file. */
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
    // One that leads nowhere is in the way of a new file, and gives way to a replacement.
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

/** `undefined` for a symlink that leads nowhere. */
function* targetOf(root: ConfinedRoot, path: BackendPath): Operation<SymlinkTarget | undefined> {
  try {
    return new SymlinkTarget(yield* root.resolve(path));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/** Moves a staged file to its place, in one step. */
export function* publish(
  folder: OpenFolder,
  path: BackendPath,
  held: HeldName,
  replaced: Stats | undefined,
  staged: StagedFile,
  conditions: Conditions,
): Operation<FileInfo> {
  const { durability } = folder;
  if (replaced !== undefined) yield* keepOwnerAndMode(staged.fd, replaced);
  if (durability === 'fsync') yield* fsync(staged.fd);
  try {
    yield* moveName(staged.path, held.path, conditions.ifExists);
  } catch (error) {
    if (!hasErrno(error, 'EXDEV')) throw error;
    // Another filesystem is mounted there: a copy on it can be moved to its place in one step.
    const model = replaced ?? (yield* fstat(staged.fd));
    return yield* withStagedFile(
      folder.state.stageBeside(held.directory, folder.root.vaultPath(held.directory.realPath)),
      folder.state,
      (fd) => copyBytes(staged.fd, fd),
      (beside) => publish(folder, path, held, model, beside, conditions),
    );
  }
  staged.isPublished = true;
  if (durability === 'fsync') yield* held.directory.sync();
  return describe(path, yield* fstat(staged.fd));
}

/** Runs `body`, which makes missing parents of `path`: again if they are removed under it, and if it fails they go again. */
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
      // It is in use by now, or gone; the first error is the one that counts.
      return;
    }
  }
}
