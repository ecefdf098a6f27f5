import { setImmediate } from 'node:timers/promises';
import { type FileBackend, type FileInfo, isFileBackendError, mediaType } from '@f9/core';
import { forEachConcurrently } from '@f9/core/driver';
import type { PreparedDocument } from '../index-store/prepared-document.ts';
import type { SqliteIndexStore } from '../index-store/sqlite-index-store.ts';
import type { IndexFile } from './index-file.ts';
import { textOfFile } from './text-of-file.ts';

/** Files of one transaction, for which others wait. */
const BATCH = 200;
const CONCURRENCY = 16;

/** The progress of an index that catches up with its vault. */
export interface RefreshProgress {
  /** Files that were looked at. */
  readonly done: number;
  /** Files that were changed since they were indexed. */
  readonly total: number;
}

/** The result of a refresh. */
export interface RefreshResult {
  /** Files that were indexed. */
  readonly indexed: number;
  /** Files that are gone, and were removed. */
  readonly removed: number;
  /** Files whose index was up to date. */
  readonly unchanged: number;
}

/** Brings an index up to date with its vault: files with another etag are read and indexed again, files that are gone are removed. */
export async function refreshIndex(
  vault: FileBackend,
  index: IndexFile,
  {
    maxFileSize,
    signal,
    onProgress,
  }: {
    readonly maxFileSize: number;
    readonly signal: AbortSignal;
    readonly onProgress?: ((progress: RefreshProgress) => void) | undefined;
  },
): Promise<RefreshResult> {
  const store = await index.store(signal);
  const known = new Map(store.known());
  const changed: FileInfo[] = [];
  let unchanged = 0;
  for await (const info of vault.list('/', { recursive: true, etags: true, signal })) {
    if (info.fileType !== 'file') continue;
    // A file without an etag is read again each time, which is slow but never wrong.
    if (info.etag !== undefined && known.get(info.path) === info.etag) unchanged++;
    else changed.push(info);
    known.delete(info.path);
  }
  for (let from = 0; from < changed.length; from += BATCH) {
    // Files are read and taken apart first, so that no lock is held meanwhile.
    const documents = await prepareAll(vault, store, changed.slice(from, from + BATCH), maxFileSize, signal);
    signal.throwIfAborted();
    await index.change(() => {
      for (const document of documents) store.putPrepared(document);
    }, signal);
    onProgress?.({ done: Math.min(from + BATCH, changed.length), total: changed.length });
  }
  if (known.size > 0) {
    await index.change(() => {
      for (const path of known.keys()) store.remove(path);
    }, signal);
  }
  // The first time, above all.
  if (changed.length > unchanged) await index.compact(signal);
  return { indexed: changed.length, removed: known.size, unchanged };
}

async function prepareAll(
  vault: FileBackend,
  store: SqliteIndexStore,
  infos: readonly FileInfo[],
  maxFileSize: number,
  signal: AbortSignal,
): Promise<PreparedDocument[]> {
  const documents: PreparedDocument[] = [];
  await forEachConcurrently(infos, CONCURRENCY, async (info) => {
    const { path, etag, size, modifiedAt } = info;
    let text: string | undefined;
    try {
      if (size === undefined || size <= maxFileSize) text = textOfFile(await vault.read(path, { signal }));
    } catch (error) {
      if (signal.aborted || !isFileBackendError(error)) throw error;
      // The file is gone since it was listed, or cannot be read: the next refresh sees what became of it.
      if (error.code === 'NOT_FOUND') return;
    }
    documents.push(
      store.prepare({
        path,
        // If the etag is older than the bytes, the file is only indexed once more.
        version: etag ?? '',
        text,
        attributes: { size, modifiedAt: modifiedAt?.getTime(), mediaType: mediaType(path) },
      }),
    );
    // Other work waits for the event loop as well.
    await setImmediate();
  });
  return documents;
}
