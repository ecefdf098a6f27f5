import { type FileBackend, isSyncFileBackend } from '@f9/core';

/**
 * Runs `body` as one change: where the vault has a remote, everything is published together, as its settings say, and only on
 * success.
 */
export async function asOneChange<T>(
  backend: FileBackend,
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T> {
  return isSyncFileBackend(backend) ? await backend.syncSession(body, { signal }) : await body();
}
