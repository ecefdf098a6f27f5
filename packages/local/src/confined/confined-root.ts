import { constants, type Stats } from 'node:fs';
import { sep } from 'node:path';
import {
  type BackendPath,
  backendError,
  baseName,
  isReservedName,
  joinPath,
  notDirectory,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { close, fstat, lstat, mkdir, open, readlink, realpath } from '../io/system-calls.ts';
import { OpenDirectory } from './open-directory.ts';

// Flags that a platform does not know are 0 there.
const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
/** Opens a file only as a place in the filesystem: it needs no permission to read it, and no FIFO or device notices. */
const O_PATH = 0o10000000;
const FILE = O_RDONLY | O_NONBLOCK;
const DIRECTORY = O_RDONLY | O_DIRECTORY;

/** Times that a path may be swapped away while it is looked at. */
const ATTEMPTS = 16;

export interface ConfinedRootOptions {
  /** Its path on the host, free of symlinks. */
  readonly path: string;
  /** Whether /proc tells where an open file is. */
  readonly hasProc: boolean;
  /** Names that are not part of the vault, at any depth. */
  readonly hides: (name: string) => boolean;
}

/** Directories that an operation made on its way, outermost first, so that it can remove them again if it fails. */
export interface MadeDirectories {
  readonly paths: BackendPath[];
  readonly isDurable: boolean;
}

/**
 * The directory that nothing leads out of. Everything is opened first, and the system asked afterwards where it lies: a symlink that
 * is swapped in meanwhile cannot lead elsewhere, as it could if the path were checked before. Without /proc the inode that was opened
 * is compared with the one at the real path.
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

  /** The path on the host of `path`, if no symlink leads elsewhere. */
  hostPath(path: BackendPath): string {
    if (path === ROOT) return this.path;
    return this.#prefix + (sep === '/' ? path : path.replaceAll('/', sep));
  }

  /** The path in the vault of a real path on the host. */
  vaultPath(realPath: string): BackendPath {
    const inside = realPath === this.path ? ROOT : realPath.slice(this.#prefix.length);
    return (sep === '/' ? inside : inside.replaceAll(sep, '/')) as BackendPath;
  }

  /** Opens a file for reading. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *openFile(path: BackendPath): Operation<number> {
    const hostPath = this.hostPath(path);
    if (this.#isEntryOfRoot(hostPath)) {
      try {
        return yield* open(hostPath, FILE | O_NOFOLLOW);
      } catch (error) {
        if (!hasErrno(error, 'ELOOP')) throw error;
      }
    }
    return (yield* this.#open(path, FILE)).fd;
  }

  /** Opens a file in a directory that /proc keeps in its place; a symlink there is ELOOP. @throws errors of the system */
  openEntry(directory: OpenDirectory, name: string): Operation<number> {
    return open(directory.entry(name), FILE | O_NOFOLLOW);
  }

  /** Opens a directory. With `made`, missing ones are made and added to it. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *openDirectory(path: BackendPath, made?: MadeDirectories): Operation<OpenDirectory> {
    if (path === ROOT) return new OpenDirectory(this.path, undefined, this.hasProc);
    try {
      return yield* this.#openDirectory(path);
    } catch (error) {
      if (made === undefined || !hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
      if (hasErrno(error, 'ENOTDIR')) throw yield* this.#inTheWayTo(path);
    }
    const parent = yield* this.openDirectory(parentPath(path), made);
    try {
      yield* mkdir(parent.entry(baseName(path)));
      made.paths.push(path);
      if (made.isDurable) yield* parent.sync();
    } catch (error) {
      // Another writer made it first.
      if (!hasErrno(error, 'EEXIST')) throw error;
    } finally {
      yield* parent.close();
    }
    try {
      return yield* this.#openDirectory(path);
    } catch (error) {
      throw hasErrno(error, 'ENOTDIR') ? yield* this.#inTheWayTo(path) : error;
    }
  }

  *#inTheWayTo(path: BackendPath): Operation<Error> {
    return notDirectory((yield* this.fileOnTheWayTo(path)) ?? path);
  }

  /** Like `openDirectory`; `undefined` where there is none. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *openDirectoryIfThere(path: BackendPath): Operation<OpenDirectory | undefined> {
    try {
      return yield* this.openDirectory(path);
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }

  /** Opens the directory at a path on the host, to read it; `undefined` if there is none, or a symlink leads to it. */
  *openRealDirectory(hostPath: string): Operation<OpenDirectory | undefined> {
    if (hostPath === this.path) return new OpenDirectory(hostPath, undefined, this.hasProc);
    try {
      const fd = yield* open(hostPath, (this.hasProc ? O_PATH : 0) | DIRECTORY | O_NOFOLLOW);
      if (this.#isEntryOfRoot(hostPath)) return new OpenDirectory(hostPath, fd, this.hasProc);
      try {
        const realPath = yield* this.#realPath(fd, hostPath);
        if (realPath === hostPath) return new OpenDirectory(realPath, fd, this.hasProc);
      } catch (error) {
        yield* close(fd);
        throw error;
      }
      yield* close(fd);
    } catch (error) {
      // Linux says ENOTDIR of a symlink, others say ELOOP.
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    }
    return undefined;
  }

  /** Opens a directory that this process just made in an open one, to read it. */
  *openMade(parent: OpenDirectory, name: string): Operation<OpenDirectory> {
    const fd = yield* open(parent.entry(name), (this.hasProc ? O_PATH : 0) | DIRECTORY | O_NOFOLLOW);
    return new OpenDirectory(parent.realEntry(name), fd, this.hasProc);
  }

  /** The stats of `path`, symlinks followed; `undefined` if nothing is there. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *stat(path: BackendPath): Operation<Stats | undefined> {
    const hostPath = this.hostPath(path);
    if (this.#isEntryOfRoot(hostPath)) {
      const stats = yield* lstat(hostPath);
      if (stats?.isSymbolicLink() !== true) return stats;
    }
    try {
      return this.hasProc
        ? yield* this.#withPlaceOf(path, ({ fd }) => fstat(fd))
        : yield* lstat(yield* this.#realPathInside(path));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }

  /** The path without symlinks to what `path` leads to. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
  *resolve(path: BackendPath): Operation<BackendPath> {
    if (!this.hasProc) return this.vaultPath(yield* this.#realPathInside(path));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // The system adds a suffix to the path of a removed file, which would look like a part of its name.
      const found = yield* this.#withPlaceOf(path, function* ({ fd, realPath }) {
        return (yield* fstat(fd)).nlink > 0 ? realPath : undefined;
      });
      if (found !== undefined) return this.vaultPath(found);
    }
    throw busy(path);
  }

  /** Like `resolve`, also where nothing is there: names that are missing stay as they are. */
  *resolveAll(path: BackendPath): Operation<BackendPath> {
    if (path === ROOT) return ROOT;
    try {
      return yield* this.resolve(path);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    }
    return joinPath(yield* this.resolveAll(parentPath(path)), baseName(path));
  }

  /** The outermost parent of `path` that exists and is no directory. */
  *fileOnTheWayTo(path: BackendPath): Operation<BackendPath | undefined> {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash) as BackendPath;
      if ((yield* this.stat(parent))?.isDirectory() === false) return parent;
    }
    return undefined;
  }

  *#openDirectory(path: BackendPath): Operation<OpenDirectory> {
    const hostPath = this.hostPath(path);
    if (this.#isEntryOfRoot(hostPath)) {
      try {
        return new OpenDirectory(hostPath, yield* open(hostPath, DIRECTORY | O_NOFOLLOW), this.hasProc);
      } catch (error) {
        if (!hasErrno(error, 'ENOTDIR', 'ELOOP')) throw error;
      }
    }
    const { fd, realPath } = yield* this.#open(path, DIRECTORY);
    return new OpenDirectory(realPath, fd, this.hasProc);
  }

  *#withPlaceOf<T>(path: BackendPath, body: (opened: OpenedFile) => Operation<T>): Operation<T> {
    const opened = yield* this.#open(path, O_PATH);
    try {
      return yield* body(opened);
    } finally {
      yield* close(opened.fd);
    }
  }

  *#open(path: BackendPath, flags: number): Operation<OpenedFile> {
    const hostPath = this.hostPath(path);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const fd = yield* open(hostPath, flags);
      try {
        const realPath = yield* this.#realPath(fd, hostPath);
        if (realPath !== undefined) {
          if (realPath !== hostPath) this.#assertInside(realPath, path);
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

  /** The real path of `fd`; `undefined` if its path leads to another file by now. */
  *#realPath(fd: number, hostPath: string): Operation<string | undefined> {
    // A suffix says that the file was removed since; the path before it is as good.
    if (this.hasProc) return yield* readlink(`/proc/self/fd/${fd}`);
    try {
      const real = yield* realpath(hostPath);
      const there = yield* lstat(real);
      const opened = yield* fstat(fd);
      return there?.ino === opened.ino && there.dev === opened.dev ? real : undefined;
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Whether only the last name of the path could be a symlink, since the path of the root holds none. */
  #isEntryOfRoot(hostPath: string): boolean {
    const { length } = this.#prefix;
    return O_NOFOLLOW !== 0 && hostPath.startsWith(this.#prefix) && !hostPath.includes(sep, length);
  }

  *#realPathInside(path: BackendPath): Operation<string> {
    const real = yield* realpath(this.hostPath(path));
    this.#assertInside(real, path);
    return real;
  }

  #assertInside(realPath: string, path: BackendPath): void {
    if (realPath === this.path) return;
    const names = realPath.startsWith(this.#prefix) ? realPath.slice(this.#prefix.length).split(sep) : [];
    const isInside = names.length > 0 && !isReservedName(names[0]!) && !names.some(this.#hides);
    if (isInside) return;
    throw backendError(
      'PATH_OUTSIDE_ROOT',
      `A symlink on the way to ${JSON.stringify(path)} leads out of the vault; it is not followed`,
      { path },
    );
  }
}

interface OpenedFile {
  readonly fd: number;
  readonly realPath: string;
}

function busy(path: BackendPath): Error {
  return backendError('BUSY', `${JSON.stringify(path)} is replaced again and again while it is opened`, {
    path,
  });
}
