import { constants, type Dirent, type Stats } from 'node:fs';
import { type BackendPath, backendError, notDirectory } from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { keepOwnerAndMode } from '../io/ownership.ts';
import type { Operation } from '../io/runner.ts';
import { readText, unlinkIfThere, writeNewFile } from '../io/small-files.ts';
import { close, fstat, lstat, mkdir, mkdirs, open, readdir, realpath, rename } from '../io/system-calls.ts';
import { isLeftOver, NOTE, removeStagingDirectory } from './leftovers.ts';
import { isClaim, isLock, removeIfDead } from './owned-lock.ts';
import { ownName } from './process-identity.ts';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

/** Its name at the root of a vault. */
const DEFAULT_NAME = '.f9' as BackendPath;
/** Its name in a root that is a git clone, and the directory that tells so. */
const NAME_IN_CLONE = '.git/f9' as BackendPath;
const CLONE = '.git' as BackendPath;
/** Prefix of the name of a file that is staged in the vault, beside its target. */
export const BESIDE = '.f9-';
/** A file that keeps git from taking this directory for a part of a project. */
const IGNORE = '.gitignore';

/** Mode bits of a directory in which others may make files: all users, or all who may not touch each other's. */
const SHARED = 0o1002;

/** A directory for files that are no part of the vault: staged files, locks, known checksums. */
export class StateDirectory {
  /** Its path on the host, as it was given. */
  readonly path: string;
  readonly #root: ConfinedRoot;
  readonly #isInRoot: boolean;
  #realPath: string | undefined;

  /** @param path absolute @param isInRoot whether it is the one that the root brings with it */
  private constructor(root: ConfinedRoot, path: string, isInRoot: boolean) {
    this.path = path;
    this.#root = root;
    this.#isInRoot = isInRoot;
  }

  /** The one that all backends on the root share, whatever their options. */
  static *ofRoot(root: ConfinedRoot): Operation<StateDirectory> {
    const isClone = (yield* lstat(root.hostPath(CLONE)))?.isDirectory() === true;
    return new StateDirectory(root, root.hostPath(isClone ? NAME_IN_CLONE : DEFAULT_NAME), true);
  }

  /** @param path absolute */
  static at(root: ConfinedRoot, path: string): StateDirectory {
    return new StateDirectory(root, path, false);
  }

  /** Opens it; it is made when first needed. @throws `PERMISSION_DENIED` if it may be a trap of another user */
  *open(): Operation<OpenDirectory> {
    const directory = (yield* this.openIfThere()) ?? (yield* this.#make());
    try {
      yield* this.#assertTrusted(directory);
      yield* this.#keepFromGit(directory);
      return directory;
    } catch (error) {
      yield* directory.close();
      throw error;
    }
  }

  *openIfThere(): Operation<OpenDirectory | undefined> {
    if (this.#isInRoot) return yield* this.#root.openRealDirectory(this.path);
    try {
      this.#realPath ??= yield* realpath(this.path);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
    return yield* this.#root.openRealDirectory(this.#realPath);
  }

  /** Opens a directory that was made in it. */
  *openInside(directory: OpenDirectory, name: string): Operation<OpenDirectory> {
    return yield* this.#root.openMade(directory, name);
  }

  /** Removes files that killed writers left. */
  *clean(): Operation<void> {
    const directory = yield* this.openIfThere();
    if (directory === undefined) return;
    try {
      const entries = yield* readdir(directory.path);
      const rank = ({ name }: Dirent): number => (isClaim(name) ? 0 : 1);
      for (const entry of entries.sort((a, b) => rank(a) - rank(b))) {
        const path = directory.entry(entry.name);
        if (isLock(entry.name)) {
          yield* removeIfDead(directory.path, entry.name);
        } else if (yield* isLeftOver(entry.name, path)) {
          if (entry.isDirectory()) yield* removeStagingDirectory(path);
          else {
            if (entry.name.endsWith(NOTE)) yield* this.#cleanBeside(entry.name, path);
            yield* unlinkIfThere(path);
          }
        }
      }
    } catch (error) {
      // A user who may not clean may still read.
      if (!hasErrno(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    } finally {
      yield* directory.close();
    }
  }

  *#cleanBeside(noteName: string, note: string): Operation<void> {
    const targetPath = yield* readText(note);
    // An incomplete note was written before there was a file to remove.
    const target = yield* this.#root.openRealDirectory(this.#root.hostPath(targetPath as BackendPath));
    if (target === undefined) return;
    try {
      yield* unlinkIfThere(target.entry(BESIDE + noteName.slice(0, -NOTE.length)));
    } finally {
      yield* target.close();
    }
  }

  *#make(): Operation<OpenDirectory> {
    yield* this.#isInRoot ? this.#makeInRoot() : mkdirs(this.path);
    const made = yield* this.openIfThere();
    if (made === undefined) throw notDirectory(DEFAULT_NAME);
    return made;
  }

  /** Makes it in the root, so that all who may write in the root may write here. */
  *#makeInRoot(): Operation<void> {
    try {
      yield* mkdir(this.path);
    } catch (error) {
      if (hasErrno(error, 'EEXIST')) return;
      throw error;
    }
    const root = yield* lstat(this.#root.path);
    const made = yield* open(this.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      if (root !== undefined) yield* keepOwnerAndMode(made, root);
    } finally {
      yield* close(made);
    }
  }

  *#keepFromGit(directory: OpenDirectory): Operation<void> {
    const ignore = directory.entry(IGNORE);
    if (this.path !== this.#root.hostPath(DEFAULT_NAME) || (yield* lstat(ignore)) !== undefined) return;
    const staged = directory.entry(ownName());
    yield* writeNewFile(staged, '*\n');
    try {
      yield* rename(staged, ignore);
    } catch (error) {
      yield* unlinkIfThere(staged);
      throw error;
    }
  }

  /** Refuses a directory of another user, unless those who own the folder share it: elsewhere anybody could have put it there. */
  *#assertTrusted({ fd, path }: OpenDirectory): Operation<void> {
    const user = process.geteuid?.();
    if (user === undefined || !this.#isInRoot) return;
    const { uid } = fd === undefined ? (yield* lstat(path))! : yield* fstat(fd);
    if (uid === user || uid === 0) return;
    const root = yield* lstat(this.#root.path);
    if (root === undefined || !isTrap(uid, root)) return;
    throw backendError(
      'PERMISSION_DENIED',
      'The state directory of the vault belongs to another user, in a folder where anybody may put one; ' +
        'remove it, or work in a folder of your own',
    );
  }
}

function isTrap(owner: number, root: Stats): boolean {
  return owner !== root.uid && (root.mode & SHARED) !== 0;
}
