import { performance } from 'node:perf_hooks';
import { type FileBackend, isFileBackendError, type SyncFileBackend } from '@f9/core';
import {
  assertKnownOptions,
  type BackendPath,
  backendError,
  backendOf,
  forEachConcurrently,
  layer,
  SharedRun,
} from '@f9/core/driver';
import type { Embeds } from '../embeds.ts';
import type { SqliteIndexStore } from '../index-store/sqlite-index-store.ts';
import { type PassageRange, type ReadPassages, Searcher } from '../searcher.ts';
import type { Embedder } from '../vectors/embedder.ts';
import { Analyzer, type Stemmer } from '../words/analyzer.ts';
import { explainIndex, IndexFile } from './index-file.ts';
import { type RefreshProgress, type RefreshResult, refreshIndex } from './index-refresh.ts';
import { textOfFile } from './text-of-file.ts';

/** Options of `withSearch`. */
export interface WithSearchOptions {
  /** The file of the index, on this machine; it may be deleted at any time, and is then made again. `:memory:` keeps it in memory. */
  readonly path: string;
  /** The model for search by meaning. Default: words alone. */
  readonly embedder?: Embedder;
  /** The stemmer of the language that the texts are in. Default: English; words of other languages are found as they are. */
  readonly stemmer?: Stemmer;
  /** Milliseconds for which the index need not be compared with the vault again. Default 0: a search sees every finished write. */
  readonly maxStaleness?: number;
  /** Most bytes of a file that is indexed; a larger one is found only by its name. Default 16 MiB. */
  readonly maxFileSize?: number;
  /** Called while files are indexed, above all the first time. */
  readonly onProgress?: (progress: RefreshProgress) => void;
  /** Called where a query was answered by words alone because the model did not answer in time. */
  readonly onFallback?: (error: unknown) => void;
}

/** Operations of a vault with an index, beside the usual ones. */
export interface SearchIndexControls extends Embeds {
  /** Brings the index up to the vault, as every search does. */
  refreshIndex(options?: { readonly signal?: AbortSignal }): Promise<RefreshResult>;
}

/** Passages that are read at the same time. */
const CONCURRENCY = 8;
const DEFAULT_MAX_FILE_SIZE = 16 * 1024 * 1024;

/**
 * The same vault with search. An index beside it follows it by etags, whichever process writes. Disposing it closes the index and
 * leaves the vault open.
 *
 * @throws `UNSUPPORTED` on Node before 22.16; `INTEGRITY` where `path` is no index; `IO` where its folder is not there
 */
export function withSearch(
  vault: SyncFileBackend,
  options: WithSearchOptions,
): SyncFileBackend & SearchIndexControls;
export function withSearch(vault: FileBackend, options: WithSearchOptions): FileBackend & SearchIndexControls;
export function withSearch(
  vault: FileBackend,
  options: WithSearchOptions,
): FileBackend & SearchIndexControls {
  const { embedder, maxStaleness = 0, maxFileSize = DEFAULT_MAX_FILE_SIZE, onProgress, onFallback } = options;
  if (typeof options.path !== 'string' || options.path === '') {
    throw backendError('INVALID_ARGUMENT', 'withSearch needs the path of a file for its index');
  }
  const analyzer = new Analyzer(options.stemmer);
  const index = new IndexFile(options.path, { analyzer, embedderId: embedder?.id });
  const inner = vault.driver;
  const textAt = async ({ path, start, end }: PassageRange): Promise<string | undefined> => {
    const parts: Uint8Array[] = [];
    try {
      const range = { offset: start, length: end - start };
      for await (const part of inner.read(path as BackendPath, range)) parts.push(part);
    } catch (error) {
      // The file is gone, damaged or closed to us, and so not shown. A vault that does not answer is an error.
      if (isFileBackendError(error) && !error.retryable) return undefined;
      throw error;
    }
    return textOfFile(Buffer.concat(parts));
  };
  const read: ReadPassages = async (places) => {
    const texts: (string | undefined)[] = [];
    await forEachConcurrently([...places.entries()], CONCURRENCY, async ([at, place]) => {
      texts[at] = await textAt(place);
    });
    return texts;
  };
  const searcherOf = (store: SqliteIndexStore): Searcher =>
    new Searcher({
      store,
      analyzer,
      read,
      embedder,
      onFallback,
      change: async (body) => await index.change(body),
    });

  let freshUntil = Number.NEGATIVE_INFINITY;
  const refreshing = new SharedRun(async ({ signal }) => {
    const began = performance.now();
    try {
      const result = await refreshIndex(vault, index, { maxFileSize, signal, onProgress });
      freshUntil = began + maxStaleness;
      return result;
    } catch (error) {
      throw explainIndex(error);
    }
  });

  const driver = layer(inner, {
    get capabilities() {
      return { ...inner.capabilities, search: true };
    },
    search: async (query, { signal, ...wanted }) => {
      if (performance.now() >= freshUntil) await refreshing.joinNext(signal);
      const searcher = searcherOf(await index.store(signal));
      return await searcher.search(query, wanted, signal).catch((error: unknown) => {
        throw explainIndex(error);
      });
    },
    [Symbol.asyncDispose]: async () => {
      await refreshing.idle();
      index.close();
    },
  });
  const controls: SearchIndexControls = {
    embedderId: embedder?.id,
    refreshIndex: async (refresh = {}) => {
      await assertKnownOptions('refreshIndex', refresh, []);
      return await refreshing.joinNext(refresh.signal);
    },
    embedPending: async (embedding = {}) => {
      await assertKnownOptions('embedPending', embedding, ['onProgress']);
      await refreshing.joinNext(embedding.signal);
      return await searcherOf(await index.store(embedding.signal)).embedPending(embedding);
    },
    pendingEmbeddings: async () => (embedder === undefined ? 0 : (await index.store()).countPending()),
  };
  return Object.assign(backendOf(driver), controls);
}
