import { type ErrorCode, isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';

/** SQLite's primary result codes, of which the extended ones are the lowest byte. */
const CODES: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  5: ['BUSY', 'another process is writing to it'],
  6: ['BUSY', 'another connection is writing to it'],
  8: ['READ_ONLY', 'it cannot be written'],
  10: ['IO', 'the disk failed'],
  11: ['INTEGRITY', 'it is damaged'],
  13: ['NO_SPACE', 'the disk is full'],
  14: ['IO', 'its file cannot be opened; see that its folder is there and may be written'],
  26: ['INTEGRITY', 'its file is no SQLite database'],
};

/** The f9 error for an error of SQLite, without SQLite's own words, which may hold a path of this machine. */
export function explainSqlite(error: unknown, what: string): unknown {
  if (isFileBackendError(error) || !(error instanceof Error && 'errcode' in error)) return error;
  const [code, why] = CODES[Number(error.errcode) & 0xff] ?? ['UNKNOWN', 'of an error it did not expect'];
  return backendError(code, `${what} failed because ${why}`, { cause: error });
}
