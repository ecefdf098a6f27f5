import { inSubdirectory, testBackend } from '@f9/conformance';
import { describe, test } from 'vitest';
import { eventual, memoryHarness, minimal, modest, searchable } from './variants.ts';
import { wholeHarness } from './whole-memory.ts';

const runner = { describe, test };

await testBackend(runner, minimal);
await testBackend(runner, modest);
await testBackend(runner, searchable);
await testBackend(runner, eventual());
await testBackend(runner, wholeHarness('memory, with every member'));
await testBackend(
  runner,
  inSubdirectory(
    memoryHarness('memory', (backend) => backend),
    'deep/part',
  ),
);
