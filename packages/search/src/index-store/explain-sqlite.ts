import { type ErrorCode, isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';

const FULL: readonly [ErrorCode, string] = ['NO_SPACE', 'the disk is full'];

/** SQLite's primary result codes, which are the lowest byte of the extended ones, and extended ones that mean something else. */
const CODES: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  5: ['BUSY', 'another process is writing to it'],
  6: ['BUSY', 'another connection is writing to it'],
  8: ['READ_ONLY', 'it cannot be written'],
  10: ['IO', 'the disk failed'],
  11: ['INTEGRITY', 'it is damaged'],
  13: FULL,
  14: ['IO', 'its file cannot be opened; see that its folder is there and may be written'],
  26: ['INTEGRITY', 'its file is no SQLite database'],
  // The memory that connections share is a file as well, and could not be made larger.
  4874: FULL,
};

/** The f9 error for an error of SQLite, without SQLite's own words, which may hold a path of this machine. */
export function explainSqlite(error: unknown, what: string): unknown {
  if (isFileBackendError(error) || !(error instanceof Error && 'errcode' in error)) return error;
  const number = Number(error.errcode);
  const [code, why] = CODES[number] ?? CODES[number & 0xff] ?? ['UNKNOWN', 'of an error it did not expect'];
  return backendError(code, `${what} failed because ${why}`, { cause: error });
}
