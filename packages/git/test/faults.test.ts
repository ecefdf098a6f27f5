import { describe, expect, test, vi } from 'vitest';
import { killEverywhere } from './faults/kill-harness.ts';
import { SCENARIOS } from './faults/scenarios.ts';

const isLong = process.env.F9_FAULTS === 'all';

vi.setConfig({ testTimeout: isLong ? 3_600_000 : 120_000 });

/** Every kill; or, in the everyday suite, a few that lie far apart and are of all kinds. */
function select<T extends { readonly how: string }>(kills: readonly T[]): readonly T[] {
  if (isLong) return kills;
  const both = kills.filter(({ how }) => how === 'both');
  return [
    kills[Math.floor(kills.length / 3)]!,
    kills.at(-1)!,
    ...(both.length === 0 ? [] : [both[Math.floor(both.length / 2)]!]),
  ];
}

describe.runIf(process.platform !== 'win32')(
  'kill -9 loses nothing, tears nothing and leaves nothing half done',
  () => {
    test.each(SCENARIOS)('$name', async (scenario) => {
      const { found, wanted, injected } = await killEverywhere(scenario, select);
      console.log(`${scenario.name}: ${found} kills found, ${wanted} wanted, ${injected} injected`);
      expect(injected).toBe(wanted);
    });
  },
);
