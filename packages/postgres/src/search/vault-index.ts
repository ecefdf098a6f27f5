import type { SearchOptions, SearchResult } from '@f9/core';
import type { BackendPath, DriverOptions } from '@f9/core/driver';
import { Analyzer, type EmbedPendingOptions, Searcher, textOfFile } from '@f9/search';
import { readRanges } from '../files/ranges.ts';
import type { ResolvedOptions } from '../options.ts';
import type { OpenVault } from '../vault/open-vault.ts';
import { catchUp } from './catch-up.ts';
import { documentOf } from './document.ts';
import { PostgresIndexStore } from './postgres-index-store.ts';
import { prepareVectors, type VectorSchema } from './vectors.ts';

/** The search index of a vault: words of every write, and vectors if there is a model. */
export class VaultIndex {
  readonly #vault: OpenVault;
  readonly #options: ResolvedOptions;
  readonly #analyzer: Analyzer;
  #vectors: VectorSchema | undefined;

  constructor(vault: OpenVault, options: ResolvedOptions) {
    this.#vault = vault;
    this.#options = options;
    this.#analyzer = new Analyzer(options.stemmer);
  }

  /** @throws `UNSUPPORTED` where there is a model but the server has no pgvector */
  async open(signal: AbortSignal | undefined): Promise<void> {
    const { embedder, vault } = this.#options;
    if (embedder === undefined) return;
    this.#vectors = await this.#vault.pool.run(
      (connection) => prepareVectors(connection, vault, embedder.id),
      { signal },
    );
  }

  /** The search index's part of a write. */
  documentOf(path: BackendPath, bytes: Uint8Array): object {
    return documentOf(path, bytes, this.#analyzer);
  }

  async search(
    query: string,
    { session, signal, ...wanted }: SearchOptions & DriverOptions,
  ): Promise<SearchResult[]> {
    await catchUp(this.#vault, this.#analyzer, { session, signal });
    return await this.#searcher({ session, signal }).search(query, wanted, signal);
  }

  /** Embeds passages that have no vector yet. @returns passages embedded */
  async embedPending(options: EmbedPendingOptions): Promise<number> {
    if (this.#vectors === undefined) return 0;
    await catchUp(this.#vault, this.#analyzer, { signal: options.signal });
    return await this.#searcher({ signal: options.signal }).embedPending(options);
  }

  /** Passages that wait for a vector; 0 without a model. */
  async pendingEmbeddings(): Promise<number> {
    return this.#vectors === undefined ? 0 : await this.#store({}).countPending();
  }

  #store(options: DriverOptions): PostgresIndexStore {
    return new PostgresIndexStore({
      vectors: this.#vectors,
      read: (text, values) => this.#vault.read(text, values, options),
      // Outside of any session, since this part of the index is for everyone and delays nobody: its statements are short, and an
      // embedding that was ended can still give its turn back.
      change: (text, values) => this.#vault.pool.query(text, values),
    });
  }

  #searcher(options: DriverOptions): Searcher {
    const { embedder, onFallback } = this.#options;
    return new Searcher({
      store: this.#store(options),
      analyzer: this.#analyzer,
      embedder,
      onFallback,
      read: async (places) => {
        const ranges = places.map(({ path, start, end }) => ({ path: path as BackendPath, start, end }));
        const read = await readRanges((text, values) => this.#vault.read(text, values, options), ranges);
        return read.map((bytes) => bytes && textOfFile(bytes));
      },
    });
  }
}
