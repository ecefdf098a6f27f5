import { describe, expect, test, vi } from 'vitest';
import { killEverywhere } from './faults/kill-harness.ts';
import { SCENARIOS } from './faults/scenarios.ts';

const isLong = process.env.F9_FAULTS === 'all';

vi.setConfig({ testTimeout: isLong ? 3_600_000 : 120_000 });

/** Every kill; in the everyday suite one in the thick of it. */
function select<T>(kills: readonly T[]): readonly T[] {
  return isLong ? kills : kills.slice(Math.floor(kills.length * 0.55)).slice(0, 1);
}

describe.runIf(process.platform !== 'win32')(
  'kill -9 loses nothing, tears nothing and leaves nothing half done (needs POSIX)',
  () => {
    test.each(SCENARIOS)('$name', async (scenario) => {
      const { steps, wanted, injected, kills, breaches } = await killEverywhere(scenario, select);
      if (isLong)
        console.log(
          `${scenario.name}: ${steps} steps found, ${injected} injected by ${kills} kills, ${breaches.length} breaches`,
        );
      expect(breaches).toEqual([]);
      expect(injected).toBe(isLong ? steps : wanted);
    });
  },
);
