import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceHarness } from '../harness/harness.ts';
import type { Pace } from './pace.ts';

/** The part of the patience in which what nobody can wait for has to be released. */
const RELEASE_SHARE = 5;

/** How many more resources than `before` are still open after a while; 0 as soon as all are released. */
export async function stillOpen(
  harness: ConformanceHarness,
  before: number,
  { patience }: Pace,
): Promise<number> {
  const deadline = performance.now() + patience / RELEASE_SHARE;
  while (true) {
    const more = ((await harness.resources?.()) ?? 0) - before;
    if (more <= 0) return 0;
    if (performance.now() >= deadline) return more;
    await sleep(10);
  }
}
