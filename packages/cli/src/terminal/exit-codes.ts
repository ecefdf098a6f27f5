import type { ErrorCode } from '@f9/core';

/** Exit codes of `f9`; the README has the same table. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  conflicts: 3,
  notFound: 4,
  partly: 5,
  denied: 6,
  tryAgain: 7,
  occupied: 8,
  hangup: 129,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

const BY_ERROR: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: EXIT.usage,
  INVALID_PATH: EXIT.usage,
  INVALID_URI: EXIT.usage,
  PATH_OUTSIDE_ROOT: EXIT.usage,
  SYNC_CONFLICT: EXIT.conflicts,
  NOT_FOUND: EXIT.notFound,
  PERMISSION_DENIED: EXIT.denied,
  UNAUTHENTICATED: EXIT.denied,
  READ_ONLY: EXIT.denied,
  ALREADY_EXISTS: EXIT.occupied,
  PRECONDITION_FAILED: EXIT.occupied,
};

export function exitCodeOf(error: { readonly code: ErrorCode; readonly retryable: boolean }): number {
  return BY_ERROR[error.code] ?? (error.retryable ? EXIT.tryAgain : EXIT.failed);
}

/** The exit code of several works, of which some may have failed. */
export function exitCodeOfAll(codes: readonly number[]): number {
  const [first = EXIT.ok] = codes;
  return codes.every((code) => code === first) ? first : EXIT.partly;
}
