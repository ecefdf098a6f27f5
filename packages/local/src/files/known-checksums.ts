import { constants, type Stats } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { close, fstat, open, pause, rename } from '../io/system-calls.ts';
import type { Staging } from '../state/staging.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import { type EtagSource, etagOf } from './file-stats.ts';
import { readInto } from './reading.ts';
import { PRIVATE_FILE, withStagedFile, writeSource } from './staging.ts';

/** Name of the file in the state directory; its first line says how to read the rest. */
const NAME = 'checksums';
const HEADER = 'f9 sha256 1';
const LINE = /^([0-9a-f]{64}) (\S+) (.+)$/;

/**
 * Milliseconds for which a file must have been left alone before it was read. Some systems count time in steps of two seconds, in
 * which a second change would leave no trace; git calls such files racily clean.
 */
const AT_REST = 2000;

/** The sum of one version of a file. Its etag is made only when it is asked for: that takes as long as reading a small file. */
class Known {
  readonly sum: string;
  #version: string | EtagSource;

  constructor(sum: string, version: string | EtagSource) {
    this.sum = sum;
    this.#version = version;
  }

  get etag(): string {
    if (typeof this.#version !== 'string') this.#version = etagOf(this.#version);
    return this.#version;
  }
}

/**
 * The sha256 of files that were hashed before, trusted while the etag of the file stays the same. It is kept in the state directory
 * from one process to the next, or in memory where there is none.
 */
export class KnownChecksums {
  readonly #state: StateDirectory;
  readonly #staging: Staging;
  #known: Map<string, Known> | undefined;
  readonly #unsaved = new Map<string, Known>();

  constructor(state: StateDirectory, staging: Staging) {
    this.#state = state;
    this.#staging = staging;
  }

  /** Whether some version of the file is known. */
  *mayKnow(path: BackendPath): Operation<boolean> {
    this.#known ??= yield* this.#load();
    return this.#known.has(path);
  }

  /** The sum of the file, if it was hashed in its present version. */
  *recall(path: BackendPath, stats: Stats): Operation<string | undefined> {
    this.#known ??= yield* this.#load();
    const known = this.#known.get(path);
    return known !== undefined && known.etag === etagOf(stats) ? known.sum : undefined;
  }

  /** @param stats from before the file was read @param read the time of reading, in milliseconds */
  remember(path: BackendPath, stats: Stats, sum: string, read: number): void {
    if (Math.max(stats.mtimeMs, stats.ctimeMs) > read - AT_REST) return;
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    const known = new Known(sum, { dev, ino, size, mtimeMs, ctimeMs });
    this.#known?.set(path, known);
    this.#unsaved.set(path, known);
  }

  /** Writes new sums down, beside those that other processes wrote. Fails silently: all of them can be computed again. */
  *save(): Operation<void> {
    if (this.#unsaved.size === 0) return;
    try {
      const directory = yield* this.#state.openIfThere();
      if (directory === undefined) return;
      try {
        const unsaved = [...this.#unsaved];
        const all = new Map([...(yield* readFrom(directory)), ...unsaved]);
        const bytes = yield* toBytes(all);
        yield* withStagedFile(
          this.#staging,
          this.#staging.stage(PRIVATE_FILE),
          (fd) => writeSource(fd, bytes),
          function* (staged) {
            yield* rename(staged.path, directory.entry(NAME));
            staged.isPublished = true;
          },
        );
        // A file that was hashed again meanwhile waits for the next time.
        for (const [path, known] of unsaved) {
          if (this.#unsaved.get(path) === known) this.#unsaved.delete(path);
        }
      } finally {
        yield* directory.close();
      }
    } catch (error) {
      if (
        !hasErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOENT')
      )
        throw error;
    }
  }

  *#load(): Operation<Map<string, Known>> {
    const directory = yield* this.#state.openIfThere();
    if (directory === undefined) return new Map();
    try {
      return yield* readFrom(directory);
    } finally {
      yield* directory.close();
    }
  }
}

/** Entries that are written or read between two looks at the clock. */
const SLICE = 512;

function* toBytes(all: ReadonlyMap<string, Known>): Operation<Uint8Array> {
  const lines = [HEADER];
  for (const [path, { etag, sum }] of all) {
    if (lines.length % SLICE === 0) yield* pause();
    lines.push(`${sum} ${etag} ${toLine(path)}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** A path in one line; a name may hold a line break. */
function toLine(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function fromLine(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function* readFrom(directory: OpenDirectory): Operation<Map<string, Known>> {
  const known = new Map<string, Known>();
  let fd: number;
  try {
    fd = yield* open(directory.entry(NAME), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ELOOP')) return known;
    throw error;
  }
  try {
    const bytes = Buffer.alloc((yield* fstat(fd)).size);
    const [header, ...lines] = bytes.toString('utf8', 0, yield* readInto(bytes, fd, 0)).split('\n');
    if (header !== HEADER) return known;
    for (const line of lines) {
      if (known.size % SLICE === 0) yield* pause();
      const [, sum, etag, path] = LINE.exec(line) ?? [];
      if (sum !== undefined && etag !== undefined && path !== undefined)
        known.set(fromLine(path), new Known(sum, etag));
    }
    return known;
  } finally {
    yield* close(fd);
  }
}
