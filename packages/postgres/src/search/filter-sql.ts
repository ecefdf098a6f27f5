import { SEARCH_FILTER_KEYS, type SearchFilter, type SearchOptions } from '@f9/core';
import { type BackendPath, backendError } from '@f9/core/driver';
import type { Value } from '../database/connection.ts';
import { keyOf } from '../files/entries.ts';

const OPERATORS = {
  eq: 'IS NOT DISTINCT FROM',
  ne: 'IS DISTINCT FROM',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
} as const;

/** Filter keys that are columns of the entry. */
const OF_THE_ENTRY: Readonly<Record<string, string>> = {
  size: 'e.size::float8',
  modifiedAt: '(extract(epoch FROM e.modified_at) * 1000)::float8',
};

/** The scope of a search as a condition on `entries e` and `search_documents d`; its values are appended to `values`. */
export function scopeSql({ path = '', filters }: SearchOptions, values: Value[]): string | undefined {
  const conditions: string[] = [];
  if (path !== '') {
    const key = keyOf(path as BackendPath);
    values.push(Buffer.concat([key, Buffer.of(0)]), Buffer.concat([key, Buffer.of(1)]));
    conditions.push(`e.key > $${values.length - 1} AND e.key < $${values.length}`);
  }
  if (filters !== undefined) conditions.push(filterSql(filters, values));
  return conditions.length === 0 ? undefined : conditions.join(' AND ');
}

function filterSql(filter: SearchFilter, values: Value[]): string {
  if ('filters' in filter) {
    const parts = filter.filters.map((part) => filterSql(part, values));
    if (parts.length === 0) return String(filter.type === 'and');
    return `(${parts.join(filter.type === 'and' ? ' AND ' : ' OR ')})`;
  }
  const { type, key, value } = filter;
  if (!Object.hasOwn(OPERATORS, type)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `A filter compares by ${Object.keys(OPERATORS).join(', ')}, not ${String(type)}`,
    );
  }
  // Keys become part of the statement, so no other may pass, whoever calls.
  if (!SEARCH_FILTER_KEYS.includes(key)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `A filter asks for ${SEARCH_FILTER_KEYS.join(', ')}, not ${JSON.stringify(key)}`,
    );
  }
  if (key === 'tag') {
    if (type !== 'eq' && type !== 'ne')
      throw backendError('INVALID_ARGUMENT', 'A tag is compared by eq or ne');
    values.push(textOf(String(value)));
    return `${type === 'eq' ? '' : 'NOT '}(d.attributes->'tags') ? $${values.length}::text`;
  }
  const number = OF_THE_ENTRY[key];
  // Values of another kind are neither equal nor before nor behind.
  if ((number !== undefined) !== (typeof value !== 'string')) return String(type === 'ne');
  values.push(typeof value === 'string' ? textOf(value) : Number(value));
  const place = `$${values.length}`;
  if (number !== undefined) return `${number} ${OPERATORS[type]} ${place}::float8`;
  return `(d.attributes->>'${key}') COLLATE "C" ${OPERATORS[type]} ${place}::text`;
}

/** A text that the server cannot hold is in no file's attributes either. */
function textOf(value: string): string {
  return value.replaceAll('\0', '\ufffd').toWellFormed();
}
