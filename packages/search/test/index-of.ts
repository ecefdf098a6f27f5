import type { SearchFilter, SearchOptions, SearchResult } from '@f9/core';
import { Analyzer, Searcher, type SearcherOptions, SqliteIndexStore, sqlite } from '../src/index.ts';

/** An index over texts that are kept in a map. */
export interface TextIndex {
  readonly store: SqliteIndexStore;
  readonly searcher: Searcher;
  /** What the searcher was made with. */
  readonly options: SearcherOptions;
  put(path: string, text: string): void;
  paths(query: string, options?: SearchOptions): Promise<string[]>;
  search(query: string, options?: SearchOptions): Promise<SearchResult[]>;
}

export function indexOf(
  texts: Readonly<Record<string, string>>,
  { analyzer = new Analyzer(), ...options }: Partial<SearcherOptions> = {},
): TextIndex {
  const { DatabaseSync } = sqlite();
  const kept = new Map<string, string>();
  const store = new SqliteIndexStore(new DatabaseSync(':memory:'), {
    analyzer,
    embedderId: options.embedder?.id,
  });
  const made: SearcherOptions = {
    store,
    analyzer,
    read: async (places) =>
      places.map(({ path, start, end }) => {
        const text = kept.get(path);
        return text === undefined ? undefined : Buffer.from(text).subarray(start, end).toString();
      }),
    ...options,
  };
  const searcher = new Searcher(made);
  const put = (path: string, text: string): void => {
    kept.set(path, text);
    const size = Buffer.byteLength(text);
    store.put({
      path,
      version: String(size),
      text,
      attributes: { size, modifiedAt: size * 1000, mediaType: 'text/markdown' },
    });
  };
  for (const [path, text] of Object.entries(texts)) put(path, text);
  const search = (query: string, wanted: SearchOptions = {}): Promise<SearchResult[]> =>
    searcher.search(query, wanted);
  return {
    store,
    searcher,
    options: made,
    put,
    search,
    paths: async (query, wanted) => (await search(query, wanted)).map(({ path }) => path),
  };
}

export const eq = (key: string, value: string | number): SearchFilter =>
  ({ type: 'eq', key, value }) as SearchFilter;
