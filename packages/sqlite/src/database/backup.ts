import { existsSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { explainSqlite, sqlite } from '@f9/search';

/** Options of `backup`. */
export interface BackupOptions {
  /** Ends the backup; no half of one is left. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each step. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** Pages copied in one step; others may write in between. */
const STEP = 256;
/** Milliseconds for which a busy vault is tried again. */
const PATIENCE = 10_000;

/** @throws `ALREADY_EXISTS`, `NO_SPACE`, `signal.reason` */
export async function backupTo(
  database: DatabaseSync,
  path: string,
  { signal, onProgress }: BackupOptions,
): Promise<void> {
  if (existsSync(path))
    throw backendError('ALREADY_EXISTS', 'There is a file already where the backup was to go');
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await copyPages(database, path, { signal, onProgress });
    } catch (error) {
      const explained = explainSqlite(error, 'The backup');
      // A step that fails because others write at that moment makes the copy begin anew.
      rmSync(path, { force: true });
      const isInTheWay = isFileBackendError(explained, 'BUSY') || isNoError(error);
      if (!isInTheWay || performance.now() > deadline) throw explained;
      await sleep(20);
    }
  }
}

/** Whether an error tells of none: Node asks the copy what went wrong, which does not know when a writer of the vault was the cause. */
function isNoError(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 0;
}

async function copyPages(
  database: DatabaseSync,
  path: string,
  { signal, onProgress }: BackupOptions,
): Promise<void> {
  await sqlite().backup(database, path, {
    rate: STEP,
    progress: ({ totalPages, remainingPages }) => {
      signal?.throwIfAborted();
      onProgress?.({ done: totalPages - remainingPages, total: totalPages });
    },
  });
}
