import type { Stats } from 'node:fs';
import {
  assertWritable,
  type BackendPath,
  backendError,
  type FileInfo,
  notDirectory,
  type WriteOptions,
} from '@f9/core';
import type { MadeDirectories } from './confined-root.ts';
import { syncDirectory } from './durability.ts';
import { hasErrno } from './errno.ts';
import { describe } from './file-stats.ts';
import { keepOwnerAndMode } from './ownership.ts';
import { exclusively } from './path-locks.ts';
import { type Place, whatIsAt, withPlace } from './place.ts';
import type { StagedFile } from './state-directory.ts';
import { fstat, fsync, link, type Operation, rename, rmdir, unlink } from './system-calls.ts';
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
  try {
    return yield* withPlace(root, path, { follow: true }, (place) =>
      assertPlaceWritable(path, place, conditions),
    );
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    assertWritable(path, undefined, conditions);
    if (hasErrno(error, 'ENOTDIR')) throw notDirectory(yield* root.fileOnTheWayTo(path));
    return undefined;
  }
}

/** Moves a staged file to `path` in one step, if the conditions hold at that moment. */
export function* publish(
  vault: Vault,
  path: BackendPath,
  staged: StagedFile,
  conditions: Conditions,
): Operation<FileInfo> {
  return yield* makingParents(vault, path, (made) =>
    withPlace(vault.root, path, { follow: true, made }, (place) =>
      exclusively(place.key, publishAt(vault, path, place, staged, conditions), conditions.signal),
    ),
  );
}

/** Like `publish`, at a place whose lock is held. */
export function* publishAt(
  { durability }: Vault,
  path: BackendPath,
  place: Place,
  staged: StagedFile,
  conditions: Conditions,
): Operation<FileInfo> {
  const replaced = yield* assertPlaceWritable(path, place, conditions);
  if (replaced !== undefined) yield* keepOwnerAndMode(staged.fd, replaced);
  if (durability === 'fsync') yield* fsync(staged.fd);
  if (conditions.ifExists === 'replace') {
    yield* rename(staged.path, place.path);
  } else {
    // Unlike a rename this never replaces what somebody else was quicker to create.
    yield* link(staged.path, place.path);
    yield* unlink(staged.path);
  }
  if (durability === 'fsync') yield* syncDirectory(place.directory.fd);
  return describe(path, yield* fstat(staged.fd));
}

function* assertPlaceWritable(
  path: BackendPath,
  place: Place,
  conditions: Conditions,
): Operation<Stats | undefined> {
  const there = yield* whatIsAt(place);
  // A symlink that is still one here leads nowhere: it is in the way of a new file, and gives way to a replacement.
  const current = there?.isSymbolicLink() === true && conditions.ifExists === 'replace' ? undefined : there;
  assertWritable(path, current && describe(path, current), conditions);
  return current;
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
      yield* withPlace(root, path, { follow: false }, (place) => rmdir(place.path));
    } catch {
      // Somebody uses it by now, or took it away; and what went wrong first is what counts.
      return;
    }
  }
}
