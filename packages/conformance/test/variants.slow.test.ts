import { inSubdirectory, testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { sparing } from '../../../scripts/test/daily.ts';
import { linkedHarness } from './linked-memory.ts';
import { eventual, memoryHarness, minimal, modest, searchable } from './variants.ts';
import { wholeHarness } from './whole-memory.ts';

// Backends that are right: the more kinds of them pass, the less the suite asks of one kind alone.
const runner = sparing({ describe, test }, 8);

await testBackend(runner, minimal);
await testBackend(runner, modest);
await testBackend(runner, searchable);
await testBackend(runner, eventual());
await testBackend(runner, linkedHarness('memory, with symlinks'));
await testBackend(runner, wholeHarness('memory, with every member'));
await testBackend(
  runner,
  inSubdirectory(
    memoryHarness('memory', (backend) => backend),
    'deep/part',
  ),
);
