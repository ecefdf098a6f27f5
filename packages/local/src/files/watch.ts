import fs, { type FSWatcher, type Stats } from 'node:fs';
import { basename } from 'node:path';
import type { VaultChange } from '@f9/core';
import {
  type BackendPath,
  backendError,
  baseName,
  type DriverWatchOptions,
  isWithin,
  joinPath,
  parentPath,
  ROOT,
  untilAborted,
} from '@f9/core/driver';
import { entriesOf } from '../confined/directory-entries.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { pauseFor } from '../io/clock.ts';
import { fileTypeOf } from '../io/file-type.ts';
import type { Operation } from '../io/runner.ts';
import { lstat, pause } from '../io/system-calls.ts';
import { isTimeCoarse } from './coarse-times.ts';
import { etagOf } from './file-stats.ts';
import type { OpenFolder } from './open-folder.ts';

/** Milliseconds for which hints are gathered before a look. */
const SETTLE = 20;
/** Hints at a time after which the system may have dropped some: its own queue holds 16,384 by default. */
const MOST_HINTS = 8000;

/** Changes at and below `path`, each confirmed by a look at what is there. @throws `signal.reason`, `TOO_MANY_OPEN` */
export async function* watchChanges(
  folder: OpenFolder,
  path: BackendPath,
  { signal, onReady }: DriverWatchOptions,
): AsyncGenerator<VaultChange, void, void> {
  const { runner, root } = folder;
  const realPath = await runner.runUnqueued(root.resolveAll(path), signal);
  const watched = new WatchedTree(folder, realPath);
  const shown = (real: string): string => (path === realPath ? real : path + real.slice(realPath.length));
  try {
    await runner.runUnqueued(watched.begin(), signal);
    onReady();
    while (true) {
      await watched.hint(signal);
      await pauseFor(SETTLE, signal);
      for (const change of await runner.runUnqueued(watched.look(), signal))
        yield { ...change, path: shown(change.path) };
    }
  } finally {
    watched.close();
  }
}

/**
 * A part of a folder, with a watch on each directory from the root down to it and below. The system gives only hints, the names to
 * look at; changes are found by comparing with the version that was seen last.
 */
class WatchedTree {
  readonly #folder: OpenFolder;
  readonly #path: BackendPath;
  readonly #watchers = new Map<BackendPath, FSWatcher>();
  /** Versions that were seen last, by path. */
  #versions = new Map<BackendPath, string>();
  readonly #hinted = new Set<BackendPath>();
  #hints = 0;
  /** The folder itself, as it was found first. */
  #root: string | undefined;
  #isRootInDoubt = false;
  #wake: (() => void) | undefined;

  constructor(folder: OpenFolder, path: BackendPath) {
    this.#folder = folder;
    this.#path = path;
  }

  /** Sets up the watches and notes all that is there. */
  *begin(): Operation<void> {
    this.#root = yield* this.#rootVersion();
    yield* this.#enter([ROOT], undefined);
  }

