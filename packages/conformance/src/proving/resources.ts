import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceHarness } from '../harness/harness.ts';

/** Milliseconds in which what nobody can wait for has to be released. */
export const RELEASE_WITHIN = 2000;

/** How many more resources than `before` are still open after a while; 0 as soon as all are released. */
export async function stillOpen(harness: ConformanceHarness, before: number): Promise<number> {
  const deadline = performance.now() + RELEASE_WITHIN;
  while (true) {
    const more = ((await harness.resources?.()) ?? 0) - before;
    if (more <= 0) return 0;
    if (performance.now() >= deadline) return more;
    await sleep(10);
  }
}
