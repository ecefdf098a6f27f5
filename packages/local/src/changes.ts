import type { Stats } from 'node:fs';
import type { FileInfo } from '@f9/core';
import {
  assertMatch,
  type BackendPath,
  backendError,
  isDirectory,
  isDirectoryKept,
  joinPath,
  type MakeDirectoryOptions,
  notFound,
  type RemoveOptions,
  type WriteOptions,
} from '@f9/core/driver';
import { entriesOf } from './directory-entries.ts';
import { hasErrno } from './errno.ts';
import { describe, describeVersion } from './file-stats.ts';
import { moveName } from './name-moves.ts';
import { exclusively } from './path-locks.ts';
import { type Place, whatIsAt, withPlace } from './place.ts';
import { makingParents, withWritablePlace } from './publish.ts';
import type { Operation } from './runner.ts';
import { mkdir, rmdir, unlink } from './system-calls.ts';
import type { Vault } from './vault.ts';

// Changes of names: nothing here touches what is in a file.

export function* makeDirectory(
  vault: Vault,
  path: BackendPath,
  options: MakeDirectoryOptions,
): Operation<FileInfo> {
  return yield* makingParents(vault, path, function* (made) {
    const there = yield* vault.root.stat(path);
    const info = there && describe(path, there);
    if (isDirectoryKept(path, info, options)) return info!;
    return yield* withPlace(
      vault.root,
      path,
      function* (place) {
        try {
          yield* mkdir(place.path);
        } catch (error) {
          const current = hasErrno(error, 'EEXIST') ? yield* vault.root.stat(path) : undefined;
          if (options.ifExists === 'keep' && current?.isDirectory() === true) return describe(path, current);
          throw error;
        }
        if (vault.durability === 'fsync') yield* place.directory.sync();
        return describe(path, (yield* whatIsAt(place)) ?? missing(path));
      },
      made,
    );
  });
}

/** Removes a file, a symlink itself, or an empty directory. */
export function* remove(
  vault: Vault,
  path: BackendPath,
  { ifMatch, signal }: RemoveOptions,
): Operation<void> {
  yield* withPlace(vault.root, path, (place) =>
    exclusively(
      place.key,
      (function* () {
        const current = (yield* whatIsAt(place)) ?? missing(path);
        if (ifMatch !== undefined) {
          const version = current.isSymbolicLink() ? yield* vault.root.stat(path) : current;
          assertMatch(path, version && describeVersion(path, version, { ifMatch }), ifMatch);
        }
        yield* current.isDirectory() ? rmdir(place.path) : unlink(place.path);
        if (vault.durability === 'fsync') yield* place.directory.sync();
      })(),
      signal,
    ),
  );
}

/** Removes a directory with all that is in it. What is no part of the vault stays, and keeps its directory. */
export function* removeTree(vault: Vault, path: BackendPath): Operation<void> {
  const { root } = vault;
  yield* withPlace(root, path, function* (top) {
    const directories = [root.vaultPath(top.key)];
    // Grows while it is walked: parents come before children.
    for (const directory of directories) {
      const opened = yield* root.openRealDirectory(root.hostPath(directory));
      if (opened === undefined) continue;
      try {
        for (const entry of yield* entriesOf(root, opened, directory)) {
          if (entry.isDirectory()) directories.push(joinPath(directory, entry.name));
          else yield* ignoring('ENOENT', unlink(opened.entry(entry.name)));
        }
      } finally {
        yield* opened.close();
      }
    }
    for (const directory of directories.slice(1).reverse()) {
      yield* ignoring(
        'ENOENT',
        withPlace(root, directory, (place) => rmdir(place.path)),
      );
    }
    yield* ignoring('ENOENT', rmdir(top.path));
    if (vault.durability === 'fsync') yield* top.directory.sync();
  });
}

/** Moves a file, or a symlink itself, in one step; `undefined` from one filesystem to another, where there is none. */
export function* move(
  vault: Vault,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo | undefined> {
  try {
    return yield* moveByName(vault, from, to, options);
  } catch (error) {
    if (hasErrno(error, 'EXDEV')) return undefined;
    throw error;
  }
}

function* moveByName(
  vault: Vault,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  return yield* withPlace(vault.root, from, function* (source) {
    assertMovable(from, yield* whatIsAt(source));
    return yield* withWritablePlace(
      vault,
      to,
      options,
      (target, replaced) => moveInPlace(vault, from, source, to, target, replaced, options),
      source,
    );
  });
}

function* moveInPlace(
  vault: Vault,
  from: BackendPath,
  source: Place,
  to: BackendPath,
  target: Place,
  replaced: Stats | undefined,
  { ifExists }: WriteOptions,
): Operation<FileInfo> {
  const moved = assertMovable(from, yield* whatIsAt(source));
  if (source.key === target.key) throw intoItself(from, to);
  if (replaced !== undefined && replaced.ino === moved.ino && replaced.dev === moved.dev) {
    // Two names of one file, as a killed move leaves them: a rename would leave them as they are.
    yield* unlink(source.path);
  } else {
    yield* moveName(source.path, target.path, ifExists);
  }
  if (vault.durability === 'fsync') {
    yield* target.directory.sync();
    yield* source.directory.sync();
  }
  return describe(to, (yield* whatIsAt(target)) ?? missing(to));
}

function intoItself(from: BackendPath, to: BackendPath): Error {
  return backendError(
    'INVALID_ARGUMENT',
    `${JSON.stringify(to)} is a symlink to ${JSON.stringify(from)}, which cannot be moved onto itself`,
    { path: from },
  );
}

/** @throws `NOT_FOUND`, `IS_DIRECTORY` */
function assertMovable(path: BackendPath, stats: Stats | undefined): Stats {
  if (stats === undefined) throw notFound(path);
  if (stats.isDirectory()) throw isDirectory(path, 'be moved as a file');
  return stats;
}

function missing(path: BackendPath): never {
  throw notFound(path);
}

function* ignoring(errno: string, operation: Operation<void>): Operation<void> {
  try {
    yield* operation;
  } catch (error) {
    if (!hasErrno(error, errno)) throw error;
  }
}
