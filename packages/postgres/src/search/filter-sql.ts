import type { SearchFilter, SearchOptions } from '@f9/core';
import type { BackendPath } from '@f9/core/driver';
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

/** The scope of a search, whose filter was checked (`assertFilter`), as a condition on `entries e` and `search_documents d`; its values are appended to `values`. */
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
  if (key === 'tag') {
    values.push(textOf(String(value)));
    return `${type === 'eq' ? '' : 'NOT '}(d.attributes->'tags') ? $${values.length}::text`;
  }
  const number = OF_THE_ENTRY[key];
  // Values of another kind are neither equal nor before nor behind.
  if ((number !== undefined) !== (typeof value !== 'string')) return String(type === 'ne');
  const given = (one: Value): string => `$${values.push(one)}`;
  if (number !== undefined) return `${number} ${OPERATORS[type]} ${given(Number(value))}::float8`;
  const attribute = `(d.attributes->>${given(key)}::text) COLLATE "C"`;
  return `${attribute} ${OPERATORS[type]} ${given(textOf(String(value)))}::text`;
}

/** A text that the server cannot hold is in no file's attributes either. */
function textOf(value: string): string {
  return value.replaceAll('\0', '\ufffd').toWellFormed();
}
