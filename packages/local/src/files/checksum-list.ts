import { constants } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { close, fstat, open, pause } from '../io/system-calls.ts';
import { type EtagSource, etagOf } from './file-stats.ts';
import { readInto } from './reading.ts';

// The file that known checksums are kept in. Its first line says how to read the rest.

const HEADER = 'f9 sha256 1';
const SUM = /^[0-9a-f]{64}$/;
/** Where the etag begins: behind the sum and a blank. */
const ETAG = 65;

/** Entries that are written or read between two looks at the clock. */
const SLICE = 512;

/** The sum of one version of a file. Its etag is made only when it is asked for: that takes as long as reading a small file. */
export class Known {
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

export function* toBytes(all: ReadonlyMap<string, Known>): Operation<Uint8Array> {
  const lines = [HEADER];
  for (const [path, { etag, sum }] of all) {
    if (lines.length % SLICE === 0) yield* pause();
    lines.push(`${sum} ${etag} ${toLine(path)}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The sums in the file at `path` on the host; none where it is something else. */
export function* readList(path: string): Operation<Map<BackendPath, Known>> {
  const known = new Map<BackendPath, Known>();
  let fd: number;
  try {
    fd = yield* open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
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
      const sum = line.slice(0, ETAG - 1);
      const end = line.indexOf(' ', ETAG);
      if (end > ETAG && end < line.length - 1 && SUM.test(sum))
        known.set(fromLine(line.slice(end + 1)), new Known(sum, line.slice(ETAG, end)));
    }
    return known;
  } finally {
    yield* close(fd);
  }
}

/** A path in one line; a name may hold a line break. */
function toLine(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function fromLine(text: string): BackendPath {
  if (!text.includes('\\')) return text as BackendPath;
  return text.replace(/\\(.)/g, (_, character: string) =>
    character === 'n' ? '\n' : character,
  ) as BackendPath;
}
