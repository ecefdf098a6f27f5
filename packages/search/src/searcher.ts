import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchOptions, SearchResult } from '@f9/core';
import { assertFilter, untilAborted } from '@f9/core/driver';
import { type ChangeStore, inEmbeddingTurn } from './embedding-turn.ts';
import type { Hit, IndexStore, PendingPassage } from './index-store/index-store.ts';
import { embeddedText, passageHash } from './index-store/passage-hash.ts';
import { answersOfFiles } from './ranking/answers-of-files.ts';
import { fuse, type Ranking } from './ranking/fuse.ts';
import { snippetOf } from './ranking/snippet.ts';
import type { Embedder } from './vectors/embedder.ts';
import type { Analyzer } from './words/analyzer.ts';
import { parseQuery, type Query } from './words/query.ts';

/** Milliseconds that a query waits for its own vector. */
const PATIENCE = 1000;
const DEFAULT_LIMIT = 10;
const DEFAULT_BATCH = 64;

/** The place of a passage: byte offsets into a file, the end exclusive. */
export type PassageRange = Pick<PendingPassage, 'path' | 'start' | 'end'>;

/** Reads the present text of passages; `undefined` where one is gone. */
export type ReadPassages = (places: readonly PassageRange[]) => Promise<readonly (string | undefined)[]>;

/** The parts of a searcher. */
export interface SearcherOptions {
  /** The index. */
  readonly store: IndexStore;
  /** Makes the words of texts and queries. */
  readonly analyzer: Analyzer;
  /** Reads passages of files. */
  readonly read: ReadPassages;
  /** Makes vectors; without it only words count. */
  readonly embedder?: Embedder | undefined;
  /** Runs changes of the store, and waits for others who change it. Default: runs them at once. */
  readonly change?: ChangeStore;
  /** Called where a query was answered by words alone because its vector did not come. */
  readonly onFallback?: ((error: unknown) => void) | undefined;
}

/** The progress of `embedPending`. */
export interface EmbedProgress {
  /** Passages embedded so far in this run. */
  readonly done: number;
  /** Passages that still wait for a vector. */
  readonly pending: number;
}

/** Options of `embedPending`. */
export interface EmbedPendingOptions {
  /** Ends it; vectors that were made are kept. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  readonly onProgress?: (progress: EmbedProgress) => void;
}

/** Answers queries by words and, where there is a model, by meaning. */
export class Searcher {
  readonly #options: SearcherOptions;

  constructor(options: SearcherOptions) {
    this.#options = options;
  }

  /** Files that answer, best first, each with its best passage; a passage that has changed since it was indexed is not shown. */
  async search(text: string, options: SearchOptions, signal?: AbortSignal): Promise<SearchResult[]> {
    const { limit = DEFAULT_LIMIT, path = '', filters } = options;
    if (filters !== undefined) await assertFilter(filters);
    const { store, analyzer } = this.#options;
    const query = parseQuery(text, analyzer);
    const scope = { path, filters };
    const rankings = [answersOfFiles(await store.match(query, scope))];
    const vector = await this.#vectorOf(text, signal);
    if (vector !== undefined) rankings.push([...(await store.near(vector, scope))]);

    const best = new Map<string, Hit>();
    const byFile: Ranking<string>[] = rankings.map((hits) => {
      for (const hit of hits) if (!best.has(hit.path)) best.set(hit.path, hit);
      return { items: [...new Set(hits.map((hit) => hit.path))], weight: 1 };
    });
    // Two rankings give only an order; the scores of the hits tell how good the best is.
    const level = Math.max(...rankings.map(([first]) => first?.score ?? 0));
    const ranked = fuse(byFile);
    const results: SearchResult[] = [];
    for (let from = 0; from < ranked.length && results.length < limit; ) {
      signal?.throwIfAborted();
      const next = ranked.slice(from, from + limit - results.length);
      from += next.length;
      const hits = next.map(({ item }) => best.get(item)!);
      const texts = await this.#textsOf(hits);
      for (const [at, hit] of hits.entries()) {
        const text = texts[at];
        if (text === undefined) continue;
        const score = vector === undefined ? hit.score : next[at]!.score * level;
        results.push(resultOf(hit, text, query, score));
      }
    }
    return results;
  }

  /**
   * Embeds every passage that has no vector yet. Each batch is kept at once, so that a run can be ended and the next goes on. Nobody
   * who writes or searches waits for a model; others who embed wait for their turn. @returns passages embedded
   */
  async embedPending(options: EmbedPendingOptions = {}): Promise<number> {
    const { store, embedder, change = async (body) => body() } = this.#options;
    if (embedder === undefined || (await store.countPending()) === 0) return 0;
    return await inEmbeddingTurn({ store, change }, options.signal, async () => {
      const embedded = await this.#embedAll(embedder, change, options);
      await change(() => store.forgetUnusedVectors());
      return embedded;
    });
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
      const pending = await store.pending(embedder.batch ?? DEFAULT_BATCH, gone);
      if (pending.length === 0) return done;
      const texts = new Map<string, string>();
      const found = await this.#textsOf(pending);
      for (const [at, passage] of pending.entries()) {
        const text = found[at];
        if (text === undefined) gone.add(passage.hash);
        else texts.set(passage.hash, embeddedText(passage.headings, text));
      }
      if (texts.size === 0) continue;
      const vectors = await embedder.embed([...texts.values()], { kind: 'document', signal });
      const made = new Map([...texts.keys()].map((hash, index) => [hash, vectors[index]!]));
      await change(() => store.keepVectors(made));
      done += texts.size;
      onProgress?.({ done, pending: await store.countPending() });
    }
  }

  /** The vector of a query; `undefined` without a model, or where it fails or takes too long, so that words alone answer. */
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

  /** Texts of passages, each only if it is still the one that was indexed. */
  async #textsOf(passages: readonly PendingPassage[]): Promise<(string | undefined)[]> {
    const there = passages.filter(({ start, end }) => start < end);
    const texts = new Map<PendingPassage, string | undefined>();
    const read = there.length === 0 ? [] : await this.#options.read(there);
    for (const [at, passage] of there.entries()) texts.set(passage, read[at]);
    return passages.map((passage) => {
      if (passage.start === passage.end) return '';
      const text = texts.get(passage);
      return text !== undefined && passageHash(passage.headings, text) === passage.hash ? text : undefined;
    });
  }
}

function resultOf({ path, line, headings }: Hit, text: string, query: Query, score: number): SearchResult {
  const snippet = snippetOf(text, query);
  const heading = headings.at(-1);
  return {
    path,
    score,
    snippet: snippet.text,
    line: line + snippet.lineOffset,
    ...(heading === undefined ? {} : { heading }),
  };
}
