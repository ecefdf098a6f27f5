import { FileInfo, isFileBackendError } from '@f9/core';
import {
  type BackendPath,
  type GlobPattern,
  type GlobState,
  joinPath,
  type ListOptions,
  notDirectory,
  notFound,
  ROOT,
} from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import { type DirectoryEntry, entriesOf, isLarge } from '../confined/directory-entries.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { fileTypeOf } from '../io/file-type.ts';
import type { Operation } from '../io/runner.ts';
import { lstat, pause } from '../io/system-calls.ts';
import { describe } from './file-stats.ts';
import type { KnownChecksums } from './known-checksums.ts';
import type { OpenFolder } from './open-folder.ts';
import type { Entry, SharedReads } from './shared-reads.ts';
import { sortInTurns } from './sort-in-turns.ts';

/** Entries that `list` hands over at a time. */
const BATCH = 1024;
/** Entries between two looks at the clock. */
const SLICE = 64;

/** A directory that is being walked: its entries in order, and the position in them. */
interface Level {
  readonly path: BackendPath;
  /** The path without symlinks. */
  readonly realPath: BackendPath;
  readonly entries: readonly Entry[];
  next: number;
}

type ListedFolder = Pick<OpenFolder, 'root' | 'reads' | 'checksums'>;

export type ListingOptions = Pick<ListOptions, 'recursive' | 'maxDepth' | 'etags' | 'onSkipped'>;

/** Begins to list a directory. @throws `NOT_FOUND`, `NOT_DIRECTORY`, `PATH_OUTSIDE_ROOT` and errors of the system */
export function* openListing(
  folder: ListedFolder,
  path: BackendPath,
  options: ListingOptions,
): Operation<Listing> {
  const { root, checksums } = folder;
  const directory = yield* openToList(root, path);
  const listing = new Listing(folder, options);
  try {
    if (options.etags === true) yield* checksums.load();
    yield* listing.enter(directory, path, root.vaultPath(directory.realPath));
    return listing;
  } finally {
    yield* directory.close();
  }
}

/** A walk in pre-order, siblings by UTF-8 bytes. Between batches nothing is open. */
export class Listing {
  readonly #root: ConfinedRoot;
  readonly #reads: SharedReads;
  readonly #checksums: KnownChecksums;
  readonly #options: ListingOptions;
  readonly #maxDepth: number;
  readonly #levels: Level[] = [];

  constructor({ root, reads, checksums }: ListedFolder, options: ListingOptions) {
    this.#root = root;
    this.#reads = reads;
    this.#checksums = checksums;
    this.#options = options;
    this.#maxDepth = options.recursive ? (options.maxDepth ?? Number.POSITIVE_INFINITY) : 1;
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
      const { fileType, stats } = entry;
      const path = joinPath(level.path, entry.name);
      batch.push(
        stats === undefined
          ? new FileInfo({ path, fileType })
          : describe(path, stats, (etag) => this.#checksums.of(path, etag)),
      );
      if (fileType === 'directory' && this.#levels.length < this.#maxDepth)
        yield* this.#open(path, joinPath(level.realPath, entry.name));
    }
    return batch;
  }

  *#open(path: BackendPath, realPath: BackendPath): Operation<void> {
    const directory = yield* this.#root.openRealDirectory(this.#root.hostPath(realPath));
    // The directory was removed since its parent was read.
    if (directory === undefined) return;
    try {
      yield* this.enter(directory, path, realPath);
    } finally {
      yield* directory.close();
    }
  }

  /** Reads a directory, to go through it next. */
  *enter(directory: OpenDirectory, path: BackendPath, realPath: BackendPath): Operation<void> {
    this.#levels.push({ path, realPath, entries: yield* this.#entries(directory, path, realPath), next: 0 });
  }

  *#entries(directory: OpenDirectory, path: BackendPath, realPath: BackendPath): Operation<readonly Entry[]> {
    const { onSkipped, etags = false } = this.#options;
    const tell =
      onSkipped && ((name: string) => onSkipped({ path: shownPath(path, name), reason: 'unnameable' }));
    const root = this.#root;
    const read = function* (): Operation<Entry[]> {
      const entries = yield* entriesOf(root, directory, realPath, tell);
      return yield* sortInTurns(etags ? yield* withStats(directory, entries) : entries);
    };
    const stats = etags || tell ? undefined : yield* directory.stats();
    return stats !== undefined && isLarge(stats)
      ? yield* this.#reads.join(`${stats.ino} ${directory.realPath}`, read)
      : yield* read();
  }
}

/** The entries, with the stats of files; those that were removed since the directory was read are left out. */
function* withStats(directory: OpenDirectory, entries: readonly DirectoryEntry[]): Operation<Entry[]> {
  const found: Entry[] = [];
  let looked = 0;
  for (const { name, fileType } of entries) {
    if (looked++ % SLICE === 0) yield* pause();
    const stats = fileType === 'file' ? yield* lstat(directory.entry(name)) : undefined;
    if (fileType !== 'file' || stats?.isFile() === true) found.push({ name, fileType, stats });
  }
  return found;
}

function shownPath(directory: BackendPath, name: string): string {
  return directory === ROOT ? name : `${directory}/${name}`;
}

/** Everything that matches, in no order. Enters only directories where something can match. */
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
      let looked = 0;
      for (const { name, fileType } of yield* candidates(root, directory, realPath, state)) {
        if (looked++ % SLICE === 0) yield* pause();
        const entryPath = joinPath(path, name);
        if (state.accepts(name)) {
          const isDirectory =
            fileType === 'symlink' ? yield* leadsToDirectory(root, entryPath) : fileType === 'directory';
          if (isDirectory !== undefined && (isDirectory ? wanted.directories : wanted.files))
            found.push(entryPath);
        }
        const inside = fileType === 'directory' ? state.enter(name) : undefined;
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

/** The directory that the pattern begins with, symlinks followed; none if it is not there. */
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

/** The entries to hold against the pattern; where it spells out a few names, only those are asked for. */
function* candidates(
  root: ConfinedRoot,
  directory: OpenDirectory,
  realPath: BackendPath,
  state: GlobState,
): Operation<DirectoryEntry[]> {
  if (state.literals === undefined || !root.hasProc) return yield* entriesOf(root, directory, realPath);
  const there: DirectoryEntry[] = [];
  for (const name of state.literals) {
    if (!isPlainName(name) || root.isHidden(realPath, name)) continue;
    try {
      const stats = yield* lstat(directory.entry(name));
      if (stats !== undefined) there.push({ name, fileType: fileTypeOf(stats) });
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

/** Whether a symlink leads to a directory; `undefined` where it leads nowhere, or out of the vault. */
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
