import { type FileBackend, isFileBackendError, type OperationOptions, subdirectory } from '@f9/core';
import { assertKnownOptions, backendError, forEachConcurrently, normalizePath, ROOT } from '@f9/core/driver';
import { wholeNumber } from '../lines/read-lines.ts';
import { type Matcher, matcherOf } from './matcher.ts';
import { searchableText } from './searchable-text.ts';

/** Files read at the same time. */
const CONCURRENCY = 16;
const DEFAULT_MAX_FILE_SIZE = 10 * 1024 * 1024;

const NAMES = [
  'path',
  'glob',
  'ignore',
  'dot',
  'ignoreCase',
  'context',
  'maxMatches',
  'maxPerFile',
  'maxFileSize',
  'timeLimit',
];

/** Options of `grep`: the files to look in, and the way to match. */
export interface GrepOptions extends OperationOptions {
  /** Look only in this directory, or this file. Default: everywhere. */
  readonly path?: string;
  /** Look only in files that match this pattern, as `glob` reads it, below `path`. Default: all, without those with a leading dot. */
  readonly glob?: string;
  /** Patterns of files to leave out. */
  readonly ignore?: readonly string[];
  /** Let `glob` match names with a leading dot. Default false. */
  readonly dot?: boolean;
  /** Ignore upper and lower case. Default false. */
  readonly ignoreCase?: boolean;
  /** Lines to give before and after each that matches. Default 0. */
  readonly context?: number;
  /** Most matching lines from all files; the rest is cut off. Default: no limit. */
  readonly maxMatches?: number;
  /** Most matching lines from one file; the rest of that file is cut off. Default: no limit. */
  readonly maxPerFile?: number;
  /** Most bytes of a file; larger ones are skipped and counted. Default 10 MiB. */
  readonly maxFileSize?: number;
  /**
   * Milliseconds that a regular expression may take for all files together, in a thread of its own; more is `INVALID_ARGUMENT`.
   * Default: no limit, in this thread.
   */
  readonly timeLimit?: number;
}

/** A line that matches. */
export interface GrepMatch {
  /** The file. */
  readonly path: string;
  /** Its number, from 1. */
  readonly line: number;
  /** The column of the first match in it, from 1, in UTF-16 units. */
  readonly column: number;
  /** The line without its ending. */
  readonly text: string;
  /** The lines before it. */
  readonly before: readonly string[];
  /** The lines after it. */
  readonly after: readonly string[];
}

/** The result of `grep`. */
export interface GrepResult {
  /** Matches by path, as `glob` sorts them, then by line. */
  readonly matches: readonly GrepMatch[];
  /** Number of files that were searched. */
  readonly searched: number;
  /** Numbers of files that were skipped. */
  readonly skipped: {
    readonly binary: number;
    readonly tooLarge: number;
    /** Files that could not be read, with the code of the error. */
    readonly failed: readonly { readonly path: string; readonly code: string }[];
  };
  /** Whether `maxMatches` or `maxPerFile` cut something off. */
  readonly truncated: boolean;
}

/**
 * Lines that hold a literal text, or within which a regular expression matches.
 * In files that are not UTF-8, bytes that cannot be decoded are replaced; UTF-16 is known by its BOM, and a file with a NUL byte is
 * binary. A regular expression that backtracks without end blocks the process: give `timeLimit` for one from an untrusted source.
 * @throws `NOT_FOUND` where `path` is not there, `INVALID_ARGUMENT` for an empty pattern
 */
export async function grep(
  vault: FileBackend,
  pattern: string | RegExp,
  options: GrepOptions = {},
): Promise<GrepResult> {
  await assertKnownOptions('grep', options, NAMES);
  const search = checked(pattern, options);
  await using _ = search.matcher;
  const files = await filesToSearch(vault, options);
  const results: (FileResult | undefined)[] = new Array(files.length);
  // Results come in any order; files behind those that have enough matches are not needed.
  let end = files.length;
  let complete = 0;
  let found = 0;
  await forEachConcurrently(files.keys(), CONCURRENCY, async (index) => {
    if (index >= end) return;
    results[index] = await searchFile(vault, files[index]!, search, options.signal);
    for (; complete < end && results[complete] !== undefined; complete++) {
      found += results[complete]!.matches.length;
      if (found > search.maxMatches) end = complete + 1;
    }
  });
  return summary(results.slice(0, end), search.maxMatches);
}

interface Search {
  readonly matcher: Matcher;
  readonly context: number;
  readonly maxMatches: number;
  readonly maxPerFile: number;
  readonly maxFileSize: number;
}

