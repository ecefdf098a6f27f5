import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchOptions, SearchResult } from '@f9/core';
import { untilAborted } from '@f9/core/driver';
import { type ChangeStore, inEmbeddingTurn } from './embedding-turn.ts';
import type { Hit, IndexStore, PendingPassage } from './index-store/index-store.ts';
import { embeddedText, passageHash } from './index-store/passage-hash.ts';
import { fuse, type Ranking } from './ranking/fuse.ts';
import { snippetOf } from './ranking/snippet.ts';
import type { Embedder } from './vectors/embedder.ts';
import type { Analyzer } from './words/analyzer.ts';
import { parseQuery } from './words/query.ts';

/** Milliseconds that a query waits for its own vector. */
const PATIENCE = 1000;
const DEFAULT_LIMIT = 10;
const DEFAULT_BATCH = 64;

/** The bytes of a passage as the vault has them now, as text; `undefined` where they are gone. */
export type ReadPassage = (path: string, start: number, end: number) => Promise<string | undefined>;

/** What a searcher works with. */
export interface SearcherOptions {
  /** Where the index is kept. */
  readonly store: IndexStore;
  /** What makes words of a text. */
  readonly analyzer: Analyzer;
  /** Gives the content of a file. */
  readonly read: ReadPassage;
  /** What makes vectors of passages; without one words alone count. */
  readonly embedder?: Embedder | undefined;
  /** Runs changes of the store, and waits for who else changes it. Default: at once. */
  readonly change?: ChangeStore;
  /** Told where a query was answered by words alone because its vector did not come. */
  readonly onFallback?: ((error: unknown) => void) | undefined;
}

/** How far an embedding of what is pending is. */
export interface EmbedProgress {
  /** Passages embedded so far in this run. */
  readonly done: number;
  /** Passages that still wait. */
  readonly pending: number;
}

/** Options of `embedPending`. */
export interface EmbedPendingOptions {
  /** Ends it; what was embedded is kept. */
  readonly signal?: AbortSignal;
  /** Told after each batch. */
  readonly onProgress?: (progress: EmbedProgress) => void;
}

/** Answers queries by words and, where there is a model, by meaning. */
export class Searcher {
  readonly #options: SearcherOptions;

  constructor(options: SearcherOptions) {
    this.#options = options;
  }

  /** Files that answer, best first, each with its best passage; a passage that is not what was indexed is not shown. */
  async search(text: string, options: SearchOptions, signal?: AbortSignal): Promise<SearchResult[]> {
    const { limit = DEFAULT_LIMIT, path = '', filters } = options;
    const { store, analyzer } = this.#options;
    const query = parseQuery(text, analyzer);
    const scope = { path, filters };
    const rankings = [store.match(query, scope)];
    const vector = await this.#vectorOf(text, signal);
    if (vector !== undefined) rankings.push(store.near(vector, scope));

    const best = new Map<string, Hit>();
    const byFile: Ranking<string>[] = rankings.map((hits) => {
      for (const hit of hits) if (!best.has(hit.path)) best.set(hit.path, hit);
      return { items: [...new Set(hits.map((hit) => hit.path))], weight: 1 };
    });
    // Two rankings only say what comes before what; how good the best of it is, the hits say.
    const level = Math.max(...rankings.map(([first]) => first?.score ?? 0));
    const results: SearchResult[] = [];
    for (const { item, score } of fuse(byFile)) {
      if (results.length === limit) break;
      signal?.throwIfAborted();
      const hit = best.get(item)!;
      const passage = await this.#textOf(hit);
      if (passage === undefined) continue;
      const snippet = snippetOf(passage, query);
      const heading = hit.headings.at(-1);
      results.push({
        path: item,
        score: vector === undefined ? hit.score : score * level,
        snippet: snippet.text,
        line: hit.line + snippet.lineOffset,
        ...(heading === undefined ? {} : { heading }),
      });
    }
    return results;
  }

  /**
   * Embeds every passage that has no vector yet, and keeps each batch as soon as it is there, so that it can be ended and gone on with.
   * Nobody who writes or searches waits for a model; who embeds too waits for its turn. @returns passages embedded
   */
  async embedPending(options: EmbedPendingOptions = {}): Promise<number> {
    const { store, embedder, change = async (body) => body() } = this.#options;
    if (embedder === undefined || store.countPending() === 0) return 0;
    return await inEmbeddingTurn({ store, change }, options.signal, () =>
      this.#embedAll(embedder, change, options),
    );
  }

  async #embedAll(
    embedder: Embedder,
    change: ChangeStore,
    { signal, onProgress }: EmbedPendingOptions,
  ): Promise<number> {
    const { store } = this.#options;
    const gone = new Set<string>();
    for (let done = 0; ; ) {
      signal?.throwIfAborted();
      const pending = store.pending(embedder.batch ?? DEFAULT_BATCH, gone);
      if (pending.length === 0) return done;
      const texts = new Map<string, string>();
      for (const passage of pending) {
        const text = await this.#textOf(passage);
        if (text === undefined) gone.add(passage.hash);
        else texts.set(passage.hash, embeddedText(passage.headings, text));
      }
      if (texts.size === 0) continue;
      const vectors = await embedder.embed([...texts.values()], { kind: 'document', signal });
      const made = new Map([...texts.keys()].map((hash, index) => [hash, vectors[index]!]));
      await change(() => store.keepVectors(made));
      done += texts.size;
      onProgress?.({ done, pending: store.countPending() });
    }
  }

  /** The vector of a query; `undefined` where there is no model, or it takes too long or fails: words answer then. */
  async #vectorOf(query: string, signal: AbortSignal | undefined): Promise<Float32Array | undefined> {
    const { embedder, onFallback } = this.#options;
    if (embedder === undefined) return undefined;
    const ended = new AbortController();
    const patience = sleep(PATIENCE, undefined, { signal: ended.signal }).then(
      () => ended.abort(new Error(`The model did not embed the query within ${PATIENCE} ms`)),
      () => undefined,
    );
    try {
      const both = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
      const [vector] = await untilAborted(embedder.embed([query], { kind: 'query', signal: both }), both);
      return vector;
    } catch (error) {
      signal?.throwIfAborted();
      onFallback?.(error);
      return undefined;
    } finally {
      ended.abort();
      await patience;
    }
  }

  async #textOf({ path, start, end, headings, hash }: PendingPassage): Promise<string | undefined> {
    if (start === end) return '';
    const text = await this.#options.read(path, start, end);
    return text !== undefined && passageHash(headings, text) === hash ? text : undefined;
  }
}
