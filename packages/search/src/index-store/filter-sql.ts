import type { SQLInputValue } from 'node:sqlite';
import { SEARCH_FILTER_KEYS, type SearchFilter } from '@f9/core';
import { backendError } from '@f9/core/driver';

const OPERATORS = { eq: 'IS', ne: 'IS NOT', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

const NUMBERS: ReadonlySet<string> = new Set(['size', 'modifiedAt']);

/** A condition and its values. @throws `INVALID_ARGUMENT` for an unknown key or comparison */
export function filterSql(filter: SearchFilter): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  if ('filters' in filter) {
    const parts = filter.filters.map(filterSql);
    const none = filter.type === 'and' ? '1' : '0';
    const sql =
      parts.length === 0 ? none : `(${parts.map((part) => part.sql).join(` ${filter.type.toUpperCase()} `)})`;
    return { sql, values: parts.flatMap(({ values }) => values) };
  }
  const { type, key } = filter;
  const value = typeof filter.value === 'boolean' ? Number(filter.value) : filter.value;
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
  // Values of another kind are neither equal nor before nor behind, as in every vault.
  if (key !== 'tag' && (typeof value === 'string') === NUMBERS.has(key))
    return { sql: type === 'ne' ? '1' : '0', values: [] };
  if (key !== 'tag')
    return { sql: `json_extract(d.attributes, '$.${key}') ${OPERATORS[type]} ?`, values: [value] };
  if (type !== 'eq' && type !== 'ne') throw backendError('INVALID_ARGUMENT', 'A tag is compared by eq or ne');
  const has = "EXISTS (SELECT 1 FROM json_each(d.attributes, '$.tags') WHERE value = ?)";
  return { sql: type === 'eq' ? has : `NOT ${has}`, values: [String(value)] };
}
