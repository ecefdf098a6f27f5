import type { OpenAIServer } from '@f9/openai-server';
import { afterEach, expect, test, vi } from 'vitest';
import { connect } from './connect.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs `body` by a clock that is `skew` milliseconds off; the server's, which is in this process, stays right. */
async function skewed<T>(server: OpenAIServer, skew: number, body: () => Promise<T>): Promise<T> {
  const realNow = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow.call(Date) + skew);
  server.advance(-skew);
  try {
    return await body();
  } finally {
    server.advance(skew);
    vi.restoreAllMocks();
  }
}

test.for([-HOUR, HOUR, -DAY, DAY, -1500, 1500])(
  'a write that began after another one was acknowledged wins, though its clock is %s ms off and its list is old',
  async (skew) => {
    const { open, server } = await connect({ unkind: false });
    const other = open({ cacheTtl: 60_000 });
    const right = open({ cacheTtl: 60_000 });
    await right.create('a.md', { data: '0' });
    await skewed(server, skew, () => other.exists('a.md'));
    for (let round = 1; round < 4; round++) {
      await right.create('a.md', { data: `right ${round}`, overwrite: true });
      await skewed(server, skew, () => other.create('a.md', { data: `other ${round}`, overwrite: true }));
      server.settle();
      expect(await open().read('a.md', { binary: false })).toBe(`other ${round}`);
    }
    await right.create('a.md', { data: 'last', overwrite: true });
    server.settle();
    expect(await open().read('a.md', { binary: false })).toBe('last');
  },
);

test('a move by a clock that is behind is not undone by an old version at its place', async () => {
  const { open, server } = await connect({ unkind: false });
  const other = open({ cacheTtl: 60_000 });
  await skewed(server, -HOUR, () => other.create('from', { data: 'moved' }));
  await open().create('to', { data: 'old' });
  await skewed(server, -HOUR, () => other.move('from', 'to', { overwrite: true }));
  expect(await open().read('to', { binary: false })).toBe('moved');
});

test('garbage is as old as the service says: a clock days ahead removes no upload in progress', async () => {
  const { open, server } = await connect({ unkind: false });
  const writer = open({ inlineLimit: 0, partSize: 1024 });
  await writer.exists('a');
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<string> {
    yield 'a'.repeat(3000);
    await promise;
    yield 'b';
  }
  const writing = writer.streamWrite('a', { chunkSource: source() });
  await expect.poll(() => server.snapshot().files.length).toBeGreaterThan(2);
  const { removed } = await skewed(server, 3 * DAY, () => open().collectGarbage());
  expect(removed).toEqual([]);
  resolve();
  await writing;
  expect(await open().read('a', { binary: false })).toBe(`${'a'.repeat(3000)}b`);
});
