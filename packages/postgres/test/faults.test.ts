import { afterAll, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { PostgresFileBackend } from '../src/index.ts';
import { FaultMatrix, OPERATIONS } from './fault-matrix.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';

// A sample by a seed. `pnpm --filter @f9/postgres faults` cuts at every message of every operation.

const SAMPLE = isLong ? 100 : 6;
const KILLS = isLong ? 10 : 1;

/** Numbers from 0 to 1, the same ones for the same seed. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const seed = Number(process.env.F9_SEED ?? Date.now() % 2 ** 31);
const cluster = hasPostgres ? await Cluster.start({ isDurable: true }) : undefined;
afterAll(() => cluster?.[Symbol.asyncDispose]());

test.skipIf(!hasPostgres)(
  `${SAMPLE} cuts and ${KILLS} killed servers, F9_SEED=${seed}: all of it or nothing, nothing twice, and an error that says so (needs PostgreSQL)`,
  async () => {
    await using matrix = await FaultMatrix.start(cluster!);
    const random = randomNumbers(seed);
    const pick = (count: number): number => Math.floor(random.next().value * count);
    for (let trial = 0; trial < SAMPLE + KILLS; trial++) {
      const operation = OPERATIONS[pick(OPERATIONS.length)]!;
      const kind = trial < SAMPLE ? 'cut' : 'kill';
      const at = pick(await matrix.messagesOf(operation));
      await expect(
        matrix.try(operation, kind, at),
        `${operation.name}, ${kind} at message ${at}`,
      ).resolves.toBe(true);
    }
  },
);

test.skipIf(!hasPostgres)(
  'what was acknowledged is there after the whole server was killed and started again (needs PostgreSQL)',
  async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'killed' }));
    const told: string[] = [];
    const writing = (async () => {
      for (let i = 0; ; i++) {
        await vault.create(`f${i}`, { data: String(i) });
        told.push(`f${i}`);
      }
    })().catch((error: unknown) => error);
    await expect.poll(() => told.length).toBeGreaterThan(20);
    await cluster!.kill();
    expect(await writing).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await vault.exists('f0').catch(({ code }: { code: string }) => code)).toBe('UNAVAILABLE');
    await cluster!.start();
    expect((await vault.glob('*')).filter((path) => told.includes(path))).toHaveLength(told.length);
  },
);