  /** Waits until there is something to look at. @throws `signal.reason` */
  async hint(signal: AbortSignal | undefined): Promise<void> {
    if (this.#hints > 0 || this.#isRootInDoubt) return;
    await untilAborted(
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      }),
      signal,
    );
  }

  /** The changes since the last look. @throws `NOT_FOUND` once the folder itself is gone, of which nothing more would be heard */
  *look(): Operation<VaultChange[]> {
    if (this.#isRootInDoubt) {
      this.#isRootInDoubt = false;
      if ((yield* this.#rootVersion()) !== this.#root) throw rootGone();
    }
    const wasFlooded = this.#hints > MOST_HINTS;
    const hinted = [...this.#hinted].sort();
    this.#hinted.clear();
    this.#hints = 0;
    if (wasFlooded) return yield* this.#lookAtAll();
    const changes: VaultChange[] = [];
    const entered: BackendPath[] = [];
    for (const [parent, paths] of Map.groupBy(hinted, parentPath)) {
      const directory = yield* this.#open(parent);
      try {
        for (const path of paths) {
          yield* pause();
          const stats = directory && (yield* lstat(directory.entry(baseName(path))));
          if (this.#see(path, stats, changes)) entered.push(path);
        }
      } finally {
        if (directory !== undefined) yield* directory.close();
      }
    }
    yield* this.#enter(entered, changes);
    return changes;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Reads the whole tree again, since hints may have been dropped. */
  *#lookAtAll(): Operation<VaultChange[]> {
    const before = this.#versions;
    this.#versions = new Map();
    this.close();
    const seen: VaultChange[] = [];
    yield* this.#enter([ROOT], seen);
    const isChanged = ({ path }: VaultChange): boolean =>
      before.get(path as BackendPath) !== this.#versions.get(path as BackendPath);
    const gone = [...before.keys()].filter((path) => !this.#versions.has(path) && this.#isTold(path));
    return [...gone.map((path): VaultChange => ({ path, kind: 'removed' })), ...seen.filter(isChanged)];
  }

  /** Watches directories, then notes all that is in them and below: a change is either hinted or seen. */
  *#enter(directories: BackendPath[], changes: VaultChange[] | undefined): Operation<void> {
    for (const path of directories) {
      const directory = yield* this.#open(path);
      if (directory === undefined) continue;
      try {
        this.#listen(path, directory);
        for (const { name } of yield* entriesOf(this.#folder.root, directory, path)) {
          yield* pause();
          const inner = joinPath(path, name);
          // The list grows while it is walked: parents come before children.
          if (this.#isRelevant(inner) && this.#see(inner, yield* lstat(directory.entry(name)), changes))
            directories.push(inner);
        }
      } finally {
        yield* directory.close();
      }
    }
  }

  /** Notes the present version at a path; gives whether it is a directory to be entered. */
  #see(path: BackendPath, stats: Stats | undefined, changes: VaultChange[] | undefined): boolean {
    const before = this.#versions.get(path);
    const now = stats && versionOf(stats);
    if (before === now && !(stats?.isFile() === true && isTimeCoarse(stats))) return false;
    if (before?.startsWith(DIRECTORY)) this.#leave(path, changes);
    if (stats === undefined || now === undefined) {
      this.#versions.delete(path);
      this.#tell({ path, kind: 'removed' }, changes);
      return false;
    }
    this.#versions.set(path, now);
    this.#tell({ path, kind: 'written', etag: stats.isFile() ? etagOf(stats) : undefined }, changes);
    return stats.isDirectory();
  }

  /** Forgets a directory that is gone, with all that was in it. */
  #leave(directory: BackendPath, changes: VaultChange[] | undefined): void {
    this.#unlisten(directory);
    const below = `${directory}/`;
    for (const path of this.#versions.keys()) {
      if (!path.startsWith(below)) continue;
      this.#versions.delete(path);
      this.#unlisten(path);
      this.#tell({ path, kind: 'removed' }, changes);
    }
  }

  #tell(change: VaultChange, changes: VaultChange[] | undefined): void {
    if (this.#isTold(change.path)) changes?.push(change);
  }

  #isTold(path: string): boolean {
    return isWithin(path, this.#path);
  }

  /** Whether a path is to be told of, or leads to one that is. */
  #isRelevant(path: BackendPath): boolean {
    return isWithin(path, this.#path) || isWithin(this.#path, path);
  }

  #open(path: BackendPath): Operation<OpenDirectory | undefined> {
    const { root } = this.#folder;
    return root.openRealDirectory(root.hostPath(path));
  }

  #listen(path: BackendPath, { path: hostPath }: OpenDirectory): void {
    this.#unlisten(path);
    try {
      const watcher = fs.watch(hostPath);
      watcher.on('change', (event, name) => {
        // A directory that is moved or removed is told of by its own name, as if it held another one of that name.
        if (path === ROOT && event === 'rename' && name === basename(hostPath)) this.#isRootInDoubt = true;
        this.#hear(path, String(name));
      });
      // Windows tells of a removed directory by an error; the watch of its parent tells of it too.
      watcher.on('error', () => this.#unlisten(path));
      this.#watchers.set(path, watcher);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return;
      throw hasErrno(error, 'ENOSPC', 'EMFILE') ? tooMany(error) : error;
    }
  }

  #unlisten(path: BackendPath): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
  }

  #hear(directory: BackendPath, name: string): void {
    if (this.#mayTell(directory, name)) {
      this.#hints++;
      if (this.#hints <= MOST_HINTS) this.#hinted.add(joinPath(directory, name));
    } else if (!this.#isRootInDoubt) return;
    this.#wake?.();
    this.#wake = undefined;
  }

  #mayTell(directory: BackendPath, name: string): boolean {
    if (name.includes('\\') || this.#folder.root.isHidden(directory, name)) return false;
    return this.#isRelevant(joinPath(directory, name));
  }

  *#rootVersion(): Operation<string | undefined> {
    const { root } = this.#folder;
    const stats = yield* lstat(root.hostPath(ROOT));
    if (stats === undefined) return undefined;
    const { birthtimeMs, ctimeMs } = stats;
    // A new folder may get the inode number of a removed one. Where there are no birth times, that of the last change stands for it.
    return `${versionOf(stats)} ${birthtimeMs < ctimeMs ? birthtimeMs : ''}`;
  }
}

const DIRECTORY = 'directory ';

/** The version of an entry. Directories change only by being replaced, symlinks by coming and going. */
function versionOf(stats: Stats): string {
  if (stats.isFile()) return etagOf(stats);
  return stats.isDirectory() ? `${DIRECTORY}${stats.dev}-${stats.ino}` : fileTypeOf(stats);
}

function rootGone(): Error {
  return backendError(
    'NOT_FOUND',
    'The folder of the vault is no longer where it was; open the vault and watch anew',
  );
}

function tooMany(cause: unknown): Error {
  return backendError(
    'TOO_MANY_OPEN',
    'The system watches no more directories for this user; raise fs.inotify.max_user_watches, or watch less',
    { cause },
  );
}
