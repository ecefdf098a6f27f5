import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { backendError } from '@f9/core/driver';
import { explainSqlite, sqlite } from '@f9/search';

/** Options of `backup`. */
export interface BackupOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Pages copied in one step: others write in between. */
const STEP = 256;

/** @throws `ALREADY_EXISTS`, `NO_SPACE`, `signal.reason` */
export async function backupTo(
  database: DatabaseSync,
  path: string,
  { signal, onProgress }: BackupOptions,
): Promise<void> {
  if (existsSync(path))
    throw backendError('ALREADY_EXISTS', 'There is a file already where the backup was to go');
  try {
    await sqlite().backup(database, path, {
      rate: STEP,
      progress: ({ totalPages, remainingPages }) => {
        signal?.throwIfAborted();
        onProgress?.({ done: totalPages - remainingPages, total: totalPages });
      },
    });
  } catch (error) {
    throw explainSqlite(error, 'The backup');
  }
}
