import { MemoryFileBackend, mirror } from '@f9/core';
import { afterAll, describe, expect, test } from 'vitest';
import { PostgresFileBackend } from '../src/index.ts';
import { hasPostgres } from './support/cluster.ts';
import { MessageProxy } from './support/proxy.ts';
import { cluster } from './support/shared.ts';

const proxy = cluster && (await MessageProxy.start({ host: '127.0.0.1', port: cluster.port }));
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
});

describe.skipIf(!hasPostgres)('what goes over the network (needs PostgreSQL)', () => {
  test('a mirror of 1,000 new files takes at most 40 round trips, connecting included, and again no more', async () => {
    const source = new MemoryFileBackend();
    for (let i = 0; i < 1000; i++) await source.create(`d${i % 20}/n${i}.md`, { data: `# note ${i}\n` });
    const given = cluster!.options({ vault: 'mirrored', port: proxy!.port });
    for (const copied of [1000, 0]) {
      proxy!.reset();
      await using vault = new PostgresFileBackend(given);
      expect((await mirror(source, vault)).copied).toHaveLength(copied);
      expect(proxy!.roundTrips).toBeLessThanOrEqual(40);
    }
  });

  test('single operations take one round trip each, once the connection knows their kind', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'single', port: proxy!.port }));
    await vault.open();
    const counted = async (round: number): Promise<Record<string, number>> => {
      const large = new Uint8Array(1024 * 1024);
      const operations: Record<string, () => Promise<unknown>> = {
        create: () => vault.create(`d/f${round}`, { data: 'x' }),
        update: () => vault.update(`d/f${round}`, { data: 'y' }),
        checksum: () => vault.checksum(`d/f${round}`),
        append: () => vault.update(`d/f${round}`, { data: 'z', append: true }),
        read: () => vault.read(`d/f${round}`),
        info: () => vault.info(`d/f${round}`),
        list: () => Array.fromAsync(vault.list('d')),
        glob: () => vault.glob('*'),
        copy: () => vault.copy(`d/f${round}`, `c${round}`),
        move: () => vault.move(`c${round}`, `m${round}`),
        delete: () => vault.delete(`m${round}`),
        large: () => vault.create(`large${round}`, { data: large }),
        session: () => vault.syncSession(async () => undefined),
      };
      const counts: Record<string, number> = {};
      for (const [name, run] of Object.entries(operations)) {
        proxy!.reset();
        await run();
        counts[name] = proxy!.roundTrips;
      }
      return counts;
    };
    await counted(0);
    const { copy, move, large, session, ...others } = await counted(1);
    expect(new Set(Object.values(others)), JSON.stringify(others)).toEqual(new Set([1]));
    expect({ copy, move, large, session }).toEqual({ copy: 2, move: 2, large: 5, session: 5 });
  });

  test('a session of 100 writes is one transaction', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'session', port: proxy!.port }));
    await vault.open();
    await vault.syncSession(async (session) => {
      for (let i = 0; i < 100; i++) await session.create(`f${i}`, { data: 'x' });
    });
    expect(cluster!.sql('SELECT count(DISTINCT changed) FROM f9_session.entries')).toBe('1');
  });

  test('a search takes 4, however many files answer, and one more for a word that is in none', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'searched', port: proxy!.port }));
    for (let i = 0; i < 12; i++) await vault.create(`n${i}.md`, { data: `# note ${i}\n\nkingfisher\n` });
    for (const [query, found, roundTrips] of [
      ['kingfisher', 10, 4],
      ['albatross', 0, 5],
    ] as const) {
      // The first of its kind is prepared by the server.
      await vault.search(query);
      proxy!.reset();
      expect(await vault.search(query)).toHaveLength(found);
      expect(proxy!.roundTrips).toBeLessThanOrEqual(roundTrips);
    }
  });
});
