import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceHarness } from '../harness/harness.ts';
import type { Pace } from './pace.ts';

/** Part of the patience within which resources that nothing waits for must be released. */
const RELEASE_SHARE = 5;

/** The number of resources, beyond `before`, that are still open after a while; 0 as soon as all are released. */
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
