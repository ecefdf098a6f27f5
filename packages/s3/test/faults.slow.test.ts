import { afterAll, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { FAULT_KINDS, FaultMatrix, OPERATIONS } from './fault-matrix.ts';
import { newVault, server } from './support/bucket.ts';

// A sample by a seed. `pnpm --filter @f9/s3 faults` puts every kind at every request of every operation.

const SAMPLE = isLong ? 100 : 12;
/** Kinds that wait for a deadline. */
const SLOW = ['silence', 'silence after it took place'];

/** Numbers from 0 to 1, the same ones for the same seed. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const seed = Number(process.env.F9_SEED ?? Date.now() % 2 ** 31);
const matrices: FaultMatrix[] = [];
afterAll(async () => await Promise.all(matrices.map((matrix) => matrix[Symbol.asyncDispose]())));

test.skipIf(server === undefined)(
  `${SAMPLE} faults of all kinds, F9_SEED=${seed}: all of it or nothing, nothing twice, and an error that says what to do (needs an S3 server)`,
  async () => {
    await newVault();
    for (const isStrict of [false, true]) matrices.push(await FaultMatrix.start(server!, isStrict));
    const random = randomNumbers(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next().value * items.length)]!;
    // One whose file is large costs as much as all others.
    const operations = OPERATIONS.filter(({ isLarge }) => isLarge !== true);
    const kinds = FAULT_KINDS.filter(({ name }) => !SLOW.includes(name));
    for (let trial = 0; trial < SAMPLE; trial++) {
      const [matrix, operation, kind] = [pick(matrices), pick(operations), pick(kinds)];
      const points = (await matrix.countPoints(operation)).get(kind)!;
      if (points === 0) continue;
      const point = Math.floor(random.next().value * points);
      const stays = pick([true, false]);
      const what = `${operation.name} on ${matrix.name}, ${kind.name} at request ${point}${stays ? ' and on' : ''}`;
      await expect(matrix.try(operation, kind, point, stays), what).resolves.toBe(true);
    }
  },
);
