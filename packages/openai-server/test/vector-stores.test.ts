import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';

const DAY = 24 * 3600 * 1000;

test('a store is made, changed, listed and deleted', async () => {
  const { client, store } = await connect({ unkind: false });
  expect(await client.vectorStores.retrieve(store)).toMatchObject({
    id: expect.stringMatching(/^vs_/),
    object: 'vector_store',
    name: 'test',
    status: 'completed',
    metadata: {},
    expires_at: null,
    file_counts: { total: 0, completed: 0, in_progress: 0, failed: 0, cancelled: 0 },
    usage_bytes: 0,
  });
  const changed = await client.vectorStores.update(store, { name: 'renamed', metadata: { a: '1' } });
  expect(changed).toMatchObject({ name: 'renamed', metadata: { a: '1' } });
  expect((await client.vectorStores.list()).data).toEqual([changed]);
  expect(await client.vectorStores.delete(store)).toEqual({
    id: store,
    object: 'vector_store.deleted',
    deleted: true,
  });
  await expect(client.vectorStores.retrieve(store)).rejects.toThrow(OpenAI.NotFoundError);
});

test('a store made with files has them attached, or is not made at all', async () => {
  const { server, client, upload } = await connect({ unkind: false });
  const ids = [await upload('a.txt', 'aa'), await upload('b.txt', 'bbb')];
  const made = await client.vectorStores.create({ file_ids: ids });
  expect(made).toMatchObject({ file_counts: { total: 2, completed: 2 }, usage_bytes: 5 });
  await expect(client.vectorStores.create({ file_ids: ['file-none'] })).rejects.toThrow(OpenAI.NotFoundError);
  expect(server.snapshot().vectorStores).toHaveLength(2);
});

test('a store is in progress while one of its files is', async () => {
  const { server, client, store, attach } = await connect();
  await attach('a.txt', 'a');
  expect(await client.vectorStores.retrieve(store)).toMatchObject({
    status: 'in_progress',
    file_counts: { in_progress: 1, total: 1 },
  });
  server.settle();
  expect(await client.vectorStores.retrieve(store)).toMatchObject({
    status: 'completed',
    file_counts: { completed: 1, total: 1 },
  });
});

test('a store expires after days without activity, and then neither takes nor finds nor gives anything', async () => {
  const { server, client, store, attach, upload } = await connect({ unkind: false });
  const kept = await attach('a.txt', 'apple');
  const { expires_after, expires_at, last_active_at } = await client.vectorStores.update(store, {
    expires_after: { anchor: 'last_active_at', days: 2 },
  });
  expect(expires_after).toEqual({ anchor: 'last_active_at', days: 2 });
  expect(expires_at).toBe(last_active_at! + 2 * 24 * 3600);

  server.advance(1.5 * DAY);
  await client.vectorStores.search(store, { query: 'apple' });
  server.advance(1.5 * DAY);
  expect((await client.vectorStores.retrieve(store)).status).toBe('completed');
  server.advance(DAY);
  expect((await client.vectorStores.retrieve(store)).status).toBe('expired');

  const late = await upload('b.txt', 'b');
  await expect(client.vectorStores.files.create(store, { file_id: late })).rejects.toThrow('expired');
  await expect(client.vectorStores.search(store, { query: 'apple' })).rejects.toThrow('expired');
  await expect(client.vectorStores.files.content(kept, { vector_store_id: store })).rejects.toThrow(
    'expired',
  );
  expect((await client.vectorStores.files.list(store)).data).toHaveLength(1);
  await client.vectorStores.files.delete(kept, { vector_store_id: store });
  expect((await client.vectorStores.retrieve(store)).status).toBe('expired');
});

test('limits of names, metadata and expiry are enforced', async () => {
  const { client } = await connect();
  const refused = [
    { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v'])) },
    { metadata: { ['k'.repeat(65)]: 'v' } },
    { metadata: { k: 'v'.repeat(513) } },
    { expires_after: { anchor: 'last_active_at' as const, days: 0 } },
    { expires_after: { anchor: 'last_active_at' as const, days: 366 } },
  ];
  for (const body of refused) {
    await expect(client.vectorStores.create(body)).rejects.toThrow(OpenAI.BadRequestError);
  }
});
