import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hasErrno } from '../errors.ts';
import { syncDirectory, syncFile } from './durable.ts';
import { Kept } from './kept.ts';

/**
 * The paths that were written since the last commit: on disk, so that a crash forgets none, and shared by every process that uses the
 * clone. Taking them is two steps: what is set aside stays until the commit that holds it is made.
 */
export class DirtyJournal {
  readonly #directory: string;
  readonly #isDurable: boolean;
  readonly #path: string;
  readonly #aside: string;
  /** Whether anything was written, by a look at the directory of both files. */
  readonly #isKept: Kept<boolean>;
  /** The part of the journal that was read so far. */
  #known: { readonly file: string; size: number; readonly paths: Set<string> } = {
    file: '',
    size: 0,
    paths: new Set(),
  };

  /** @param directory that exists @param isDurable whether the journal survives a power cut */
  constructor(directory: string, isDurable: boolean) {
    this.#directory = directory;
    this.#isDurable = isDurable;
    this.#path = `${directory}/dirty`;
    this.#aside = `${directory}/dirty-committing`;
    this.#isKept = new Kept(directory, () => existsSync(this.#path) || existsSync(this.#aside));
  }

  /** Runs `write`, which is about to change `paths`: they are in the journal before it begins and after it ended. */
  async during<T>(paths: readonly string[], write: () => Promise<T>): Promise<T> {
    const fd = openSync(this.#path, 'a');
    try {
      if (!paths.every((path) => this.#paths().has(path))) {
        writeSync(fd, entryOf(paths));
        if (this.#isDurable) await this.#sync(fd);
      }
      return await write();
    } finally {
      // A commit may have set the journal aside meanwhile, maybe before the write.
      if (!isSameFile(fd, this.#path)) this.#append(paths);
      closeSync(fd);
    }
  }

  /** Whether `path` was written and is not known to be committed. */
  has(path: string): boolean {
    if (!this.#isKept.get()) return false;
    return this.#paths().has(path) || (existsSync(this.#aside) && readPaths(this.#aside).has(path));
  }

  /** Begins a commit: gives every path that was written. Paths written from now on belong to the next one. */
  take(): ReadonlySet<string> {
    // An earlier commit may have set paths aside and then failed.
    const left = readPaths(this.#aside);
    if (left.size > 0) this.#append([...left]);
    if (existsSync(this.#path)) renameSync(this.#path, this.#aside);
    return readPaths(this.#aside);
  }

  /** Ends it: the paths that were taken are committed. */
  clear(): void {
    rmSync(this.#aside, { force: true });
  }

  async #sync(fd: number): Promise<void> {
    await syncFile(fd);
    await syncDirectory(this.#directory);
  }

  #append(paths: readonly string[]): void {
    for (let isDone = false; !isDone; ) {
      const fd = openSync(this.#path, 'a');
      try {
        writeSync(fd, entryOf(paths));
        if (this.#isDurable) fsyncSync(fd);
        isDone = isSameFile(fd, this.#path);
      } finally {
        closeSync(fd);
      }
    }
  }

  /** The paths in the journal; only those added since the last look are read. */
  #paths(): ReadonlySet<string> {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (stats === undefined) return NOTHING;
    // A new file may get the inode number of one that is gone.
    const file = `${stats.ino}-${stats.birthtimeMs}`;
    if (file !== this.#known.file || stats.size < this.#known.size) {
      this.#known = { file, size: 0, paths: new Set() };
    }
    if (stats.size > this.#known.size) {
      const added = Buffer.alloc(stats.size - this.#known.size);
      const fd = openSync(this.#path, 'r');
      try {
        this.#known.size += readSync(fd, added, 0, added.length, this.#known.size);
      } finally {
        closeSync(fd);
      }
      for (const path of parsePaths(added)) this.#known.paths.add(path);
    }
    return this.#known.paths;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function entryOf(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join('');
}

function parsePaths(content: Buffer): string[] {
  return content.toString().split('\0').filter(Boolean);
}

function readPaths(path: string): ReadonlySet<string> {
  try {
    return new Set(parsePaths(readFileSync(path)));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return new Set();
    throw error;
  }
}

function isSameFile(fd: number, path: string): boolean {
  const [opened, there] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })];
  return there !== undefined && opened.ino === there.ino && opened.dev === there.dev;
}
