import type { FileBackend, OperationOptions } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { textOf } from '../decode.ts';
import { DEFAULT_MAX_BYTES, wholeNumber } from './read-lines.ts';

/** Bytes of the first look at the end of a file; each further look is twice as long. */
const FIRST_LOOK = 64 * 1024;
/** Times that a file may become shorter between being measured and being read. */
const ATTEMPTS = 5;

/** Options of `tailLines`. */
export interface TailLinesOptions extends OperationOptions {
  /** Lines to give. Default 10. */
  readonly limit?: number;
  /** Most bytes to give: whole lines from the end; none where the last one alone is longer. Default 1 MiB. */
  readonly maxBytes?: number;
}

/** The last lines of a file, each with its ending as stored. */
export interface LastLines {
  /** The lines, joined. */
  readonly text: string;
  /** The number of lines. */
  readonly lines: number;
  /** Whether the file begins with these lines. */
  readonly whole: boolean;
  /** The etag of the version that was read, or of an earlier one: with it as `ifMatch` no change is overwritten unseen. */
  readonly etag?: string;
}

/**
 * The last lines of a file of any size, read from its end.
 * @throws `INVALID_TEXT` where these lines are not UTF-8, `INVALID_ARGUMENT`, `BUSY` where the file is cut again and again
 */
export async function tailLines(
  vault: FileBackend,
  path: string,
  { limit = 10, maxBytes = DEFAULT_MAX_BYTES, ...options }: TailLinesOptions = {},
): Promise<LastLines> {
  wholeNumber('limit', limit, 1, path);
  wholeNumber('maxBytes', maxBytes, 1, path);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { size, etag } = await vault.info(path, options);
    const found = await lookBack(vault, path, size, { limit, maxBytes }, options);
    if (found === undefined) continue;
    return {
      text: textOf(found.bytes, path),
      lines: found.lines,
      whole: found.whole,
      ...(etag === undefined ? {} : { etag }),
    };
  }
  throw backendError('BUSY', `${JSON.stringify(path)} was made shorter each time it was read; try again`, {
    path,
  });
}

interface Tail {
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly whole: boolean;
}

/** Reads from some position to the end, all of one version; `undefined` where the file has become shorter than that. */
async function lookBack(
  vault: FileBackend,
  path: string,
  size: number | undefined,
  { limit, maxBytes }: { readonly limit: number; readonly maxBytes: number },
  options: OperationOptions,
): Promise<Tail | undefined> {
  for (let look = Math.min(FIRST_LOOK, maxBytes + 1); ; look = Math.min(look * 2, maxBytes + 1)) {
    const offset = size === undefined ? 0 : Math.max(0, size - look);
    const bytes = await vault.read(path, { ...options, offset });
    if (offset > 0 && bytes.length === 0) return undefined;
    const tail = lastLines(bytes, offset === 0, limit, maxBytes);
    if (tail.lines === limit || offset === 0 || look > maxBytes) return tail;
  }
}

function lastLines(bytes: Uint8Array, fromStart: boolean, limit: number, maxBytes: number): Tail {
  let start = bytes.length;
  let lines = 0;
  while (start > 0 && lines < limit) {
    const newline = start === 1 ? -1 : bytes.lastIndexOf(10, start - 2);
    if (newline === -1 && !fromStart) break;
    if (bytes.length - (newline + 1) > maxBytes) break;
    start = newline + 1;
    lines++;
  }
  return { bytes: bytes.subarray(start), lines, whole: fromStart && start === 0 };
}
