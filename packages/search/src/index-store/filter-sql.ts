import type { SQLInputValue } from 'node:sqlite';
import type { SearchFilter } from '@f9/core';

const OPERATORS = { eq: 'IS', ne: 'IS NOT', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

const NUMBERS: ReadonlySet<string> = new Set(['size', 'modifiedAt']);

/** A condition and its values, of a filter that was checked (`assertFilter`). */
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
  // Values of another kind are neither equal nor before nor behind, as in every vault.
  if (key !== 'tag' && (typeof value === 'string') === NUMBERS.has(key))
    return { sql: type === 'ne' ? '1' : '0', values: [] };
  if (key !== 'tag') return { sql: `d.attributes ->> ? ${OPERATORS[type]} ?`, values: [key, value] };
  const has = "EXISTS (SELECT 1 FROM json_each(d.attributes, '$.tags') WHERE value = ?)";
  return { sql: type === 'eq' ? has : `NOT ${has}`, values: [String(value)] };
}
