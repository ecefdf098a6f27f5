import type { Dirent } from 'node:fs';
import { FileInfo, isFileBackendError } from '@f9/core';
import {
  type BackendPath,
  compareBytes,
  type GlobPattern,
  type GlobState,
  joinPath,
  notDirectory,
  notFound,
  ROOT,
} from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import { entriesOf } from '../confined/directory-entries.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { lstat } from '../io/system-calls.ts';
import { fileTypeOf } from './file-stats.ts';

/** Entries that `list` hands over at a time. */
const BATCH = 1024;

/** A directory that is being walked: its entries in order, and how far the walk has come. */
interface Level {
  readonly path: BackendPath;
  /** The path without symlinks. */
  readonly realPath: BackendPath;
  readonly entries: readonly Dirent[];
  next: number;
}

/** Begins to list a directory. @throws `NOT_FOUND`, `NOT_DIRECTORY`, `PATH_OUTSIDE_ROOT` and errors of the system */
export function* openListing(root: ConfinedRoot, path: BackendPath, recursive: boolean): Operation<Listing> {
  const directory = yield* openToList(root, path);
  try {
    const realPath = root.vaultPath(directory.realPath);
    const entries = sorted(yield* entriesOf(root, directory, realPath));
    return new Listing(root, { path, realPath, entries, next: 0 }, recursive);
  } finally {
    yield* directory.close();
  }
}

/** A walk in pre-order, siblings by UTF-8 bytes. Between batches nothing is open. */
export class Listing {
  readonly #root: ConfinedRoot;
  readonly #recursive: boolean;
  readonly #levels: Level[];

  constructor(root: ConfinedRoot, top: Level, recursive: boolean) {
    this.#root = root;
    this.#levels = [top];
    this.#recursive = recursive;
  }

  /** The next entries; none at the end. */
  *batch(): Operation<FileInfo[]> {
    const batch: FileInfo[] = [];
    for (
      let level = this.#levels.at(-1);
      level !== undefined && batch.length < BATCH;
      level = this.#levels.at(-1)
    ) {
      const entry = level.entries[level.next++];
      if (entry === undefined) {
        this.#levels.pop();
        continue;
      }
      const path = joinPath(level.path, entry.name);
      batch.push(new FileInfo({ path, fileType: fileTypeOf(entry) }));
      if (this.#recursive && entry.isDirectory())
        yield* this.#enter(path, joinPath(level.realPath, entry.name));
    }
    return batch;
  }

  *#enter(path: BackendPath, realPath: BackendPath): Operation<void> {
    const directory = yield* this.#root.openRealDirectory(this.#root.hostPath(realPath));
    // Removed since its parent was read.
    if (directory === undefined) return;
    try {
      const entries = sorted(yield* entriesOf(this.#root, directory, realPath));
      this.#levels.push({ path, realPath, entries, next: 0 });
    } finally {
      yield* directory.close();
    }
  }
}

/** Everything that matches, in no order. Goes only where something can match. */
export function* glob(
  root: ConfinedRoot,
  pattern: GlobPattern,
  wanted: { readonly files: boolean; readonly directories: boolean },
): Operation<BackendPath[]> {
  const found: BackendPath[] = [];
  const pending = yield* startOf(root, pattern);
  for (let here = pending.pop(); here !== undefined; here = pending.pop()) {
    const { path, realPath, state } = here;
    const directory = yield* root.openRealDirectory(root.hostPath(realPath));
    if (directory === undefined) continue;
    try {
      for (const entry of yield* candidates(root, directory, realPath, state)) {
        const { name } = entry;
        const entryPath = joinPath(path, name);
        if (state.accepts(name)) {
          const isDirectory = entry.isSymbolicLink()
            ? yield* leadsToDirectory(root, entryPath)
            : entry.isDirectory();
          if (isDirectory !== undefined && (isDirectory ? wanted.directories : wanted.files))
            found.push(entryPath);
        }
        const inside = entry.isDirectory() ? state.enter(name) : undefined;
        if (inside !== undefined)
          pending.push({ path: entryPath, realPath: joinPath(realPath, name), state: inside });
      }
    } finally {
      yield* directory.close();
    }
  }
  return found;
}

interface GlobLevel {
  readonly path: BackendPath;
  readonly realPath: BackendPath;
  readonly state: GlobState;
}

/** The directory that the pattern begins with, symlinks followed; nothing if it is not there. */
function* startOf(root: ConfinedRoot, pattern: GlobPattern): Operation<GlobLevel[]> {
  const { base } = pattern;
  let state: GlobState | undefined = pattern.root;
  let above = ROOT;
  for (const name of base === ROOT ? [] : base.split('/')) {
    if (root.isHidden(above, name)) return [];
    state = state?.enter(name);
    above = joinPath(above, name);
  }
  if (state === undefined) return [];
  try {
    const directory = yield* root.openDirectory(base);
    yield* directory.close();
    return [{ path: base, realPath: root.vaultPath(directory.realPath), state }];
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return [];
    throw error;
  }
}

type Candidate = Pick<Dirent, 'name' | 'isDirectory' | 'isSymbolicLink'>;

/** The entries to hold against the pattern; where it spells out a few names, only those are asked for. */
function* candidates(
  root: ConfinedRoot,
  directory: OpenDirectory,
  realPath: BackendPath,
  state: GlobState,
): Operation<Candidate[]> {
  if (state.literals === undefined || !root.hasProc) return yield* entriesOf(root, directory, realPath);
  const there: Candidate[] = [];
  for (const name of state.literals) {
    if (!isPlainName(name) || root.isHidden(realPath, name)) continue;
    try {
      const stats = yield* lstat(directory.entry(name));
      if (stats === undefined) continue;
      there.push({
        name,
        isDirectory: () => stats.isDirectory(),
        isSymbolicLink: () => stats.isSymbolicLink(),
      });
    } catch (error) {
      if (!hasErrno(error, 'ENAMETOOLONG')) throw error;
    }
  }
  return there;
}

/** Whether a file of a vault can have the name that a pattern spells out. */
function isPlainName(name: string): boolean {
  return !name.includes('\0') && !name.includes('\\') && name.isWellFormed();
}

/** `undefined` for a symlink that leads nowhere, or out of the vault. */
function* leadsToDirectory(root: ConfinedRoot, path: BackendPath): Operation<boolean | undefined> {
  try {
    return (yield* root.stat(path))?.isDirectory();
  } catch (error) {
    if (isFileBackendError(error, 'PATH_OUTSIDE_ROOT')) return undefined;
    throw error;
  }
}

function* openToList(root: ConfinedRoot, path: BackendPath): Operation<OpenDirectory> {
  try {
    return yield* root.openDirectory(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOTDIR')) throw error;
    throw (yield* root.stat(path)) === undefined ? notFound(path) : notDirectory(path);
  }
}

function sorted(entries: Dirent[]): Dirent[] {
  return entries.sort((a, b) => compareBytes(a.name, b.name));
}
