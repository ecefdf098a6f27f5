import { compareBytes, sortInParts } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { pause } from '../io/system-calls.ts';

interface Named {
  readonly name: string;
}

/**
 * Sorts by the UTF-8 bytes of the names. Many entries are sorted in parts, one after another, so that the event loop need not wait.
 */
export function* sortInTurns<T extends Named>(entries: T[]): Operation<T[]> {
  const sorting = sortInParts(entries, byName);
  for (let step = sorting.next(); ; step = sorting.next()) {
    if (step.done === true) return step.value;
    yield* pause();
  }
}

function byName(a: Named, b: Named): number {
  return compareBytes(a.name, b.name);
}
