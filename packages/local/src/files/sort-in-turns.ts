import { compareBytes } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { pause } from '../io/system-calls.ts';

interface Named {
  readonly name: string;
}

/** Entries that are handled between two looks at the clock, and about as many as are sorted at once. */
const SLICE = 2048;
/** Names that are sampled for each part, to divide the entries evenly. */
const SAMPLES = 16;

/**
 * Sorts by the UTF-8 bytes of the names. Many entries are sorted in parts, one after another, so that the event loop need not wait.
 */
export function* sortInTurns<T extends Named>(entries: T[]): Operation<T[]> {
  if (entries.length <= SLICE) return entries.sort(byName);
  const bounds = boundsOf(entries);
  const parts = Array.from({ length: bounds.length + 1 }, (): T[] => []);
  for (let start = 0; start < entries.length; start += SLICE) {
    yield* pause();
    for (const entry of entries.slice(start, start + SLICE)) parts[partOf(entry.name, bounds)]!.push(entry);
  }
  const sorted: T[] = [];
  for (const part of parts) {
    yield* pause();
    for (const entry of part.sort(byName)) sorted.push(entry);
  }
  return sorted;
}

/** Names that divide entries into parts of about the same size. */
function boundsOf(entries: readonly Named[]): string[] {
  const count = Math.ceil(entries.length / SLICE) * SAMPLES;
  const samples = Array.from({ length: count }, (_, i) => entries[Math.floor((i * entries.length) / count)]!);
  return samples
    .sort(byName)
    .filter((_, i) => i % SAMPLES === SAMPLES - 1)
    .map(({ name }) => name);
}

/** The part that a name belongs to: how many bounds are not after it. */
function partOf(name: string, bounds: readonly string[]): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(bounds[middle]!, name) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byName(a: Named, b: Named): number {
  return compareBytes(a.name, b.name);
}
