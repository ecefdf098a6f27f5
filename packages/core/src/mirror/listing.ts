import type { FileBackend, ListDirectoryOptions, OperationOptions } from '../backend.ts';
import type { SkippedName } from '../driver/options.ts';
import { type ErrorCode, type FileBackendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, parentPath, ROOT } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import type { SkippedEntry, SkipReason } from './options.ts';
import { type Selection, stateAround } from './selection.ts';

/** Everything that a vault lists, before the selection. */
export interface Walk {
  readonly entries: readonly FileInfo[];
  /** Entries whose name no path can hold. */
  readonly unnameable: readonly string[];
  /** Directories that cannot be listed, and why. */
  readonly failed: ReadonlyMap<string, FileBackendError>;
}

/** The part of a vault that a mirror looks at. */
export interface Listing {
  /** Files by path; a symlink to a file counts as that file. */
  readonly files: ReadonlyMap<string, FileInfo>;
  /** Symlinks, wherever they lead, also those that are not looked at: files may lie behind them. */
  readonly links: ReadonlySet<string>;
  /** The symlinks that are looked at. */
  readonly selectedLinks: ReadonlySet<string>;
  readonly directories: ReadonlySet<string>;
  readonly skipped: readonly SkippedEntry[];
  readonly failed: ReadonlyMap<string, FileBackendError>;
  /** Files that `filter` refused. */
  readonly refused: ReadonlySet<string>;
}

/** Errors that are not about one file or directory, and end a mirror. */
const ABOUT_ALL: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'LOCK_TIMEOUT',
  'LOCK_LOST',
  'RATE_LIMITED',
  'TIMEOUT',
  'UNAVAILABLE',
  'CLOSED',
  'SYNC_CONFLICT',
];

/** Whether an error is of one file or directory, so that the others can go on. */
export function isOfOneEntry(error: unknown): error is FileBackendError {
  return isFileBackendError(error) && !ABOUT_ALL.includes(error.code);
}

/** Lists a whole vault. One directory that cannot be listed does not hide the others. */
export async function walk(vault: FileBackend, options: OperationOptions): Promise<Walk> {
  const unnameable = new Set<string>();
  const failed = new Map<string, FileBackendError>();
  const how = { ...options, onSkipped: ({ path }: SkippedName) => void unnameable.add(path) };
  return { entries: await walkBelow(vault, ROOT, how, failed), unnameable: [...unnameable], failed };
}

async function walkBelow(
  vault: FileBackend,
  directory: string,
  options: ListDirectoryOptions,
  failed: Map<string, FileBackendError>,
): Promise<FileInfo[]> {
  try {
    return await Array.fromAsync(list(vault, directory, { ...options, recursive: true }));
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isOfOneEntry(error)) throw error;
  }
  try {
    const entries: FileInfo[] = [];
    for await (const entry of list(vault, directory, options)) {
      entries.push(entry);
      if (entry.isDir) entries.push(...(await walkBelow(vault, entry.path, options, failed)));
    }
    return entries;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (directory === ROOT || !isOfOneEntry(error)) throw error;
    failed.set(directory, error);
    return [];
  }
}

/** Entries with their etags where the backend has any, and with what is found out along with them: sizes, permissions. */
function list(vault: FileBackend, directory: string, options: ListDirectoryOptions): AsyncIterable<FileInfo> {
  const etags = vault.capabilities.ifMatch !== false;
  return vault.list(`/${directory}`, { ...options, etags }) as AsyncIterable<FileInfo>;
}

/** The files that a mirror reads. Symlinks to files count as these files; everything that cannot be mirrored is told. */
export async function listSource(
  source: FileBackend,
  { entries, unnameable, failed }: Walk,
  selection: Selection,
  { concurrency, ...options }: OperationOptions & { readonly concurrency: number },
): Promise<Listing> {
  const found = new Found(failed);
  for (const path of unnameable) if (stateAround(path) === undefined) found.skip(path, 'unnameable');
  for (const entry of entries) {
    const { path, fileType } = entry;
    const state = stateAround(path);
    if (state !== undefined) {
      if (state === path && selection.covers(path)) found.skip(path, 'state');
    } else if (entry.isDir) {
      if (!selection.leavesOut(path)) found.directories.add(path);
    } else if (fileType === 'symlink') {
      found.addLink(path, selection);
    } else if (selection.covers(path)) {
      if (fileType === 'other') found.skip(path, 'not-a-file');
      else found.add(entry, selection);
    }
  }
  await forEachConcurrently(found.selectedLinks, concurrency, async (path) => {
    try {
      const info = await source.info(path, options);
      if (info.isDir) found.skip(path, 'directory-link');
      else if (info.fileType === 'other') found.skip(path, 'not-a-file');
      else found.add(info.with({ path }), selection);
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = isFileBackendError(error) ? BROKEN_LINKS[error.code] : undefined;
      if (reason !== undefined) found.skip(path, reason);
      else if (isOfOneEntry(error)) found.failed.set(path, error);
      else throw error;
    }
  });
  return found;
}

/** Reasons to skip a symlink, by the error that following it gives. */
const BROKEN_LINKS: Partial<Record<ErrorCode, SkipReason>> = {
  NOT_FOUND: 'dangling-link',
  NOT_DIRECTORY: 'dangling-link',
  PATH_OUTSIDE_ROOT: 'outside-link',
  INVALID_PATH: 'dangling-link',
};

/** The files that a mirror may replace or delete. Entries that the source left out are left alone; symlinks are not followed, but replaced. */
export function listTarget({ entries, failed }: Walk, selection: Selection, source: Listing): Listing {
  const found = new Found(failed);
  const skipped = new Set(source.skipped.map(({ path }) => path));
  const hidesNone = skipped.size + source.failed.size + source.links.size === 0;
  const isLeftAlone = (path: string): boolean => {
    if (hidesNone) return source.refused.has(path);
    for (let around = path; around !== ROOT; around = parentPath(around as BackendPath)) {
      if (skipped.has(around) || source.failed.has(around)) return true;
      // Files behind a symlink of the source were not listed there.
      if (around !== path && source.links.has(around)) return true;
    }
    return source.refused.has(path);
  };
  for (const entry of entries) {
    const { path, fileType } = entry;
    if (stateAround(path) !== undefined || isLeftAlone(path)) continue;
    if (entry.isDir) {
      if (!selection.leavesOut(path)) found.directories.add(path);
    } else if (fileType === 'symlink') {
      found.addLink(path, selection);
    } else if (selection.covers(path)) {
      // The source has a file of that name, so that the one which it replaces is looked at as well.
      if (source.files.has(path)) found.files.set(path, entry);
      else if (fileType === 'file') found.add(entry, selection);
    }
  }
  return found;
}

class Found implements Listing {
  readonly files = new Map<string, FileInfo>();
  readonly links = new Set<string>();
  readonly selectedLinks = new Set<string>();
  readonly directories = new Set<string>();
  readonly skipped: SkippedEntry[] = [];
  readonly failed: Map<string, FileBackendError>;
  readonly refused = new Set<string>();

  constructor(failed: ReadonlyMap<string, FileBackendError>) {
    this.failed = new Map(failed);
  }

  add(file: FileInfo, selection: Selection): void {
    if (selection.accepts(file)) this.files.set(file.path, file);
    else this.refused.add(file.path);
  }

  addLink(path: string, selection: Selection): void {
    this.links.add(path);
    if (selection.covers(path)) this.selectedLinks.add(path);
  }

  skip(path: string, reason: SkipReason): void {
    this.skipped.push({ path, reason });
  }
}
