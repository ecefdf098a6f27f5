import type OpenAI from 'openai';
import { invalid } from '../state/api-error.ts';
import type { AttachedFile } from '../state/attached-file.ts';
import { slices } from '../state/parsed-content.ts';
import type { ApiCall } from './api-call.ts';
import { attributeFilter } from './attribute-filter.ts';
import { rank } from './bm25.ts';
import { inRange, oneOf, requiredInteger, stringList, wrongType } from './validation.ts';

const CHARACTERS_PER_TOKEN = 4;

export interface SearchPage {
  object: 'vector_store.search_results.page';
  search_query: string[];
  data: OpenAI.VectorStoreSearchResponse[];
  has_more: boolean;
  next_page: string | null;
}

/** Ranks the chunks of a store's files by the words they share with the query, where the real service ranks them by meaning. */
export function search({ service, ids, body }: ApiCall): SearchPage {
  const store = service.usableStore(ids.store);
  const request = body.json();
  const queries = readQuery(request.query);
  const matches = attributeFilter(request.filters);
  const limit =
    request.max_num_results === undefined ? 10 : requiredInteger(request, 'max_num_results', 1, 50);
  const threshold = readThreshold(request.ranking_options);
  store.touch();

  const stale = service.unkind.staleSearch;
  const chunks = [...store.entries]
    .filter((entry) => isSearchable(entry, stale) && !service.files.isGone(entry.file))
    .map((entry) => ({ entry, attributes: searchedAttributes(entry, stale) }))
    .filter(({ attributes }) => matches(attributes))
    .flatMap(({ entry, attributes }) => chunksOf(entry).map((text) => ({ entry, attributes, text })));
  const data = rank(queries.join(' '), chunks, (chunk) => chunk.text)
    .filter(({ score }) => score >= threshold)
    .slice(0, limit)
    .map(({ item, score }) => ({
      file_id: item.entry.id,
      filename: item.entry.file.filename,
      score,
      attributes: item.attributes,
      content: [{ type: 'text' as const, text: item.text }],
    }));
  return {
    object: 'vector_store.search_results.page',
    search_query: queries,
    data,
    has_more: false,
    next_page: null,
  };
}

function isSearchable(entry: AttachedFile, stale: boolean): boolean {
  if (entry.detached !== undefined && !(stale && entry.detached.pending)) return false;
  return entry.status === 'completed';
}

function searchedAttributes(entry: AttachedFile, stale: boolean): AttachedFile['attributes'] {
  return stale && entry.outdated?.settling.pending ? entry.outdated.attributes : entry.attributes;
}

function chunksOf(entry: AttachedFile): string[] {
  const { size, overlap } = entry.chunking;
  return slices(entry.text, size * CHARACTERS_PER_TOKEN, overlap * CHARACTERS_PER_TOKEN);
}

function readQuery(value: unknown): string[] {
  const queries = Array.isArray(value) ? stringList(value, 'query', 100) : [value];
  return queries.map((query) => {
    if (typeof query !== 'string') throw wrongType('query', 'a string', query);
    if (query.trim() === '') throw invalid("Invalid 'query': empty string.", 'query', 'empty_string');
    return query;
  });
}

function readThreshold(value: unknown): number {
  if (value === undefined || value === null) return 0;
  const options = value as Record<string, unknown>;
  if (options.ranker !== undefined) {
    oneOf(options.ranker, 'ranking_options.ranker', ['none', 'auto', 'default-2024-11-15']);
  }
  const threshold = options.score_threshold ?? 0;
  if (typeof threshold !== 'number') {
    throw wrongType('ranking_options.score_threshold', 'a number', threshold);
  }
  return inRange(threshold, 'ranking_options.score_threshold', 0, 1);
}
