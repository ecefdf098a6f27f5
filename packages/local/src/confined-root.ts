import { constants, type Stats } from 'node:fs';
import { sep } from 'node:path';
import {
  type BackendPath,
  backendError,
  baseName,
  isReservedName,
  notDirectory,
  parentPath,
  ROOT,
} from '@f9/core';
import { syncDirectory } from './durability.ts';
import { hasErrno } from './errno.ts';
import { close, fstat, lstat, mkdir, type Operation, open, readlink, realpath } from './system-calls.ts';

// Flags that a platform does not know are 0 there.
const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** Opens the place in the filesystem without opening the file: needs no permission to read it, and no FIFO or device notices. */
const O_PATH = 0o10000000;
const FILE = O_RDONLY | O_NONBLOCK;
const DIRECTORY = O_RDONLY | O_DIRECTORY;

/** Times that something may be swapped away while it is looked at. */
const ATTEMPTS = 16;

/** Something open that was seen to lie inside the root. It stays the same thing, whatever happens to its path. */
export interface Pinned {
  readonly fd: number;
  /** Where on the host it was when it was opened. */
  readonly realPath: string;
}

export interface ConfinedRootOptions {
  /** Its path on the host, free of symlinks. */
  readonly path: string;
  /** Whether /proc tells where an open file is. */
  readonly hasProc: boolean;
  /** Names that are not part of the vault, at any depth. */
  readonly hides: (name: string) => boolean;
}

/**
 * The directory that nothing leads out of. Everything is opened first and its real place asked of the system after: a symlink that
 * is swapped in while a path is looked at cannot lead elsewhere, as it could if the path were checked before. Without /proc the
 * inode that was opened is compared with the one at the real path.
 */
export class ConfinedRoot {
  readonly path: string;
  readonly hasProc: boolean;
  readonly #prefix: string;
  readonly #hides: (name: string) => boolean;

  constructor({ path, hasProc, hides }: ConfinedRootOptions) {
    this.path = path;
    this.hasProc = hasProc;
    this.#prefix = path.endsWith(sep) ? path : path + sep;
    this.#hides = hides;
  }

  /** Whether the entry `name` of `directory` is no part of the vault. */
  isHidden(directory: BackendPath, name: string): boolean {
    return (directory === ROOT && isReservedName(name)) || this.#hides(name);
  }

