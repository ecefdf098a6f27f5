import { describe, expect, test } from 'vitest';
import { type Fault, failuresOf } from './faults/fault.ts';
import { holding } from './faults/holding.ts';
import { reads } from './faults/reading.ts';
import { syncing } from './faults/syncing.ts';
import { writing } from './faults/writing.ts';

const GROUPS: Record<string, readonly Fault[]> = { writing, reading: reads, holding, syncing };

for (const [group, faults] of Object.entries(GROUPS)) {
  describe(`a backend with a fault in ${group} is caught`, () => {
    for (const { name, caughtBy, says, harness } of faults) {
      test(`that ${name}: ${caughtBy}`, async () => {
        const failures = await failuresOf(harness, caughtBy);
        const told = [...failures.values()].join('\n\n');
        expect(told).toContain(`Broken promise. `);
        expect(told).toMatch(says);
      });
    }
  });
}
