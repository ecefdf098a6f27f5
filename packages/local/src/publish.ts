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
import type { ConfinedRoot, MadeDirectories } from './confined-root.ts';
import { hasErrno } from './errno.ts';
import { describe, describeVersion } from './file-stats.ts';
import { moveName } from './name-moves.ts';
import { keepOwnerAndMode } from './ownership.ts';
import { exclusivelyOnBoth } from './path-locks.ts';
import { type Place, whatIsAt, withPlace } from './place.ts';
import type { Operation } from './runner.ts';
import { copyBytes, withStagedFile } from './staging.ts';
import type { StagedFile } from './state-directory.ts';
import { fstat, fsync, lstat, rmdir } from './system-calls.ts';
import type { Vault } from './vault.ts';

/** Times that the directory of a file may be removed while the file is moved into it. */
const ATTEMPTS = 8;

export type Conditions = Pick<WriteOptions, 'ifExists' | 'ifMissing' | 'ifMatch' | 'signal'>;

/** Whether a file may be written at `path`, asked before anything is done for it; gives what it would replace. */
export function* assertPublishable(
  { root }: Vault,
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
export function* withWritablePlace(
  vault: Vault,
  path: BackendPath,
  conditions: Conditions,
  body: (place: Place, replaced: Stats | undefined) => Operation<FileInfo>,
  other?: Place,
): Operation<FileInfo> {
  let target = path;
  const atPlace = (place: Place): Operation<FileInfo | SymlinkTarget> =>
    onCurrent(vault.root, path, place, conditions, target === path, body);
  const attempt = (made?: MadeDirectories): Operation<FileInfo | SymlinkTarget> =>
    withPlace(
      vault.root,
      target,
      (place) => exclusivelyOnBoth(place.key, other?.key ?? place.key, atPlace(place), conditions.signal),
      made,
    );
  while (true) {
    const result = yield* conditions.ifMissing === 'fail' ? attempt() : makingParents(vault, target, attempt);
    if (!(result instanceof SymlinkTarget)) return result;
    target = result.path;
  }
}

/** Runs `body` if what is at `place` may be replaced; or gives where the symlink leads that is there instead of a file. */
function* onCurrent(
  root: ConfinedRoot,
  path: BackendPath,
  place: Place,
  conditions: Conditions,
  followsSymlink: boolean,
  body: (place: Place, replaced: Stats | undefined) => Operation<FileInfo>,
): Operation<FileInfo | SymlinkTarget> {
  let current = yield* whatIsAt(place);
  if (current?.isSymbolicLink() === true) {
    const leadsTo = followsSymlink ? yield* targetOf(root, path) : undefined;
    if (leadsTo !== undefined) return leadsTo;
    // One that leads nowhere is in the way of a new file, and gives way to a replacement.
    if (conditions.ifExists === 'replace') current = undefined;
  }
  assertWritable(path, current && describeVersion(path, current, conditions), conditions);
  return yield* body(place, current);
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
  vault: Vault,
  path: BackendPath,
  place: Place,
  replaced: Stats | undefined,
  staged: StagedFile,
  conditions: Conditions,
): Operation<FileInfo> {
  const { durability } = vault;
  if (replaced !== undefined) yield* keepOwnerAndMode(staged.fd, replaced);
  if (durability === 'fsync') yield* fsync(staged.fd);
  try {
    yield* moveName(staged.path, place.path, conditions.ifExists);
  } catch (error) {
    if (!hasErrno(error, 'EXDEV')) throw error;
    // Another filesystem is mounted there: a copy on it can be moved to its place in one step.
    const model = replaced ?? (yield* fstat(staged.fd));
    return yield* withStagedFile(
      vault.state.stageBeside(place.directory, vault.root.vaultPath(place.directory.realPath)),
      vault.state,
      (fd) => copyBytes(staged.fd, fd),
      (beside) => publish(vault, path, place, model, beside, conditions),
    );
  }
  staged.isPublished = true;
  if (durability === 'fsync') yield* place.directory.sync();
  return describe(path, yield* fstat(staged.fd));
}

/** Runs `body`, which makes missing parents of `path`: again if they are removed under it, and if it fails they go again. */
export function* makingParents<T>(
  vault: Vault,
  path: BackendPath,
  body: (made: MadeDirectories) => Operation<T>,
): Operation<T> {
  const made: MadeDirectories = { paths: [], isDurable: vault.durability === 'fsync' };
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return yield* body(made);
      } catch (error) {
        if (!hasErrno(error, 'ENOENT')) throw error;
      }
    }
    if ((yield* lstat(vault.root.path)) === undefined) throw notFound('/');
    throw backendError('BUSY', `The directory of ${JSON.stringify(path)} is removed again and again`, {
      path,
    });
  } catch (error) {
    yield* takeBack(vault, made);
    throw error;
  }
}

function* takeBack({ root }: Vault, made: MadeDirectories): Operation<void> {
  for (const path of made.paths.toReversed()) {
    try {
      yield* withPlace(root, path, (place) => rmdir(place.path));
    } catch {
      // Somebody uses it by now, or took it away; and what went wrong first is what counts.
      return;
    }
  }
}
