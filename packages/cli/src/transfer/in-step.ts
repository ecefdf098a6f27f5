import type { SyncFileBackend } from '@f9/core';
import type { Context } from '../context.ts';
import { remoteOf } from '../vaults/remote-of.ts';

/** The body of `pull`, `push` and `sync`. @param done the word for the finished work */
export async function inStep(
  context: Context,
  locations: readonly string[],
  done: string,
  work: (backend: SyncFileBackend) => Promise<void>,
): Promise<number> {
  return await context.each(locations, 'tree', async ({ backend, nameOf }) => {
    await work(remoteOf(backend));
    const root = nameOf('/');
    await context.output.item({ location: root, [done]: true }, `${done} ${root}`);
  });
}
