import { afterAll, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { PostgresFileBackend } from '../src/index.ts';
import { FaultMatrix, OPERATIONS } from './fault-matrix.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';
import { MessageProxy } from './support/proxy.ts';

// A sample by a seed. `pnpm --filter @f9/postgres faults` cuts at every message of every operation.

/** The server's message that something was notified. */
const NOTIFICATION = 'A';

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

test.skipIf(!hasPostgres)(
  'a watch goes on whatever message of it is cut, and after the whole server was killed: nothing that was committed is missed (needs PostgreSQL)',
  async () => {
    await using proxy = await MessageProxy.start({ host: '127.0.0.1', port: cluster!.port });
    const vault = 'watched';
    await using direct = new PostgresFileBackend(cluster!.options({ vault }));
    await using watched = new PostgresFileBackend(cluster!.options({ vault, port: proxy.port }));
    await watched.exists('a');
    const seen = new Set<string>();
    const ready = Promise.withResolvers<void>();
    const ended = new AbortController();
    const watching = (async () => {
      const changes = watched.watch('/', { onReady: ready.resolve, signal: ended.signal });
      for await (const { path } of changes) seen.add(path);
    })();
    await ready.promise;
    // A watch that ended would never tell.
    const isTold = (path: string): Promise<void> =>
      Promise.race([watching, expect.poll(() => seen.has(path), { interval: 10 }).toBe(true)]);
    let cuts = 0;
    for (let at = 0, hasStruck = true; hasStruck; at++) {
      hasStruck = false;
      let count = 0;
      proxy.onMessage = () => {
        if (count++ !== at) return true;
        hasStruck = true;
        cuts++;
        return false;
      };
      await direct.create(`cut-at-${at}`);
      await isTold(`cut-at-${at}`);
    }
    expect(cuts).toBeGreaterThan(3);
    // The bell rang, and then nothing passes for a while.
    let isDown = false;
    let refused = 0;
    proxy.onMessage = ({ by, kind }) => {
      if (by === 'server' && kind === NOTIFICATION) isDown = true;
      else if (isDown) return refused++ > 20;
      return true;
    };
    await direct.create('while nothing passed');
    await isTold('while nothing passed');
    await cluster!.kill();
    await cluster!.start();
    // Whose connections were broken may be told so by its first call only.
    await using later = new PostgresFileBackend(cluster!.options({ vault }));
    await later.create('after the kill');
    await isTold('after the kill');
    ended.abort(new Error('enough'));
    await expect(watching).rejects.toThrow('enough');
  },
);
