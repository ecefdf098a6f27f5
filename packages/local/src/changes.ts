import type { Stats } from 'node:fs';
import {
  assertMatch,
  assertWritable,
  type BackendPath,
  type FileInfo,
  isDirectory,
  isDirectoryKept,
  joinPath,
  type MakeDirectoryOptions,
  notFound,
  type RemoveOptions,
  type WriteOptions,
} from '@f9/core';
import { entriesOf } from './directory-entries.ts';
import { syncDirectory } from './durability.ts';
import { hasErrno } from './errno.ts';
import { describe } from './file-stats.ts';
import { exclusively } from './path-locks.ts';
import { type Place, whatIsAt, withPlace } from './place.ts';
import { makingParents } from './publish.ts';
import { close, link, mkdir, type Operation, rename, rmdir, unlink } from './system-calls.ts';
import type { Vault } from './vault.ts';
import { copy } from './writing.ts';

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
    return yield* withPlace(vault.root, path, { follow: false, made }, function* (place) {
      try {
        yield* mkdir(place.path);
      } catch (error) {
        const current = hasErrno(error, 'EEXIST') ? yield* vault.root.stat(path) : undefined;
        if (options.ifExists === 'keep' && current?.isDirectory() === true) return describe(path, current);
        throw error;
      }
      if (vault.durability === 'fsync') yield* syncDirectory(place.directory.fd);
      return describe(path, (yield* whatIsAt(place)) ?? missing(path));
    });
  });
}

/** Removes a file, a symlink itself, or an empty directory. */
export function* remove(
  vault: Vault,
  path: BackendPath,
  { ifMatch, signal }: RemoveOptions,
): Operation<void> {
  yield* withPlace(vault.root, path, { follow: false }, (place) =>
    exclusively(
      place.key,
      (function* () {
        const current = (yield* whatIsAt(place)) ?? missing(path);
        if (ifMatch !== undefined) {
          const version = current.isSymbolicLink() ? yield* vault.root.stat(path) : current;
          assertMatch(path, version && describe(path, version), ifMatch);
        }
        yield* current.isDirectory() ? rmdir(place.path) : unlink(place.path);
        if (vault.durability === 'fsync') yield* syncDirectory(place.directory.fd);
      })(),
      signal,
    ),
  );
}

/** Removes a directory with all that is in it. What is no part of the vault stays, and keeps its directory. */
export function* removeTree(vault: Vault, path: BackendPath): Operation<void> {
  const { root } = vault;
  yield* withPlace(root, path, { follow: false }, function* (top) {
    const directories = [root.vaultPath(top.key)];
    // Grows while it is walked: parents come before children.
    for (const directory of directories) {
      const opened = yield* root.openRealDirectory(directory);
      if (opened === undefined) continue;
      try {
        for (const entry of yield* entriesOf(root, opened, directory)) {
          if (entry.isDirectory()) directories.push(joinPath(directory, entry.name));
          else yield* ignoring('ENOENT', unlink(root.inside(opened, entry.name)));
        }
      } finally {
        yield* close(opened.fd);
      }
    }
    for (const directory of directories.slice(1).reverse()) {
      yield* ignoring(
        'ENOENT',
        withPlace(root, directory, { follow: false }, (place) => rmdir(place.path)),
      );
    }
    yield* ignoring('ENOENT', rmdir(top.path));
    if (vault.durability === 'fsync') yield* syncDirectory(top.directory.fd);
  });
}

/** Moves a file, or a symlink itself, in one step; from one filesystem to another a file is copied and then removed. */
export function* move(
  vault: Vault,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  try {
    return yield* moveByName(vault, from, to, options);
  } catch (error) {
    if (!hasErrno(error, 'EXDEV')) throw error;
  }
  const { etag } = describe(from, (yield* vault.root.stat(from)) ?? missing(from));
  const copied = yield* copy(vault, from, to, options);
  // What changed since it was copied stays: removing it would lose the change.
  yield* remove(vault, from, etag === undefined ? {} : { ifMatch: etag });
  return copied;
}

function* moveByName(
  vault: Vault,
  from: BackendPath,
  to: BackendPath,
  options: WriteOptions,
): Operation<FileInfo> {
  const { root } = vault;
  const lock = (place: Place, body: Operation<FileInfo>): Operation<FileInfo> =>
    exclusively(place.key, body, options.signal);
  return yield* withPlace(root, from, { follow: false }, function* (source) {
    assertMovable(from, yield* whatIsAt(source));
    return yield* makingParents(vault, to, (made) =>
      withPlace(root, to, { follow: true, made }, (target) => {
        // In one order everywhere, so that two moves never wait for each other.
        const [first, second] = source.key < target.key ? [source, target] : [target, source];
        return lock(first, lock(second, moveInPlace(vault, from, source, to, target, options)));
      }),
    );
  });
}

function* moveInPlace(
  vault: Vault,
  from: BackendPath,
  source: Place,
  to: BackendPath,
  target: Place,
  options: WriteOptions,
): Operation<FileInfo> {
  const moved = assertMovable(from, yield* whatIsAt(source));
  const current = yield* whatIsAt(target);
  assertWritable(to, current && describe(to, current), options);
  if (current !== undefined && current.ino === moved.ino && current.dev === moved.dev) {
    // Two names of one file, as a killed move leaves them: a rename would leave them as they are.
    yield* unlink(source.path);
  } else if (options.ifExists === 'replace') {
    yield* rename(source.path, target.path);
  } else {
    yield* link(source.path, target.path);
    yield* unlink(source.path);
  }
  if (vault.durability === 'fsync') {
    yield* syncDirectory(target.directory.fd);
    yield* syncDirectory(source.directory.fd);
  }
  return describe(to, (yield* whatIsAt(target)) ?? missing(to));
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
