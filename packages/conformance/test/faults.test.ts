import { describe, expect, test } from 'vitest';
import { edits, options } from './faults/editing.ts';
import { type Fault, failuresOf } from './faults/fault.ts';
import { holding } from './faults/holding.ts';
import { interrupting } from './faults/interrupting.ts';
import { linking } from './faults/linking.ts';
import { many } from './faults/many.ts';
import { naming } from './faults/naming.ts';
import { opening } from './faults/opening.ts';
import { reads } from './faults/reading.ts';
import { syncing } from './faults/syncing.ts';
import { telling } from './faults/telling.ts';
import { writing } from './faults/writing.ts';

const GROUPS: Record<string, readonly Fault[]> = {
  opening,
  writing,
  editing: edits,
  'hearing options': options,
  reading: reads,
  'telling what changed': telling,
  'many files at once': many,
  holding,
  'being interrupted': interrupting,
  syncing,
  'what a path is': naming,
  'following symlinks': linking,
};

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
