import type { SearchFilter, SearchOptions, SearchResult } from '@f9/core';
import { type BackendPath, isWithin, ROOT } from '@f9/core/driver';
import type { Call } from '../service/call.ts';
import type { FoundFile, SearchRequest, Service } from '../service/service.ts';
import { directoryValue, MARK, TEXT_MARKS } from './attributes.ts';
import type { EntryTree } from './entry-tree.ts';

type Filter = NonNullable<SearchRequest['filters']>;

const DEFAULT_LIMIT = 10;
/** Results in one answer of the service, the most there may be. */
const MAX_RESULTS = 50;
/** Directories named in one request. */
const MAX_DIRECTORIES = 100;

/**
 * The files whose text answers the query, best first. The service searches passages, and for a while old ones, so it is asked for more
 * than is wanted.
 */
export async function searchFiles(
  service: Service,
  tree: EntryTree,
  query: string,
  { limit = DEFAULT_LIMIT, path, filters }: SearchOptions,
  call: Call,
): Promise<SearchResult[]> {
  const below = (path ?? ROOT) as BackendPath;
  const best = new Map<string, SearchResult>();
  for (const places of directoryFilters(tree, below)) {
    const request: SearchRequest = {
      query,
      max_num_results: MAX_RESULTS,
      filters: { type: 'and', filters: [textOnly, ...places, ...(filters === undefined ? [] : [filters])] },
    };
    for (const found of await service.search(request, call)) {
      const result = resultOf(found, tree);
      if (result === undefined || !isWithin(result.path, below)) continue;
      const known = best.get(result.path);
      if (known === undefined || known.score < result.score) best.set(result.path, result);
    }
  }
  return [...best.values()].sort((a, b) => b.score - a.score).slice(0, limit);
}

const textOnly: Filter = {
  type: 'or',
  filters: TEXT_MARKS.map((mark) => ({ type: 'eq', key: MARK, value: mark }) satisfies SearchFilter<string>),
};

/** One list of filters per request: the service cannot tell what lies below a directory, but what lies directly in some. */
function directoryFilters(tree: EntryTree, below: BackendPath): Filter[][] {
  if (below === ROOT) return [[]];
  const equals = [...tree.directoriesOfFiles(below)].map(
    (directory) =>
      ({ type: 'eq', key: 'directory', value: directoryValue(directory) }) satisfies SearchFilter,
  );
  const requests: Filter[][] = [];
  for (let i = 0; i < equals.length; i += MAX_DIRECTORIES) {
    requests.push([{ type: 'or', filters: equals.slice(i, i + MAX_DIRECTORIES) }]);
  }
  return requests;
}

/** What was found, under the path its file has now; nothing where the file is gone or is another version by now. */
function resultOf({ file_id, score, content }: FoundFile, tree: EntryTree): SearchResult | undefined {
  const entry = tree.entry(file_id);
  const file = entry === undefined ? undefined : tree.currentFile(entry.writeId);
  if (file === undefined) return undefined;
  return { path: file.path, score, snippet: content.map(({ text }) => text).join('\n') };
}
