import { describe, expect, test } from 'vitest';
import { isLong, sample } from '../../../scripts/test/daily.ts';
import { FAULT_KINDS, FaultMatrix, OPERATIONS, type Operation } from './fault-matrix.ts';

// The short form: kinds of fault that lose an answer or end the operation, at every request of the writes that matter most, and some
// of all other trials, by a seed. `pnpm --filter @f9/openai faults` puts every kind at every request of every operation.

// A busy machine takes its time.
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
  const kinds = FAULT_KINDS.filter(({ name }) => KINDS.includes(name));
  test.each(isLong ? kinds : sample(kinds, 2))(
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

/** Trials by the seed beside the ones above. */
const SAMPLE = isLong ? 40 : 10;
/** Kinds that a slow machine cannot tell from its own slowness, unless it waits for long. */
const SLOW = ['silence', 'silence after commit', 'stalled body'];

/** Numbers from 0 to 1, the same ones for the same seed. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const seed = Number(process.env.F9_SEED ?? Date.now() % 2 ** 31);

test(`${SAMPLE} trials of all operations and faults, F9_SEED=${seed}: all of it or nothing`, async () => {
  const random = randomNumbers(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next().value * items.length)]!;
  const kinds = FAULT_KINDS.filter(({ name }) => !SLOW.includes(name));
  await using matrix = await FaultMatrix.start(10_000);
  for (let i = 0; i < SAMPLE; i++) {
    const [chosen, kind] = [pick(OPERATIONS), pick(kinds)];
    const point = Math.floor(random.next().value * (await matrix.countPoints(chosen)));
    const trial = `${chosen.name}, ${kind.name} at request ${point}`;
    await expect(matrix.try({ operation: chosen, kind, point }), trial).resolves.toBe(true);
  }
});

test('every kind of fault that the short form names is there', () => {
  expect(FAULT_KINDS.map(({ name }) => name)).toEqual(expect.arrayContaining([...KINDS, ...SLOW]));
});
