import { constants } from 'node:fs';
import { backendError, ROOT } from '@f9/core';
import { ConfinedRoot, type Pinned } from './confined-root.ts';
import { hasErrno } from './errno.ts';
import { keepOwnerAndMode } from './ownership.ts';
import { fateOf, ownerOf, ownName } from './process-identity.ts';
import {
  close,
  fstat,
  lstat,
  mkdir,
  mkdirs,
  type Operation,
  open,
  readdir,
  realpath,
  rmdir,
  unlink,
} from './system-calls.ts';

const { O_RDWR, O_CREAT, O_EXCL } = constants;

/** Its name at the root of a vault. */
const DEFAULT_NAME = '.f9';
/** Milliseconds after which what an unknown machine left counts as abandoned. */
const ABANDONED = 24 * 60 * 60 * 1000;

/** A file that is written where nobody looks, until it is whole. */
export interface StagedFile {
  readonly fd: number;
  readonly directory: Pinned;
  /** Its path on the host. */
  readonly path: string;
}

/** Where f9 keeps what is no part of the vault: files that are being written, and the lock of the session. */
export class StateDirectory {
  /** On the host, as it was given. */
  readonly path: string;
  readonly #root: ConfinedRoot;
  readonly #isInRoot: boolean;
  #place: ConfinedRoot | undefined;

  /** @param path absolute; by default `.f9` in the root */
  constructor(root: ConfinedRoot, path: string | undefined) {
    this.path = path ?? root.hostPathOf(DEFAULT_NAME);
    this.#root = root;
    this.#isInRoot = path === undefined;
  }

  /** Opens it; it is made when it is first needed. */
  *open(): Operation<Pinned> {
    const there = yield* this.openIfThere();
    if (there !== undefined) return there;
    yield* this.#isInRoot ? this.#makeInRoot() : mkdirs(this.path);
    const made = yield* this.openIfThere();
    if (made === undefined)
      throw backendError('BUSY', 'The state directory of the vault is removed again and again');
    return made;
  }

  *openIfThere(): Operation<Pinned | undefined> {
    try {
      this.#place ??= new ConfinedRoot({
        // In the root no symlink may lead to it.
        path: this.#isInRoot ? this.path : yield* realpath(this.path),
        hasProc: this.#root.hasProc,
        hides: () => false,
      });
      return yield* this.#place.openDirectory(ROOT);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Begins a file that nobody sees yet. */
  *stage(mode: number): Operation<StagedFile> {
    const directory = yield* this.open();
    try {
      const path = this.#root.inside(directory, ownName());
      return { directory, path, fd: yield* open(path, O_RDWR | O_CREAT | O_EXCL, mode) };
    } catch (error) {
      yield* close(directory.fd);
      throw error;
    }
  }

  /** Ends it; what was not moved into the vault goes. */
  *discard({ fd, path, directory }: StagedFile): Operation<void> {
    try {
      yield* close(fd);
      yield* unlinkIfThere(path);
    } finally {
      yield* close(directory.fd);
    }
  }

  /** Removes what killed writers left. */
  *clean(): Operation<void> {
    const directory = yield* this.openIfThere();
    if (directory === undefined) return;
    try {
      for (const entry of yield* readdir(this.#root.itself(directory))) {
        const path = this.#root.inside(directory, entry.name);
        if (!(yield* isLeftOver(entry.name, path))) continue;
        if (entry.isDirectory()) yield* removeDirectory(path);
        else yield* unlinkIfThere(path);
      }
    } catch (error) {
      // Who may not clean may still read.
      if (!hasErrno(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    } finally {
      yield* close(directory.fd);
    }
  }

  /** Whoever may write in the root may write here. */
  *#makeInRoot(): Operation<void> {
    const root = yield* this.#root.openDirectory(ROOT);
    try {
      yield* mkdir(this.#root.inside(root, DEFAULT_NAME));
      const made = yield* this.openIfThere();
      if (made === undefined) return;
      try {
        yield* keepOwnerAndMode(made.fd, yield* fstat(root.fd));
      } finally {
        yield* close(made.fd);
      }
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
    } finally {
      yield* close(root.fd);
    }
  }
}

function* isLeftOver(name: string, path: string): Operation<boolean> {
  const owner = ownerOf(name);
  if (owner === undefined) return false;
  const fate = fateOf(owner);
  if (fate !== 'unknown') return fate === 'gone';
  try {
    return (yield* lstat(path)).mtimeMs < Date.now() - ABANDONED;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Removes a directory of files. */
function* removeDirectory(path: string): Operation<void> {
  try {
    for (const entry of yield* readdir(path)) yield* unlinkIfThere(`${path}/${entry.name}`);
    yield* rmdir(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

function* unlinkIfThere(path: string): Operation<void> {
  try {
    yield* unlink(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}