  /** Opens a file for reading. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  openFile(path: BackendPath): Operation<Pinned> {
    return this.#open(path, FILE);
  }

  /** Opens a directory. With `made`, missing ones are made and added to it. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *openDirectory(path: BackendPath, made?: MadeDirectories): Operation<Pinned> {
    try {
      return yield* this.#open(path, DIRECTORY);
    } catch (error) {
      if (made === undefined || path === ROOT || !hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
      if (hasErrno(error, 'ENOTDIR')) throw notDirectory(yield* this.fileOnTheWayTo(path));
    }
    const parent = yield* this.openDirectory(parentPath(path), made);
    try {
      yield* mkdir(this.inside(parent, baseName(path)));
      made.paths.push(path);
      if (made.isDurable) yield* syncDirectory(parent.fd);
    } catch (error) {
      // Somebody else was quicker.
      if (!hasErrno(error, 'EEXIST')) throw error;
    } finally {
      yield* close(parent.fd);
    }
    return yield* this.#open(path, DIRECTORY);
  }

  /** Opens a directory that no symlink leads to; `undefined` if there is none. */
  *openRealDirectory(path: BackendPath): Operation<Pinned | undefined> {
    try {
      const opened = yield* this.#open(path, DIRECTORY | O_NOFOLLOW);
      if (opened.realPath === this.hostPathOf(path)) return opened;
      yield* close(opened.fd);
      return undefined;
    } catch (error) {
      // Linux says ENOTDIR of a symlink, others say ELOOP.
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }

  /** What is at `path`, symlinks followed; `undefined` if nothing is. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *stat(path: BackendPath): Operation<Stats | undefined> {
    try {
      if (!this.hasProc) {
        const real = yield* realpath(this.hostPathOf(path));
        this.#assertInside(real, path);
        return yield* lstat(real);
      }
      const pinned = yield* this.#open(path, O_PATH);
      try {
        return yield* fstat(pinned.fd);
      } finally {
        yield* close(pinned.fd);
      }
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }

  /** The path without symlinks to what `path` leads to. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *resolve(path: BackendPath): Operation<BackendPath> {
    if (!this.hasProc) {
      const real = yield* realpath(this.hostPathOf(path));
      this.#assertInside(real, path);
      return this.vaultPath(real);
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { fd, realPath } = yield* this.#open(path, O_PATH);
      try {
        // Where something was that is removed by now is told with a suffix, which would be taken for a part of the name.
        if ((yield* fstat(fd)).nlink > 0) return this.vaultPath(realPath);
      } finally {
        yield* close(fd);
      }
    }
    throw busy(path);
  }

  /** The path on the host to an entry of a directory that is open. */
  inside(directory: Pinned, name: string): string {
    return this.hasProc ? `/proc/self/fd/${directory.fd}/${name}` : directory.realPath + sep + name;
  }

  /** The path on the host to a directory that is open. */
  itself(directory: Pinned): string {
    return this.hasProc ? `/proc/self/fd/${directory.fd}` : directory.realPath;
  }

  *#open(path: BackendPath, flags: number): Operation<Pinned> {
    const hostPath = this.hostPathOf(path);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const fd = yield* open(hostPath, flags);
      try {
        const realPath = yield* this.#realPath(fd, hostPath);
        if (realPath !== undefined) {
          this.#assertInside(realPath, path);
          return { fd, realPath };
        }
      } catch (error) {
        yield* close(fd);
        throw error;
      }
      yield* close(fd);
    }
    throw busy(path);
  }

  /** Where `fd` is, or `undefined` if the path already leads to something else. */
  *#realPath(fd: number, hostPath: string): Operation<string | undefined> {
    // What was removed since is told with a suffix, and where it was is as good.
    if (this.hasProc) return yield* readlink(`/proc/self/fd/${fd}`);
    try {
      const real = yield* realpath(hostPath);
      const [there, opened] = [yield* lstat(real), yield* fstat(fd)];
      return there.ino === opened.ino && there.dev === opened.dev ? real : undefined;
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** The outermost part of `path` that is there and no directory. */
  *fileOnTheWayTo(path: BackendPath): Operation<BackendPath> {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash) as BackendPath;
      if ((yield* this.stat(parent))?.isDirectory() === false) return parent;
    }
    return path;
  }

  /** Where in the vault a real path on the host is. */
  vaultPath(realPath: string): BackendPath {
    const inside = realPath === this.path ? ROOT : realPath.slice(this.#prefix.length);
    return (sep === '/' ? inside : inside.replaceAll(sep, '/')) as BackendPath;
  }

  /** Where `path` is on the host, if no symlink leads elsewhere. */
  hostPathOf(path: string): string {
    if (path === ROOT) return this.path;
    return this.#prefix + (sep === '/' ? path : path.replaceAll('/', sep));
  }

  #assertInside(realPath: string, path: BackendPath): void {
    if (realPath === this.hostPathOf(path)) return;
    if (realPath === this.path) return;
    const names = realPath.startsWith(this.#prefix)
      ? realPath.slice(this.#prefix.length).split(sep)
      : undefined;
    if (names !== undefined && !isReservedName(names[0]!) && !names.some(this.#hides)) return;
    throw backendError(
      'PATH_OUTSIDE_ROOT',
      `A symlink on the way to ${JSON.stringify(path)} leads out of the vault; it is not followed`,
      { path },
    );
  }
}

function busy(path: BackendPath): Error {
  return backendError('BUSY', `${JSON.stringify(path)} is replaced again and again while it is opened`, {
    path,
  });
}

/** Directories that an operation made on its way, outermost first, so that it can take them back if it fails. */
export interface MadeDirectories {
  readonly paths: BackendPath[];
  readonly isDurable: boolean;
}
