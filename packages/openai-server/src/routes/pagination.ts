import { invalid } from '../state/api-error.ts';
import type { Collection, Listed } from '../state/collection.ts';
import type { ApiCall } from './api-call.ts';
import { inRange, oneOf } from './validation.ts';

export interface Page<V> {
  object: 'list';
  data: V[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/** One page of a collection, by `limit`, `order`, `after` and `before`. */
export function page<T extends Listed, V>(
  call: ApiCall,
  collection: Collection<T>,
  options: {
    isShown: (item: T) => boolean;
    show: (item: T) => V;
    defaultLimit?: number;
    maxLimit?: number;
  },
): Page<V> {
  const limit = readLimit(call.query, options.defaultLimit ?? 20, options.maxLimit ?? 100);
  const order = oneOf(call.query.get('order') ?? 'desc', 'order', ['asc', 'desc']);
  const after = cursor(call, collection, 'after');
  const before = cursor(call, collection, 'before');
  if (call.faults.find('emptyPage')) {
    return { object: 'list', data: [], first_id: null, last_id: null, has_more: true };
  }
  const ignoresCursor = call.faults.find('ignoredCursor') !== undefined;

  // The page before `before` is found by going forward in the opposite order.
  const backwards = before !== undefined && after === undefined;
  const step = (order === 'asc') === backwards ? -1 : 1;
  const start = ignoresCursor ? undefined : (after ?? before);
  const items = walk(collection, start, step, options.isShown, limit + 1);
  const repeated = start === undefined ? undefined : collection.get(start);
  // With a limit of 1 the repeated item would keep the list from ever going on.
  if (call.faults.find('repeatedItem') && repeated !== undefined && limit > 1) items.unshift(repeated);
  const found = items.slice(0, limit);
  if (backwards) found.reverse();
  return {
    object: 'list',
    data: found.map(options.show),
    first_id: found.at(0)?.id ?? null,
    last_id: found.at(-1)?.id ?? null,
    has_more: items.length > limit || ignoresCursor,
  };
}

function walk<T extends Listed>(
  collection: Collection<T>,
  start: string | undefined,
  step: 1 | -1,
  isShown: (item: T) => boolean,
  count: number,
): T[] {
  const sorted = collection.sorted();
  const found: T[] = [];
  for (
    let i = firstIndex(collection, start, step);
    i >= 0 && i < sorted.length && found.length < count;
    i += step
  ) {
    const item = sorted[i]!;
    if (isShown(item)) found.push(item);
  }
  return found;
}

function firstIndex<T extends Listed>(
  collection: Collection<T>,
  start: string | undefined,
  step: 1 | -1,
): number {
  if (start === undefined) return step === 1 ? 0 : collection.size - 1;
  const position = collection.position(start)!;
  if (step === -1) return position - 1;
  return collection.sorted()[position]?.id === start ? position + 1 : position;
}

function readLimit(query: URLSearchParams, byDefault: number, maximum: number): number {
  const text = query.get('limit');
  if (text === null) return byDefault;
  if (!/^-?\d+$/.test(text)) {
    throw invalid(
      `Invalid type for 'limit': expected an integer, but got '${text}' instead.`,
      'limit',
      'invalid_type',
    );
  }
  return inRange(Number(text), 'limit', 1, maximum);
}

function cursor<T extends Listed>(
  call: ApiCall,
  collection: Collection<T>,
  name: 'after' | 'before',
): string | undefined {
  const id = call.query.get(name);
  if (id === null || id === '') return undefined;
  if (collection.position(id) === undefined) {
    throw invalid(`Invalid '${name}': no object with id '${id}'.`, name);
  }
  return id;
}
