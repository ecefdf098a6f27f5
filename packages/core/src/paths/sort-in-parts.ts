/** Items that are sorted, or dealt out, at a time: about a millisecond. */
const SLICE = 2048;
/** Items that are sampled for each part, to divide them evenly. */
const SAMPLES = 16;

/**
 * Sorts many items in parts, one after another. Where it yields, whoever runs it can let others have their turn.
 *
 * @param sort sorts some of them as `compare` says, in place
 */
export function* sortInParts<T>(
  items: T[],
  compare: (a: T, b: T) => number,
  sort: (some: T[]) => T[] = (some) => some.sort(compare),
): Generator<void, T[], void> {
  if (items.length <= SLICE) return sort(items);
  const bounds = boundsOf(items, compare);
  const parts = Array.from({ length: bounds.length + 1 }, (): T[] => []);
  for (let start = 0; start < items.length; start += SLICE) {
    yield;
    for (const item of items.slice(start, start + SLICE)) parts[partOf(item, bounds, compare)]!.push(item);
  }
  const sorted: T[] = [];
  for (const part of parts) {
    yield;
    for (const item of sort(part)) sorted.push(item);
  }
  return sorted;
}

/** Items that divide all into parts of about the same size. */
function boundsOf<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  const count = Math.ceil(items.length / SLICE) * SAMPLES;
  const samples = Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
  return samples.sort(compare).filter((_, i) => i % SAMPLES === SAMPLES - 1);
}

/** The part that an item belongs to: how many bounds are not after it. */
function partOf<T>(item: T, bounds: readonly T[], compare: (a: T, b: T) => number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(bounds[middle]!, item) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
