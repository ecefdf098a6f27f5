import type { ByteRange, FileBackend, OperationOptions, SyncFileBackend, SyncSession } from '../backend.ts';
import { backendError } from '../errors.ts';
import { SEARCH_FILTER_KEYS, type SearchFilter } from '../search.ts';

type Operation =
  | Exclude<keyof FileBackend, 'name' | 'capabilities' | 'driver' | 'close' | symbol>
  | Exclude<keyof SyncFileBackend, keyof FileBackend>
  | Exclude<keyof SyncSession, keyof FileBackend | 'version'>
  | 'open'
  | 'mirror'
  | 'compareVaults';

/** Options of every comparison of two vaults. */
const COMPARED = ['glob', 'ignore', 'ignoreFiles', 'filter', 'compare', 'pull', 'concurrency', 'onProgress'];

/** Options that protect, each with the advice for one that is given as `undefined`. */
const PROTECTING: Readonly<Record<string, string>> = {
  ifMatch: 'give an etag (list gives them with etags: true)',
  maxDelete: 'give a number of files, or a part of them such as "10%"',
  backup: 'give a vault',
};

/** Names of the options that each operation knows beside `signal`. */
const KNOWN_OPTIONS: Readonly<Record<Operation, readonly string[]>> = {
  open: [],
  create: ['data', 'isDirectory', 'overwrite', 'ifMatch', 'permissions'],
  read: ['offset', 'length', 'binary', 'version'],
  update: ['data', 'append', 'create', 'ifMatch', 'permissions'],
  edit: ['ifMatch'],
  delete: ['recursive', 'ifMatch'],
  info: ['checksum', 'detectEncoding'],
  exists: [],
  list: ['recursive', 'maxDepth', 'etags', 'onSkipped'],
  copy: ['overwrite', 'ifMatch'],
  move: ['overwrite', 'ifMatch'],
  streamRead: ['offset', 'length', 'chunkSize', 'binary', 'version'],
  streamWrite: ['chunkSource', 'chunkSize', 'overwrite', 'ifMatch', 'permissions'],
  checksum: ['algorithm'],
  checksumMany: ['algorithm', 'concurrency'],
  glob: ['dot', 'ignore', 'includeDirs'],
  globFiles: ['dot', 'ignore'],
  globDirs: ['dot', 'ignore'],
  globInfo: ['dot', 'ignore', 'includeDirs'],
  search: ['limit', 'path', 'filters'],
  history: ['limit', 'followRenames'],
  restore: ['version', 'ifMatch'],
  watch: ['interval', 'onReady'],
  changesSince: [],
  syncSession: ['timeout', 'pull', 'push'],
  commit: ['message'],
  push: ['message'],
  pull: [],
  sync: ['message'],
  conflictReport: [],
  conflictAcceptLocal: [],
  conflictAcceptRemote: [],
  conflictKeepBoth: [],
  conflictResolve: ['data'],
  compareVaults: COMPARED,
  mirror: [...COMPARED, 'prune', 'maxDelete', 'backup', 'dryRun'],
};

/** Names that each operation knows, and whether they protect, in one map: a call costs one look for each name given. */
const known = new Map(Object.entries(KNOWN_OPTIONS).map(([operation, names]) => [operation, namesOf(names)]));

function namesOf(names: readonly string[]): ReadonlyMap<string, boolean> {
  return new Map(['signal', ...names].map((name) => [name, name in PROTECTING]));
}

/**
 * The error in options, if there is one. A name that is not known, or that protects nothing, would otherwise be ignored, and so would
 * content in place of options.
 */
