import { setImmediate } from 'node:timers/promises';

/** Items of cheap work in one turn of the event loop: about a millisecond. */
const SLICE = 1000;

/** Runs `work` on every item, and after each thousand lets whatever else waits have its turn. */
export async function forEachInTurns<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  for (let start = 0; start < items.length; start += SLICE) {
    if (start > 0) await setImmediate();
    for (const item of items.slice(start, start + SLICE)) work(item);
  }
}
