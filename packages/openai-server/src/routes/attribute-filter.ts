import type { Attributes } from '../state/attached-file.ts';
import { oneOf, requiredString, wrongType } from './validation.ts';

type Test = (attributes: Attributes) => boolean;

const COMPARISONS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin'] as const;

/** Reads the `filters` of a search into a test of a file's attributes. */
export function attributeFilter(value: unknown): Test {
  if (value === undefined || value === null) return () => true;
  if (typeof value !== 'object') throw wrongType('filters', 'an object', value);
  const filter = value as Record<string, unknown>;
  const type = oneOf(filter.type, 'filters.type', [...COMPARISONS, 'and', 'or']);
  if (type === 'and' || type === 'or') {
    const parts = filter.filters;
    if (!Array.isArray(parts)) throw wrongType('filters.filters', 'an array', parts);
    const tests = parts.map(attributeFilter);
    return type === 'and'
      ? (attributes) => tests.every((test) => test(attributes))
      : (attributes) => tests.some((test) => test(attributes));
  }
  return comparison(type, requiredString(filter, 'key'), filter.value);
}

function comparison(type: (typeof COMPARISONS)[number], key: string, value: unknown): Test {
  if (type === 'in' || type === 'nin') {
    if (!Array.isArray(value)) throw wrongType('filters.value', 'an array', value);
    const set = new Set<unknown>(value);
    return (attributes) => set.has(attributes[key]) === (type === 'in');
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw wrongType('filters.value', 'one of a string, a number or a boolean', value);
  }
  if (type === 'eq') return (attributes) => attributes[key] === value;
  if (type === 'ne') return (attributes) => attributes[key] !== value;
  return (attributes) => {
    const actual = attributes[key];
    if (actual === undefined || typeof actual !== typeof value) return false;
    switch (type) {
      case 'gt':
        return actual > value;
      case 'gte':
        return actual >= value;
      case 'lt':
        return actual < value;
      case 'lte':
        return actual <= value;
    }
  };
}
