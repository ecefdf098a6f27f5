import { describe, expect, test, vi } from 'vitest';
import { sample, seed } from '../../../scripts/test/daily.ts';
import { killEverywhere } from './faults/kill-harness.ts';
import { SCENARIOS } from './faults/scenarios.ts';

// `pnpm faults` runs all of it.
const isWhole = process.env.F9_FAULTS === 'all';

vi.setConfig({ testTimeout: isWhole ? 3_600_000 : 120_000 });

const scenarios = isWhole ? SCENARIOS : sample(SCENARIOS, 3);

/** Every kill; in the everyday suite one in the thick of it. */
function select<T>(kills: readonly T[]): readonly T[] {
  return isWhole ? kills : kills.slice(Math.floor(kills.length * 0.55)).slice(0, 1);
}

describe.runIf(process.platform !== 'win32')(
  `kill -9 loses nothing, tears nothing and leaves nothing half done (seed ${seed}) (needs POSIX)`,
  () => {
    test.each(scenarios)('$name', async (scenario) => {
      const { steps, wanted, injected, kills, breaches } = await killEverywhere(scenario, select);
      if (isWhole)
        console.log(
          `${scenario.name}: ${steps} steps found, ${injected} injected by ${kills} kills, ${breaches.length} breaches`,
        );
      expect(breaches).toEqual([]);
      expect(injected).toBe(isWhole ? steps : wanted);
    });
  },
);
