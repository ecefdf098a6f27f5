import { MemoryFileBackend, mirror } from '@f9/core';
import { afterAll, describe, expect, test } from 'vitest';
import { PostgresFileBackend } from '../src/index.ts';
import { Cluster, hasPostgres } from './support/cluster.ts';
import { MessageProxy } from './support/proxy.ts';

const cluster = hasPostgres ? await Cluster.start() : undefined;
const proxy = cluster && (await MessageProxy.start({ host: '127.0.0.1', port: cluster.port }));
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
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

  test('a session of 100 writes is one transaction', async () => {
    await using vault = new PostgresFileBackend(cluster!.options({ vault: 'session', port: proxy!.port }));
    await vault.open();
    await vault.syncSession(async (session) => {
      for (let i = 0; i < 100; i++) await session.create(`f${i}`, { data: 'x' });
    });
    expect(cluster!.sql('SELECT count(DISTINCT changed) FROM f9_session.entries')).toBe('1');
  });
});