export function refusalOf(
  operation: string,
  options: unknown,
  own: readonly string[] = [],
): Promise<Error> | Error | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null || ArrayBuffer.isView(options)) {
    return invalid(`options must be an object, not ${show(options)}`);
  }
  const names = known.get(operation) ?? namesOf(own);
  for (const name in options) {
    const protects = names.get(name);
    if (protects === undefined) {
      return unknownName(`option of ${operation}`, name, [...names.keys()]);
    }
    if (protects === true && (options as Record<string, unknown>)[name] === undefined) {
      return invalid(
        `${name} is undefined, which protects nothing: ${PROTECTING[name]}, or leave ${name} out`,
      );
    }
  }
  const { signal } = options as OperationOptions;
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    return invalid('signal must be an AbortSignal');
  }
  return undefined;
}

/**
 * Refuses options that a function over vaults does not know, as operations do.
 *
 * @param names of the options beside `signal`
 * @throws `INVALID_ARGUMENT`, with the closest name
 */
export async function assertKnownOptions(
  operation: string,
  options: unknown,
  names: readonly string[],
): Promise<void> {
  const refusal = refusalOf(operation, options, names);
  if (refusal !== undefined) throw await refusal;
}

/** @throws `INVALID_ARGUMENT` */
export function assertPositiveInteger(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
    throw invalid(`${name} must be a positive integer, not ${show(value)}`);
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertTimeout(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw invalid(`${name} must be a number of milliseconds, 0 or more, not ${show(value)}`);
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw invalid(`${name} must be a function, not ${show(value)}`);
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertVersion(version: string | undefined): void {
  if (version !== undefined && (typeof version !== 'string' || version === '')) {
    throw invalid('version must be one that history names, a string');
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertPermissions(permissions: number | undefined): void {
  if (permissions === undefined) return;
  if (!(Number.isSafeInteger(permissions) && permissions >= 0 && permissions <= 0o777)) {
    throw invalid(`permissions must be bits from 0 to 0o777, not ${show(permissions)}`);
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertRange({ offset, length }: ByteRange): void {
  assertCount('offset', offset);
  assertCount('length', length);
}

function assertCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
    throw invalid(`${name} must be a whole number of bytes, 0 or more, not ${show(value)}`);
  }
}

const GROUPINGS: readonly string[] = ['and', 'or'];
const COMPARISONS: readonly string[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'];
const VALUES: readonly string[] = ['string', 'number', 'boolean'];

/** @throws `INVALID_ARGUMENT` for a key that no file has, or a comparison, a grouping or a value that is none */
export async function assertFilter(filter: SearchFilter): Promise<void> {
  if (typeof filter !== 'object' || filter === null) {
    throw invalid(`A filter must be an object with type, key and value, not ${show(filter)}`);
  }
  if ('filters' in filter) {
    if (!GROUPINGS.includes(filter.type)) {
      throw await unknownName('grouping of filters', String(filter.type), GROUPINGS);
    }
    if (!Array.isArray(filter.filters)) throw invalid('filters must be a list of filters');
    for (const part of filter.filters) await assertFilter(part);
    return;
  }
  const { type, key, value } = filter;
  if (!SEARCH_FILTER_KEYS.includes(key)) {
    throw await unknownName('key to filter files by', String(key), SEARCH_FILTER_KEYS);
  }
  if (!COMPARISONS.includes(type)) throw await unknownName('comparison', String(type), COMPARISONS);
  if (key === 'tag' && type !== 'eq' && type !== 'ne') throw invalid('A tag is compared by eq or ne');
  if (!VALUES.includes(typeof value)) {
    throw invalid(`A filter compares with a string, a number or a boolean, not ${show(value)}`);
  }
}

/** The error for a mistyped name; how to compare names is loaded only then. */
async function unknownName(what: string, name: string, names: readonly string[]): Promise<Error> {
  const { closest } = await import('fastest-levenshtein');
  return invalid(
    `${JSON.stringify(name)} is no ${what}; the closest is ${closest(name, names)}, all are ${names.join(', ')}`,
  );
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', message);
}

function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return 'bytes';
  return typeof value === 'number' || value === null ? String(value) : typeof value;
}
