import type { FileBackend } from '@f9/core';
import { GROUPS } from '../groups/index.ts';
import type { ConformanceHarness, ConformanceRunner, ConformanceStore } from '../harness/harness.ts';
import { FIRST_PACE, measureRoundTrip, type Pace, paceOf } from '../proving/pace.ts';
import { longestCase, runCase, withContext } from './run-case.ts';

/**
 * Registers the whole contract as tests of the caller's runner: `await testBackend({ describe, test }, harness)`. It opens one
 * backend first, to read its capabilities and measure a round trip.
 */
export async function testBackend(runner: ConformanceRunner, harness: ConformanceHarness): Promise<void> {
  const { store, backend, pace } = await look(harness);
  const apart = harness.withoutProcesses;
  const note = apart === undefined ? '' : ` (not between processes: ${apart})`;
  runner.describe(`f9 contract: ${harness.name ?? backend.name}${note}`, () => {
    for (const { name, cases } of GROUPS) {
      const declared = cases.filter((item) => item.when?.(backend, harness) !== false);
      if (declared.length === 0) continue;
      runner.describe(name, () => {
        for (const item of declared) {
          const body = (): Promise<void> => runCase(item, harness, pace);
          const title = `${item.promises.join(', ')}: ${item.title}`;
          if (item.hook === undefined || store[item.hook] !== undefined) {
            // The runner's limit is only the second: the suite itself names a call that hangs.
            runner.test(title, body, longestCase(pace));
          } else {
            runner.test.skip(`${title} (not proven: the store offers no ${item.hook})`, body);
          }
        }
      });
    }
  });
}

interface Look {
  readonly store: ConformanceStore;
  readonly backend: FileBackend;
  readonly pace: Pace;
}

async function look(harness: ConformanceHarness): Promise<Look> {
  const pace = { ...FIRST_PACE, patience: harness.patience ?? FIRST_PACE.patience };
  return await withContext(harness, pace, async ({ store, backend }) => {
    await backend.exists('/');
    return { store, backend, pace: paceOf(await measureRoundTrip(backend), harness) };
  });
}