function checked(pattern: string | RegExp, options: GrepOptions): Search {
  const {
    context = 0,
    maxMatches = Number.POSITIVE_INFINITY,
    maxPerFile = Number.POSITIVE_INFINITY,
    maxFileSize = DEFAULT_MAX_FILE_SIZE,
    path = '/',
  } = options;
  if (pattern === '' || (typeof pattern !== 'string' && pattern.source === '(?:)')) {
    throw backendError('INVALID_ARGUMENT', 'The pattern is empty; every line would match', { path });
  }
  if (typeof pattern === 'string' && /[\r\n]/.test(pattern)) {
    throw backendError('INVALID_ARGUMENT', 'The pattern holds a line break; lines are searched one by one', {
      path,
    });
  }
  wholeNumber('context', context, 0, path);
  if (maxMatches !== Number.POSITIVE_INFINITY) wholeNumber('maxMatches', maxMatches, 1, path);
  if (maxPerFile !== Number.POSITIVE_INFINITY) wholeNumber('maxPerFile', maxPerFile, 1, path);
  wholeNumber('maxFileSize', maxFileSize, 0, path);
  if (options.timeLimit !== undefined) wholeNumber('timeLimit', options.timeLimit, 1, path);
  return {
    matcher: matcherOf(pattern, options.ignoreCase ?? false, options),
    context,
    maxMatches,
    maxPerFile,
    maxFileSize,
  };
}

interface FileToSearch {
  readonly path: string;
  readonly size: number | undefined;
}

async function filesToSearch(
  vault: FileBackend,
  { path = '/', glob = '**', dot = false, ignore, signal }: GrepOptions,
): Promise<readonly FileToSearch[]> {
  const base = normalizePath(path);
  if (base !== ROOT) {
    const { fileType, size } = await vault.info(base, { signal });
    if (fileType !== 'directory') return [{ path: base, size }];
  }
  const place = base === ROOT ? vault : subdirectory(vault, base);
  const found = await place.globInfo(glob, { dot, ignore, signal });
  return found.map((file) => ({ path: base === ROOT ? file.path : `${base}/${file.path}`, size: file.size }));
}

type FileResult =
  | { readonly kind: 'searched'; readonly matches: readonly GrepMatch[]; readonly truncated: boolean }
  | { readonly kind: 'binary' | 'too-large'; readonly matches: readonly [] }
  | { readonly kind: 'failed'; readonly path: string; readonly code: string; readonly matches: readonly [] };

async function searchFile(
  vault: FileBackend,
  { path, size }: FileToSearch,
  search: Search,
  signal: AbortSignal | undefined,
): Promise<FileResult> {
  if (size !== undefined && size > search.maxFileSize) return { kind: 'too-large', matches: [] };
  let bytes: Uint8Array;
  try {
    // A file of unknown size is not read whole to find out that it is too large.
    bytes = await vault.read(path, { signal, length: search.maxFileSize + 1 });
  } catch (error) {
    if (signal?.aborted === true || !isFileBackendError(error)) throw error;
    // Somebody may have removed the file since it was listed; a bad file does not hide the others.
    return { kind: 'failed', path, code: error.code, matches: [] };
  }
  if (bytes.length > search.maxFileSize) return { kind: 'too-large', matches: [] };
  const text = searchableText(bytes, search.matcher);
  if (text === 'binary') return { kind: 'binary', matches: [] };
  return await matchesIn(path, text, search);
}

async function matchesIn(path: string, text: string, search: Search): Promise<FileResult> {
  // A file may have millions, of which no more than `maxMatches` are given.
  const hits = await search.matcher.hits(text, Math.min(search.maxPerFile, search.maxMatches));
  const matches: GrepMatch[] = [];
  let line = 1;
  let counted = 0;
  for (const { start, end, column } of hits.slice(0, search.maxPerFile)) {
    line += lineBreaks(text, counted, start);
    counted = start;
    matches.push({
      path,
      line,
      column: column + 1,
      text: withoutReturn(text.slice(start, end)),
      before: linesBefore(text, start, search.context),
      after: linesAfter(text, end, search.context),
    });
  }
  return { kind: 'searched', matches, truncated: hits.length > search.maxPerFile };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function linesBefore(text: string, start: number, count: number): string[] {
  const lines: string[] = [];
  for (let end = start - 1; end >= 0 && lines.length < count; ) {
    const from = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
    lines.unshift(withoutReturn(text.slice(from, end)));
    end = from - 1;
  }
  return lines;
}

function linesAfter(text: string, end: number, count: number): string[] {
  const lines: string[] = [];
  for (let from = end + 1; from < text.length && lines.length < count; ) {
    const to = endOfLine(text, from);
    lines.push(withoutReturn(text.slice(from, to)));
    from = to + 1;
  }
  return lines;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function summary(results: readonly (FileResult | undefined)[], maxMatches: number): GrepResult {
  const matches: GrepMatch[] = [];
  const failed: { path: string; code: string }[] = [];
  const count = { searched: 0, binary: 0, 'too-large': 0, failed: 0 };
  let truncated = false;
  for (const result of results) {
    if (result === undefined) continue;
    count[result.kind]++;
    for (const match of result.matches) matches.push(match);
    if (result.kind === 'failed') failed.push({ path: result.path, code: result.code });
    if (result.kind === 'searched') truncated ||= result.truncated;
  }
  return {
    matches: matches.slice(0, maxMatches),
    searched: count.searched,
    skipped: { binary: count.binary, tooLarge: count['too-large'], failed },
    truncated: truncated || matches.length > maxMatches,
  };
}
