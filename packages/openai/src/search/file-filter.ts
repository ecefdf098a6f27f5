import { mediaType, type SearchFilter } from '@f9/core';
import { backendError, baseName, parentPath } from '@f9/core/driver';
import type { FileEntry } from '../entries/entry.ts';

type Value = string | number | boolean;

/** The keys of filters, with their values as far as they are known without reading files. */
const VALUES: Readonly<Record<string, (file: FileEntry) => Value | undefined>> = {
  path: ({ path }) => path,
  name: ({ path }) => baseName(path),
  directory: ({ path }) => parentPath(path),
  extension: ({ path }) => /.\.([^.]+)$/.exec(baseName(path))?.[1]?.toLowerCase() ?? '',
  size: ({ size }) => size,
  modifiedAt: ({ modifiedAt }) => modifiedAt,
  mediaType: ({ path }) => mediaType(path),
};

/** Reads a filter into a test of a file. @throws `UNSUPPORTED` for `tag`, `INVALID_ARGUMENT` */
export function fileFilter(filter: SearchFilter): (file: FileEntry) => boolean {
  if ('filters' in filter) {
    const tests = filter.filters.map(fileFilter);
    return filter.type === 'and'
      ? (file) => tests.every((test) => test(file))
      : (file) => tests.some((test) => test(file));
  }
  const { type, key, value: wanted } = filter;
  const attribute = Object.hasOwn(VALUES, key) ? VALUES[key] : undefined;
  if (attribute === undefined) throw unknownKey(key);
  const compare = Object.hasOwn(COMPARISONS, type) ? COMPARISONS[type] : undefined;
  if (compare === undefined) {
    throw backendError('INVALID_ARGUMENT', `A filter compares by ${Object.keys(COMPARISONS).join(', ')}`);
  }
  return (file) => {
    const value = attribute(file);
    return value !== undefined && typeof value === typeof wanted ? compare(value, wanted) : type === 'ne';
  };
}

const COMPARISONS: Readonly<Record<string, (value: Value, wanted: Value) => boolean>> = {
  eq: (value, wanted) => value === wanted,
  ne: (value, wanted) => value !== wanted,
  gt: (value, wanted) => value > wanted,
  gte: (value, wanted) => value >= wanted,
  lt: (value, wanted) => value < wanted,
  lte: (value, wanted) => value <= wanted,
};

function unknownKey(key: string): Error {
  if (key === 'tag') {
    return backendError(
      'UNSUPPORTED',
      'A vector store does not know the tags of notes; search without that filter, or with an index of @f9/search',
    );
  }
  return backendError(
    'INVALID_ARGUMENT',
    `Files cannot be filtered by ${JSON.stringify(key)}, but by ${Object.keys(VALUES).join(', ')}`,
  );
}
