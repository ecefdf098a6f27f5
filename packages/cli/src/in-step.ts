import { backendError, isFileBackendError, type SyncFileBackend } from '@f9/core';
import type { Context } from './context.ts';
import { remoteOf } from './remote-of.ts';

/** The body of `pull`, `push` and `sync`. @param done how the work is called when it is done */
export async function inStep(
  context: Context,
  locations: readonly string[],
  done: string,
  work: (backend: SyncFileBackend) => Promise<void>,
): Promise<number> {
  return await context.each(locations, 'tree', async ({ backend, nameOf }) => {
    const root = nameOf('/');
    await work(remoteOf(backend)).catch((error: unknown) => {
      if (!isFileBackendError(error, 'SYNC_CONFLICT')) throw error;
      throw backendError('SYNC_CONFLICT', `${error.message}; to see and settle them: f9 conflicts ${root}`, {
        ...(error.path === undefined ? {} : { path: error.path }),
        ...(error.operation === undefined ? {} : { operation: error.operation }),
      });
    });
    await context.output.item({ location: root, [done]: true }, `${done} ${root}`);
  });
}
