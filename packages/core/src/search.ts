/**
 * Attributes that files can be filtered by: `path`, `name`, `directory` (`''` for the root), `extension` (lower case, no dot), `size`
 * (bytes), `modifiedAt` (milliseconds since 1970), `mediaType`, `tag` (one of those in its frontmatter).
 */
export const SEARCH_FILTER_KEYS = [
  'path',
  'name',
  'directory',
  'extension',
  'size',
  'modifiedAt',
  'mediaType',
  'tag',
] as const;
/** One of `SEARCH_FILTER_KEYS`. */
export type SearchFilterKey = (typeof SEARCH_FILTER_KEYS)[number];

/** How to compare an attribute of a file; the form vector stores use. */
export type SearchFilter<Key extends string = SearchFilterKey> =
  | {
      readonly type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly key: Key;
      readonly value: string | number | boolean;
    }
  | { readonly type: 'and' | 'or'; readonly filters: readonly SearchFilter<Key>[] };

/** Options of `search`. */
export interface SearchOptions {
  /** Results at most. Default 10. */
  readonly limit?: number | undefined;
  /** Only below this directory. */
  readonly path?: string | undefined;
  /** Only files that this filter lets through. */
  readonly filters?: SearchFilter | undefined;
}

/** A file that answers a query; results come best first. */
export interface SearchResult {
  /** The file that the passage stands in. */
  readonly path: string;
  /** 0 to 1, higher is nearer. */
  readonly score: number;
  /** The passage that matched. */
  readonly snippet: string;
  /** The line where the passage begins, from 1, where the backend knows it. */
  readonly line?: number | undefined;
  /** The heading that the passage stands under, where the backend knows. */
  readonly heading?: string | undefined;
}
