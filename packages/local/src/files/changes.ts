import type { Stats } from 'node:fs';
import type { FileInfo } from '@f9/core';
import {
  assertMatch,
  type BackendPath,
  backendError,
  type DriverOptions,
  isDirectory,
  isDirectoryKept,
  joinPath,
  type MakeDirectoryOptions,
  notFound,
  type RemoveOptions,
  type WriteOptions,
} from '@f9/core/driver';
import { entriesOf } from '../confined/directory-entries.ts';
import { type HeldName, whatIsAt, withHeldName } from '../confined/held-name.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { mkdir, rmdir, unlink } from '../io/system-calls.ts';
import { foldPath, inLine } from '../state/path-lines.ts';
import type { HeldLocks } from '../state/path-locks.ts';
import { assertSessionHeld } from '../state/session-lock.ts';
import { isTimeCoarse, waitForLaterTimes } from './coarse-times.ts';
import { describe, describeVersion } from './file-stats.ts';
import { moveName } from './name-moves.ts';
import type { OpenFolder } from './open-folder.ts';
import { makingParents, withLockedName } from './publish.ts';

// Changes of names: nothing here touches the content of a file.

export function* makeDirectory(
  folder: OpenFolder,
  path: BackendPath,
  options: MakeDirectoryOptions,
): Operation<FileInfo> {
  return yield* makingParents(folder, path, function* (made) {
    const there = yield* folder.root.stat(path);
    const info = there && describe(path, there);
    if (isDirectoryKept(path, info, options)) return info!;
    return yield* withHeldName(
      folder.root,
      path,
      function* (held) {
        if (options.session !== undefined) yield* assertSessionHeld(options.session);
        try {
          yield* mkdir(held.path);
        } catch (error) {
          const current = hasErrno(error, 'EEXIST') ? yield* folder.root.stat(path) : undefined;
          if (options.ifExists === 'keep' && current?.isDirectory() === true) return describe(path, current);
          throw error;
        }
        if (folder.durability === 'fsync') yield* held.directory.sync();
        return describe(path, (yield* whatIsAt(held)) ?? missing(path));
      },
      made,
    );
  });
}

/** Removes a file, a symlink itself, or an empty directory. */
export function* remove(
  folder: OpenFolder,
  path: BackendPath,
  { ifMatch, session, signal }: RemoveOptions,
): Operation<void> {
  yield* withHeldName(folder.root, path, function* (held) {
    const removeNow = function* (): Operation<void> {
      const current = (yield* whatIsAt(held)) ?? missing(path);
      if (ifMatch !== undefined) {
        const version = current.isSymbolicLink() ? yield* folder.root.stat(path) : current;
        assertMatch(path, version && describeVersion(path, version, { ifMatch }), ifMatch);
      }
      if (isTimeCoarse(current)) yield* waitForLaterTimes(current, signal);
      if (session !== undefined) yield* assertSessionHeld(session);
      yield* current.isDirectory() ? rmdir(held.path) : unlink(held.path);
    };
    if (!folder.locks.areInUse && (yield* whatIsAt(held)) === undefined) missing(path);
    yield* inLine(foldPath(held.key), folder.locks.hold([held.key], removeNow, signal), signal);
    if (folder.durability === 'fsync') yield* held.directory.sync();
  });
}

/** Removes a directory with all that is in it. Entries that are no part of the vault stay, and keep their directory. */
export function* removeTree(
  folder: OpenFolder,
  path: BackendPath,
  { session }: DriverOptions,
): Operation<void> {
  const { root } = folder;
  if (session !== undefined) yield* assertSessionHeld(session);
  yield* withHeldName(root, path, function* (top) {
    const directories = [root.vaultPath(top.key)];
    // The list grows while it is walked: parents come before children.
    for (const directory of directories) {
      const opened = yield* root.openRealDirectory(root.hostPath(directory));
      if (opened === undefined) continue;
      try {
        for (const entry of yield* entriesOf(root, opened, directory)) {
          if (entry.fileType === 'directory') directories.push(joinPath(directory, entry.name));
          // Not locked: somebody who replaces the file meanwhile finds its directory gone, or is in the way of the removal.
          else yield* ignoring('ENOENT', unlink(opened.entry(entry.name)));
        }
      } finally {
        yield* opened.close();
      }
    }
    for (const directory of directories.slice(1).reverse()) {
      yield* ignoring(
        'ENOENT',
        withHeldName(root, directory, (held) => rmdir(held.path)),
      );
    }
    yield* ignoring('ENOENT', rmdir(top.path));
    if (folder.durability === 'fsync') yield* top.directory.sync();
  });
}

/** Moves a file, or a symlink itself, in one step; `undefined` from one filesystem to another, where no such step exists. */
export function* move(
  folder: OpenFolder,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo | undefined> {
  try {
    return yield* moveByName(folder, from, to, options);
  } catch (error) {
    if (hasErrno(error, 'EXDEV')) return undefined;
    throw error;
  }
}

function* moveByName(
  folder: OpenFolder,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  return yield* withHeldName(folder.root, from, function* (source) {
    assertMovable(from, yield* whatIsAt(source));
    return yield* withLockedName(
      folder,
      to,
      options,
      (target, replaced, locks) => moveInPlace(folder, from, source, to, target, replaced, options, locks),
      source,
    );
  });
}

function* moveInPlace(
  folder: OpenFolder,
  from: BackendPath,
  source: HeldName,
  to: BackendPath,
  target: HeldName,
  replaced: Stats | undefined,
  { ifExists, session, signal }: WriteOptions,
  locks: HeldLocks,
): Operation<FileInfo> {
  const moved = assertMovable(from, yield* whatIsAt(source));
  if (source.key === target.key) throw intoItself(from, to);
  if (isTimeCoarse(moved)) yield* waitForLaterTimes(moved, signal);
  if (replaced !== undefined && isTimeCoarse(replaced)) yield* waitForLaterTimes(replaced, signal);
  if (session !== undefined) yield* assertSessionHeld(session);
  if (replaced !== undefined && replaced.ino === moved.ino && replaced.dev === moved.dev) {
    // Two names of one file, left by a killed move: a rename would keep both.
    yield* unlink(source.path);
  } else {
    yield* moveName(source.path, target.path, ifExists);
  }
  yield* locks.release();
  if (folder.durability === 'fsync') {
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
