import { mediaType, type SearchFilter, type SearchFilterKey } from '@f9/core';
import { baseName, parentPath } from '@f9/core/driver';
import type { FileEntry } from '../entries/entry.ts';
import type { UntoldTags } from './untold-tags.ts';

type Value = string | number | boolean;

/** The keys of filters, with their values as far as they are known without reading files. */
const VALUES: Readonly<Record<Exclude<SearchFilterKey, 'tag'>, (file: FileEntry) => Value | undefined>> = {
  path: ({ path }) => path,
  name: ({ path }) => baseName(path),
  directory: ({ path }) => parentPath(path),
  extension: ({ path }) => /.\.([^.]+)$/.exec(baseName(path))?.[1]?.toLowerCase() ?? '',
  size: ({ size }) => size,
  modifiedAt: ({ modifiedAt }) => modifiedAt,
  mediaType: ({ path }) => mediaType(path),
};

/** Reads a filter, which core checked, into a test of a file. */
export function fileFilter(filter: SearchFilter, untold: UntoldTags): (file: FileEntry) => boolean {
  if ('filters' in filter) {
    const tests = filter.filters.map((part) => fileFilter(part, untold));
    return filter.type === 'and'
      ? (file) => tests.every((test) => test(file))
      : (file) => tests.some((test) => test(file));
  }
  const { type, key, value: wanted } = filter;
  if (key === 'tag') {
    return (file) => {
      const tags = file.tags ?? untold.get(file) ?? [];
      return tags.includes(String(wanted)) === (type === 'eq');
    };
  }
  const attribute = VALUES[key];
  const compare = COMPARISONS[type];
  return (file) => {
    const value = attribute(file);
    return value !== undefined && typeof value === typeof wanted ? compare(value, wanted) : type === 'ne';
  };
}

const COMPARISONS = {
  eq: (value: Value, wanted: Value) => value === wanted,
  ne: (value: Value, wanted: Value) => value !== wanted,
  gt: (value: Value, wanted: Value) => value > wanted,
  gte: (value: Value, wanted: Value) => value >= wanted,
  lt: (value: Value, wanted: Value) => value < wanted,
  lte: (value: Value, wanted: Value) => value <= wanted,
};
