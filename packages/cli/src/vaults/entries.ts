import { isFileBackendError, type ListedInfo, type OperationOptions } from '@f9/core';
import { forEachConcurrently } from '@f9/core/driver';
import type { Place } from './vaults.ts';

export interface Entry {
  readonly info: ListedInfo;
  /** The path relative to the directory that was asked for; the base name for a file. */
  readonly name: string;
}

/** The entries of a directory; a file is its own only entry. */
export async function* entriesAt(
  { backend, path }: Pick<Place, 'backend' | 'path'>,
  { recursive, ...options }: { readonly recursive: boolean } & OperationOptions,
): AsyncIterable<Entry> {
  const info = await backend.info(path, options);
  if (!info.isDir) {
    yield { info, name: info.path.slice(info.path.lastIndexOf('/') + 1) };
    return;
  }
  const prefix = path === '/' ? 0 : info.path.length + 1;
  for await (const entry of backend.list(path, { ...options, recursive })) {
    yield { info: entry, name: entry.path.slice(prefix) };
  }
}

/** Files asked about at the same time. */
const CONCURRENCY = 16;
/** Entries whose details are asked for together. */
const BATCH = 256;

/** The same entries with all that is known of each, since listings hold only what needs no request. */
export async function* withDetails(
  { backend }: Pick<Place, 'backend'>,
  entries: AsyncIterable<Entry>,
  options: OperationOptions,
): AsyncIterable<Entry> {
  let batch: Entry[] = [];
  const ask = async (): Promise<Entry[]> => {
    const asked = [...batch];
    await forEachConcurrently(asked.entries(), CONCURRENCY, async ([i, { info, name }]) => {
      // Asking would follow the symlink.
      if (info.fileType === 'symlink') return;
      try {
        asked[i] = { name, info: await backend.info(info.path, options) };
      } catch (error) {
        // The file may be gone, or not readable: its name is still an entry of the directory.
        if (!isFileBackendError(error)) throw error;
      }
    });
    return asked;
  };
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield* await ask();
    batch = [];
  }
  yield* await ask();
}
