import type { FileBackend, OperationOptions } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { textOf } from '../decode.ts';

/** Bytes asked for at a time; at most so many are read in vain. */
const CHUNK = 64 * 1024;

/** Options of `readLines`. */
export interface ReadLinesOptions extends OperationOptions {
  /** Lines to skip. Default 0. */
  readonly offset?: number;
  /** Bytes to skip in the first line. Default 0. */
  readonly lineOffset?: number;
  /** Lines to give. Default: all to the end. */
  readonly limit?: number;
  /** Most bytes to give, cut between lines; a single longer line is cut between characters. Default 1 MiB. */
  readonly maxBytes?: number;
}

/** Lines of a file, each with its ending as stored. */
export interface Lines {
  /** The lines, joined. */
  readonly text: string;
  /** Number of the first line, from 1. */
  readonly startLine: number;
  /** Number of the last line; one less than `startLine` where there is none. */
  readonly endLine: number;
  /** Number of lines in the file, if its end was reached. */
  readonly totalLines?: number;
  /** The `offset` to go on with, where there are more. */
  readonly nextOffset?: number;
  /** Whether the last line was longer than `maxBytes` and is cut. */
  readonly lineCut: boolean;
  /** The `lineOffset` to go on with in a line that was cut, at an `offset` of one less than `endLine`. */
  readonly nextLineOffset?: number;
  /** The etag of the version that was read, or of an earlier one: with it as `ifMatch` no change is overwritten unseen. */
  readonly etag?: string;
}

export const DEFAULT_MAX_BYTES: number = 1024 * 1024;

/**
 * Lines of a file of any size; reads no further than needed.
 * @throws `INVALID_TEXT` where these lines are not UTF-8, `INVALID_ARGUMENT`
 */
export async function readLines(
  vault: FileBackend,
  path: string,
  {
    offset = 0,
    lineOffset = 0,
    limit = Number.POSITIVE_INFINITY,
    maxBytes = DEFAULT_MAX_BYTES,
    ...options
  }: ReadLinesOptions = {},
): Promise<Lines> {
  wholeNumber('offset', offset, 0, path);
  wholeNumber('lineOffset', lineOffset, 0, path);
  if (limit !== Number.POSITIVE_INFINITY) wholeNumber('limit', limit, 1, path);
  wholeNumber('maxBytes', maxBytes, 1, path);
  const { etag } = await vault.info(path, options);
  const window = new LineWindow({ offset, lineOffset, limit, maxBytes });
  for await (const chunk of vault.streamRead(path, { ...options, chunkSize: CHUNK })) {
    if (window.push(chunk)) break;
  }
  return { ...window.result(path), ...(etag === undefined ? {} : { etag }) };
}

/** Counts the lines that pass, and keeps the bytes of the wanted ones. */
class LineWindow {
  readonly #offset: number;
  readonly #lineOffset: number;
  readonly #limit: number;
  readonly #maxBytes: number;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #keptLines = 0;
  /** Bytes of `#kept` in a line whose end was not seen yet. */
  #openBytes = 0;
  #seenLines = 0;
  /** Bytes of the first line that are still to be skipped. */
  #toSkip: number;
  #lineIsOpen = false;
  #cut = false;
  #more = false;

  constructor({ offset, lineOffset, limit, maxBytes }: Required<Omit<ReadLinesOptions, 'signal'>>) {
    this.#offset = offset;
    this.#lineOffset = lineOffset;
    this.#toSkip = lineOffset;
    this.#limit = limit;
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes of the file; true once no more are needed. */
  push(chunk: Uint8Array): boolean {
    for (let from = 0; from < chunk.length; ) {
      if (this.#isFull()) {
        this.#more = true;
        return true;
      }
      const newline = chunk.indexOf(10, from);
      const end = newline === -1 ? chunk.length : newline + 1;
      this.#lineIsOpen = newline === -1;
      if (this.#seenLines >= this.#offset && !this.#keep(this.#unskipped(chunk.subarray(from, end))))
        return true;
      if (newline !== -1) this.#endLine();
      from = end;
    }
    return false;
  }

  result(path: string): Omit<Lines, 'etag'> {
    const reachedEnd = !this.#more;
    if (reachedEnd && this.#lineIsOpen) this.#endLine();
    const bytes = Buffer.concat(this.#kept);
    const end = this.#cut ? wholeCharacters(bytes) : bytes.length;
    const text = textOf(bytes.subarray(this.#lineOffset === 0 ? 0 : brokenCharacter(bytes), end), path);
    const next = this.#offset + this.#keptLines;
    return {
      text,
      startLine: this.#offset + 1,
      endLine: next,
      lineCut: this.#cut,
      ...(this.#cut ? { nextLineOffset: this.#lineOffset + end } : {}),
      ...(reachedEnd ? { totalLines: this.#seenLines } : { nextOffset: next }),
    };
  }

  #unskipped(piece: Uint8Array): Uint8Array {
    if (this.#seenLines > this.#offset) return piece;
    const skipped = Math.min(this.#toSkip, piece.length);
    this.#toSkip -= skipped;
    return piece.subarray(skipped);
  }

  /** Adds a piece of the current line; false, and the reading ends, where it exceeds the limit. */
  #keep(piece: Uint8Array): boolean {
    const room = this.#maxBytes - this.#keptBytes;
    if (piece.length <= room) {
      this.#kept.push(piece);
      this.#keptBytes += piece.length;
      this.#openBytes += piece.length;
      return true;
    }
    this.#more = true;
    if (this.#keptLines > 0) this.#dropOpenLine();
    else {
      this.#kept.push(piece.subarray(0, room));
      this.#keptLines = 1;
      this.#cut = true;
    }
    return false;
  }

  #dropOpenLine(): void {
    const bytes = Buffer.concat(this.#kept);
    this.#kept.splice(0, this.#kept.length, bytes.subarray(0, bytes.length - this.#openBytes));
  }

  #endLine(): void {
    if (this.#seenLines >= this.#offset && !this.#isFull()) this.#keptLines++;
    this.#seenLines++;
    this.#openBytes = 0;
    this.#lineIsOpen = false;
  }

  #isFull(): boolean {
    return this.#keptLines >= this.#limit;
  }
}

/** The number of bytes at the start that belong to a character before them. */
function brokenCharacter(bytes: Uint8Array): number {
  let start = 0;
  while (start < 3 && (bytes[start]! & 0xc0) === 0x80) start++;
  return start;
}

/** The number of bytes in whole characters: a cut may have gone through the last one. */
function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 3 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  const lead = bytes[end - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return end - 1 + length <= bytes.length ? bytes.length : Math.max(0, end - 1);
}

/** @throws `INVALID_ARGUMENT` unless `value` is an integer of at least `least` */
export function wholeNumber(name: string, value: number, least: number, path: string): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw backendError('INVALID_ARGUMENT', `${name} must be an integer of at least ${least}, not ${value}`, {
    path,
  });
}
