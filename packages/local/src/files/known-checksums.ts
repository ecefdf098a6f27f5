import type { Stats } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { rename } from '../io/system-calls.ts';
import type { Staging } from '../state/staging.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import { isWorthCaching, readCached, writeCached } from './checksum-cache.ts';
import { Known, readList, toBytes } from './checksum-list.ts';
import { etagOf } from './file-stats.ts';
import { PRIVATE_FILE, withStagedFile, writeSource } from './staging.ts';

/** Name of the list in the state directory. */
const NAME = 'checksums';

/**
 * Milliseconds for which a file must have been left alone before it was read. Some systems count time in steps of two seconds, in
 * which a second change would leave no trace; git calls such files racily clean.
 */
const AT_REST = 2000;

/** Errors of a disk, for which nothing is kept: all sums can be computed again. */
const NOT_KEPT = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
] as const;

/**
 * The sha256 of files that were hashed before, trusted while the etag of the file stays the same. It is kept from one process to the
 * next: in the state directory, or, of a large folder where there is none, in the cache of the user.
 */
export class KnownChecksums {
  readonly #root: string;
  readonly #state: StateDirectory;
  readonly #staging: Staging;
  #known: Map<string, Known> | undefined;
  readonly #unsaved = new Map<string, Known>();
  /** Bytes that were hashed. */
  #hashed = 0;

  /** @param root its path on the host, free of symlinks */
  constructor(root: string, state: StateDirectory, staging: Staging) {
    this.#root = root;
    this.#state = state;
    this.#staging = staging;
  }

  /** Reads what is kept, which `of` answers from. */
  *load(): Operation<void> {
    this.#known ??= yield* this.#kept();
  }

  /** Whether some version of the file is known. */
  *mayKnow(path: BackendPath): Operation<boolean> {
    yield* this.load();
    return this.#known?.has(path) === true;
  }

  /** The sum of the file, if it was hashed in its present version. */
  *recall(path: BackendPath, stats: Stats): Operation<string | undefined> {
    yield* this.load();
    return this.of(path, etagOf(stats));
  }

  /** The sum of one version of the file, as far as sums are loaded. */
  of(path: BackendPath, etag: string): string | undefined {
    const known = this.#known?.get(path);
    return known?.etag === etag ? known.sum : undefined;
  }

  /** @param stats from before the file was read @param read the time of reading, in milliseconds */
  remember(path: BackendPath, stats: Stats, sum: string, read: number): void {
    if (Math.max(stats.mtimeMs, stats.ctimeMs) > read - AT_REST) return;
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    const known = new Known(sum, { dev, ino, size, mtimeMs, ctimeMs });
    this.#known?.set(path, known);
    this.#unsaved.set(path, known);
    this.#hashed += size;
  }

  /** Writes new sums down, beside those that other processes wrote. Fails silently: all of them can be computed again. */
  *save(): Operation<void> {
    if (this.#unsaved.size === 0) return;
    try {
      const unsaved = [...this.#unsaved];
      const directory = yield* this.#state.openIfThere();
      if (directory === undefined) {
        if (!(yield* this.#saveInCache(unsaved))) return;
      } else {
        try {
          yield* this.#saveIn(directory, unsaved);
        } finally {
          yield* directory.close();
        }
      }
      // A file that was hashed again meanwhile waits for the next time.
      for (const [path, known] of unsaved) {
        if (this.#unsaved.get(path) === known) this.#unsaved.delete(path);
      }
    } catch (error) {
      if (!hasErrno(error, ...NOT_KEPT)) throw error;
    }
  }

  *#saveIn(directory: OpenDirectory, unsaved: readonly (readonly [string, Known])[]): Operation<void> {
    const list = directory.entry(NAME);
    const bytes = yield* toBytes(new Map([...(yield* readList(list)), ...unsaved]));
    yield* withStagedFile(
      this.#staging,
      this.#staging.stage(PRIVATE_FILE),
      (fd) => writeSource(fd, bytes),
      function* (staged) {
        yield* rename(staged.path, list);
        staged.isPublished = true;
      },
    );
  }

  /** @returns whether it was worth it */
  *#saveInCache(unsaved: readonly (readonly [string, Known])[]): Operation<boolean> {
    const kept = yield* readCached(this.#root);
    if (kept.size === 0 && !isWorthCaching(unsaved.length, this.#hashed)) return false;
    yield* writeCached(this.#root, new Map([...kept, ...unsaved]));
    return true;
  }

  *#kept(): Operation<Map<string, Known>> {
    const directory = yield* this.#state.openIfThere();
    if (directory === undefined) return yield* this.#cached();
    try {
      return yield* readList(directory.entry(NAME));
    } finally {
      yield* directory.close();
    }
  }

  *#cached(): Operation<Map<string, Known>> {
    try {
      return yield* readCached(this.#root);
    } catch (error) {
      if (!hasErrno(error, ...NOT_KEPT)) throw error;
      return new Map();
    }
  }
}
