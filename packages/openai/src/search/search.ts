import type { SearchOptions, SearchResult } from '@f9/core';
import { type BackendPath, forEachConcurrently, isWithin, ROOT } from '@f9/core/driver';
import type { FileReader } from '../bytes/file-reader.ts';
import { directoryValue, encodeEntry, MARK, TEXT_MARKS } from '../entries/attributes.ts';
import type { FileEntry } from '../entries/entry.ts';
import type { EntryTree } from '../entries/entry-tree.ts';
import type { Call } from '../service/call.ts';
import type { FoundFile, SearchRequest, Service } from '../service/service.ts';
import { fileFilter } from './file-filter.ts';
import { placeOf } from './passage-place.ts';
import { readUntoldTags } from './untold-tags.ts';

type Filter = NonNullable<SearchRequest['filters']>;

const DEFAULT_LIMIT = 10;
/** Results in one answer of the service, the most it gives. */
const MAX_RESULTS = 50;
/** Requests at the same time. */
const AT_ONCE = 8;
/** Most directories or Files named in one request. */
const MAX_NAMED = 100;
/** Most files that are named at once; for more the service is first asked by directory, and unwanted results are dropped. */
const MAX_EXACT = 500;

/**
 * The files whose text answers the query, best first. The service finds passages, and for a while old ones, so it is asked for more
 * than are wanted.
 */
export async function searchFiles(
  service: Service,
  tree: EntryTree,
  reader: FileReader,
  query: string,
  { limit = DEFAULT_LIMIT, path, filters }: SearchOptions,
  call: Call,
): Promise<SearchResult[]> {
  const below = (path ?? ROOT) as BackendPath;
  const all = filters === undefined ? [] : tree.filesBelow(below);
  const isWanted =
    filters === undefined
      ? () => true
      : fileFilter(filters, await readUntoldTags(filters, all, reader, call));
  const files = filters === undefined ? undefined : all.filter(isWanted);
  const best = new Map<FileEntry, Passage>();
  /** Whether the service has found more than it told. */
  const ask = async (requests: readonly Filter[][]): Promise<boolean> => {
    let isCut = false;
    await forEachConcurrently(requests, AT_ONCE, async (places) => {
      const request: SearchRequest = {
        query,
        max_num_results: MAX_RESULTS,
        filters: { type: 'and', filters: [textOnly, ...places] },
      };
      const results = await service.search(request, call);
      isCut ||= results.length >= MAX_RESULTS;
      for (const found of results) {
        const file = fileOf(found, tree);
        if (file === undefined || !isWithin(file.path, below) || !isWanted(file)) continue;
        const known = best.get(file);
        if (known === undefined || known.score < found.score) best.set(file, passageOf(found));
      }
    });
    return isCut;
  };
  if (files !== undefined && files.length <= MAX_EXACT) await ask(byName(files, tree));
  // Better answers that are not wanted may have left no place for those that are.
  else if ((await ask(byDirectory(tree, below))) && best.size < limit && files !== undefined)
    await ask(byName(files, tree));
  const sorted = [...best].sort(([, a], [, b]) => b.score - a.score).slice(0, limit);
  return await Promise.all(
    sorted.map(async ([file, passage]) => ({
      path: file.path,
      ...passage,
      ...(await placeOf(file, passage.snippet, call)),
    })),
  );
}

type Passage = Pick<SearchResult, 'score' | 'snippet'>;

const textOnly: Filter = anyOf(MARK, TEXT_MARKS);

// Filters, one list per request. The service cannot tell what lies below a directory or which file a passage belongs to, only what
// lies directly in some directories and which Files these are.

function byName(files: readonly FileEntry[], tree: EntryTree): Filter[][] {
  return inRequests(
    'version',
    files.flatMap((file) => versionsOf(file, tree)),
  );
}

function byDirectory(tree: EntryTree, below: BackendPath): Filter[][] {
  if (below === ROOT) return [[]];
  return inRequests('directory', [...tree.directoriesOfFiles(below)].map(directoryValue));
}

/** The values of `version` that only the head and the passages of a file have. */
function versionsOf(file: FileEntry, tree: EntryTree): string[] {
  const passages = tree.pieces(file.writeId).filter(({ kind }) => kind === 'passage');
  return [file, ...passages].map((entry) => String(encodeEntry(entry).version));
}

function inRequests(key: string, values: readonly string[]): Filter[][] {
  const requests: Filter[][] = [];
  for (let i = 0; i < values.length; i += MAX_NAMED) {
    requests.push([anyOf(key, values.slice(i, i + MAX_NAMED))]);
  }
  return requests;
}

function anyOf(key: string, values: readonly string[]): Filter {
  return { type: 'or', filters: values.map((value) => ({ type: 'eq', key, value }) as const) };
}

/** The file that was found, in its current version; `undefined` where it is gone or was replaced. */
function fileOf({ file_id }: FoundFile, tree: EntryTree): FileEntry | undefined {
  const entry = tree.entry(file_id);
  return entry === undefined ? undefined : tree.currentFile(entry.writeId);
}

function passageOf({ score, content }: FoundFile): Passage {
  return {
    score: Math.min(Math.max(score, 0), 1),
    snippet: content.map(({ text }) => text).join('\n'),
  };
}
