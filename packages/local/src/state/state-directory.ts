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
/** Its name where the root is a git clone, and the directory that says so. */
const NAME_IN_CLONE = '.git/f9' as BackendPath;
const CLONE = '.git' as BackendPath;
/** Before the name of a file that is staged in the vault, beside its target. */
export const BESIDE = '.f9-';
/** A file that keeps git from taking what is here for a part of a project. */
const IGNORE = '.gitignore';

/** Bits of the mode of a directory in which others may make files: all users, or those who may not touch each other's. */
const SHARED = 0o1002;

/** A directory for what is no part of the vault: staged files, locks, known checksums. */
export class StateDirectory {
  /** On the host, as it was given. */
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

  /** The one that every vault on the root shares, whatever its options. */
  static *ofRoot(root: ConfinedRoot): Operation<StateDirectory> {
    const isClone = (yield* lstat(root.hostPath(CLONE)))?.isDirectory() === true;
    return new StateDirectory(root, root.hostPath(isClone ? NAME_IN_CLONE : DEFAULT_NAME), true);
  }

  /** @param path absolute */
  static at(root: ConfinedRoot, path: string): StateDirectory {
    return new StateDirectory(root, path, false);
  }

  /** Opens it; it is made when it is first needed. @throws `PERMISSION_DENIED` if it may be a trap of another user */
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

  /** Removes what killed writers left. */
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
      // Who may not clean may still read.
      if (!hasErrno(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    } finally {
      yield* directory.close();
    }
  }

  *#cleanBeside(noteName: string, note: string): Operation<void> {
    const targetPath = yield* readText(note);
    // A note that is not whole was written before there was anything to clean up.
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

  /** All who may write in the root may write here. */
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

  /** A directory of another user is trusted where the folder is shared by those who own it, not where anybody could have put it there. */
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
