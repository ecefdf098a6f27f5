/** How to compare an attribute of a file; the form vector stores use. */
export type SearchFilter =
  | {
      readonly type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly key: string;
      readonly value: string | number | boolean;
    }
  | { readonly type: 'and' | 'or'; readonly filters: readonly SearchFilter[] };

/** Options of `search`. */
export interface SearchOptions {
  /** Results at most. Default 10. */
  readonly limit?: number;
  /** Only below this directory. */
  readonly path?: string;
  readonly filters?: SearchFilter;
}

/** One file that answers a query, best first. */
export interface SearchResult {
  readonly path: string;
  /** 0 to 1, higher is nearer. */
  readonly score: number;
  /** The passage that matched. */
  readonly snippet: string;
}
