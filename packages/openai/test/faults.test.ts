import { describe, expect, test, vi } from 'vitest';
import { FAULT_KINDS, FaultMatrix, OPERATIONS, type Operation } from './fault-matrix.ts';

// The short form: kinds of fault that lose an answer or end the operation, at every request of the writes that matter most.
// `pnpm --filter @f9/openai faults` puts every kind at every request of every operation.

// A busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const KINDS = [
  '500 after commit',
  'reset',
  '429 with Retry-After',
  'insufficient_quota',
  'processing failed',
  'crash before',
  'crash after commit',
];

const NAMES = ['replace a small file', 'delete the last file of a directory', 'move a file over another one'];

function operation(name: string): Operation {
  const found = OPERATIONS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`There is no operation ${name}`);
  return found;
}

describe.each(NAMES.map(operation))('$name', (chosen) => {
  test.each(FAULT_KINDS.filter(({ name }) => KINDS.includes(name)))(
    'with $name at any request: all of it or nothing, nothing twice, nothing lost',
    async (kind) => {
      await using matrix = await FaultMatrix.start(10_000);
      const points = await matrix.countPoints(chosen);
      expect(points).toBeGreaterThan(3);
      for (let point = 0; point < points; point++) {
        expect(await matrix.try({ operation: chosen, kind, point }), `request ${point} came`).toBe(true);
      }
    },
  );
});

test('every kind of fault that the short form names is there', () => {
  expect(FAULT_KINDS.map(({ name }) => name)).toEqual(expect.arrayContaining(KINDS));
});
