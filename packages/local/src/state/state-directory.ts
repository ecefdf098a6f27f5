import { constants } from 'node:fs';
import { type BackendPath, notDirectory } from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { keepOwnerAndMode } from '../io/ownership.ts';
import type { Operation } from '../io/runner.ts';
import { readText, unlinkIfThere, writeNewFile } from '../io/small-files.ts';
import { close, lstat, mkdir, mkdirs, open, readdir, realpath } from '../io/system-calls.ts';
import { isLock, removeIfDead } from './owned-lock.ts';
import { fateOf, ownerOf, ownName } from './process-identity.ts';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

/** Its name at the root of a vault. */
const DEFAULT_NAME = '.f9' as BackendPath;
/** Before the name of a file that is staged in the vault, beside its target. */
const BESIDE = '.f9-';
/** After its name, in the state directory: a file that tells where. */
const NOTE = '.beside';
/** Milliseconds after which what an unknown machine left counts as abandoned. */
const ABANDONED = 24 * 60 * 60 * 1000;

/** A file that is written where nobody looks, until it is whole. */
export interface StagedFile {
  readonly fd: number;
  readonly directory: OpenDirectory;
  /** Its path on the host. */
  readonly path: string;
  /** Whether it has left for its place in the vault. */
  isPublished: boolean;
  /** Where the state directory tells of it, if it lies elsewhere. */
  readonly note?: string;
}

/** Where f9 keeps what is no part of the vault: files that are being written, and the lock of the session. */
export class StateDirectory {
  /** On the host, as it was given. */
  readonly path: string;
  readonly #root: ConfinedRoot;
  readonly #isInRoot: boolean;
  #realPath: string | undefined;

  /** @param path absolute; by default `.f9` in the root */
  constructor(root: ConfinedRoot, path: string | undefined) {
    this.path = path ?? root.hostPath(DEFAULT_NAME);
    this.#root = root;
    this.#isInRoot = path === undefined;
  }

  /** Opens it; it is made when it is first needed. */
  *open(): Operation<OpenDirectory> {
    const there = yield* this.openIfThere();
    if (there !== undefined) return there;
    yield* this.#isInRoot ? this.#makeInRoot() : mkdirs(this.path);
    const made = yield* this.openIfThere();
    if (made === undefined) throw notDirectory(DEFAULT_NAME);
    return made;
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

  /** Begins a file that nobody sees yet. */
  *stage(mode: number): Operation<StagedFile> {
    const directory = yield* this.open();
    try {
      const path = directory.entry(ownName());
      const fd = yield* open(path, O_RDWR | O_CREAT | O_EXCL, mode);
      return { fd, directory, path, isPublished: false };
    } catch (error) {
      yield* directory.close();
      throw error;
    }
  }

  /** The same in a directory of the vault, for where another filesystem is mounted; a note here tells who has to clean up. */
  *stageBeside(target: OpenDirectory, targetPath: BackendPath): Operation<StagedFile> {
    const name = ownName();
    const directory = yield* this.open();
    const note = directory.entry(name + NOTE);
    try {
      yield* writeNewFile(note, targetPath);
      const path = target.entry(BESIDE + name);
      const fd = yield* open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
      return { fd, directory, path, note, isPublished: false };
    } catch (error) {
      try {
        yield* unlinkIfThere(note);
      } finally {
        yield* directory.close();
      }
      throw error;
    }
  }

  /** Ends it; what was not moved into the vault goes. */
  *discard({ fd, path, directory, isPublished, note }: StagedFile): Operation<void> {
    try {
      yield* close(fd);
      if (!isPublished) yield* unlinkIfThere(path);
      if (note !== undefined) yield* unlinkIfThere(note);
    } finally {
      yield* directory.close();
    }
  }

  /** Removes what killed writers left. */
  *clean(): Operation<void> {
    const directory = yield* this.openIfThere();
    if (directory === undefined) return;
    try {
      for (const entry of yield* readdir(directory.path)) {
        const path = directory.entry(entry.name);
        if (entry.isDirectory()) continue;
        if (isLock(entry.name)) {
          yield* removeIfDead(directory.path, entry.name);
        } else if (yield* isLeftOver(entry.name, path)) {
          if (entry.name.endsWith(NOTE)) yield* this.#cleanBeside(entry.name, path);
          yield* unlinkIfThere(path);
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

  /** Whoever may write in the root may write here. */
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
}

/** Whether a name in the vault is that of a file that is staged there. */
export function isStagedBeside(name: string): boolean {
  return name.startsWith(BESIDE) && ownerOf(name.slice(BESIDE.length)) !== undefined;
}

function* isLeftOver(name: string, path: string): Operation<boolean> {
  const owner = ownerOf(name.endsWith(NOTE) ? name.slice(0, -NOTE.length) : name);
  if (owner === undefined) return false;
  const fate = fateOf(owner);
  if (fate !== 'unknown') return fate === 'gone';
  const stats = yield* lstat(path);
  return stats !== undefined && stats.mtimeMs < Date.now() - ABANDONED;
}
