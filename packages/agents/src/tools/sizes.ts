import { type FileBackend, type FileInfo, isFileBackendError, type OperationOptions } from '@f9/core';
import { forEachConcurrently } from '@f9/core/driver';

/** Files asked for at the same time. */
const CONCURRENCY = 16;

export type SizedEntry = Pick<FileInfo, 'path' | 'isDir' | 'size'>;

/** Asks for sizes that a listing does not know; a file that is gone by then stays without one. */
export async function withSizes(
  vault: FileBackend,
  entries: readonly SizedEntry[],
  options: OperationOptions = {},
): Promise<SizedEntry[]> {
  const sized = [...entries];
  await forEachConcurrently(sized.keys(), CONCURRENCY, async (index) => {
    const { path, isDir, size } = sized[index]!;
    if (isDir || size !== undefined) return;
    try {
      sized[index] = await vault.info(path, options);
    } catch (error) {
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
    }
  });
  return sized;
}
