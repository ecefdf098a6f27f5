import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { collect, connect } from './connect.ts';

async function filled(count: number) {
  const connection = await connect({ unkind: { ...settled, equalCreatedAt: true } });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await connection.upload(`${i}.txt`, `${i}`));
  await connection.client.vectorStores.fileBatches.create(connection.store, { file_ids: ids });
  const list = (query?: OpenAI.VectorStores.FileListParams) =>
    connection.client.vectorStores.files.list(connection.store, query);
  return { ...connection, ids, list };
}
const settled = { processedAfter: 0, visibleAfter: 0, listedAfter: 0 };
const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

test('a page has 20 objects by default, 100 at most, and every object comes exactly once', async () => {
  const { ids, list } = await filled(45);
  const first = await list();
  expect(first.data).toHaveLength(20);
  expect(first.has_more).toBe(true);
  expect(idsOf(await collect(list())).sort()).toEqual([...ids].sort());
  expect((await list({ limit: 100 })).data).toHaveLength(45);
  expect((await list({ limit: 45 })).has_more).toBe(false);
  for (const limit of [0, 101, -1]) await expect(list({ limit })).rejects.toMatchObject({ param: 'limit' });
  await expect(list({ limit: JSON.parse('"all"') })).rejects.toThrow(OpenAI.BadRequestError);
});

test('the newest comes first unless the order is asc', async () => {
  const { server, upload, client } = await connect();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push(await upload(`${i}.txt`, 'x'));
    server.advance(1000);
  }
  expect(idsOf((await client.files.list()).data)).toEqual(ids.toReversed());
  expect(idsOf((await client.files.list({ order: 'asc' })).data)).toEqual(ids);
  await expect(client.files.list({ order: 'random' as 'asc' })).rejects.toThrow(OpenAI.BadRequestError);
});

test('objects of one second have an order of their own, the same for every page', async () => {
  const { list } = await filled(30);
  const all = idsOf((await list({ limit: 100, order: 'asc' })).data);
  expect(idsOf((await list({ limit: 100, order: 'desc' })).data)).toEqual(all.toReversed());
  expect(idsOf(await collect(list({ limit: 7, order: 'asc' })))).toEqual(all);
});

test('before gives the page that precedes an object', async () => {
  const { list } = await filled(10);
  const all = idsOf((await list()).data);
  const page = await list({ limit: 3, before: all[5]! });
  expect(idsOf(page.data)).toEqual(all.slice(2, 5));
  expect(page.has_more).toBe(true);
  expect((await list({ limit: 5, before: all[5]! })).has_more).toBe(false);
});

test('a cursor on an object that is gone keeps its place; one that never was is refused', async () => {
  const { client, store, list } = await filled(10);
  for (const order of ['asc', 'desc'] as const) {
    const all = idsOf((await list({ order })).data);
    await client.vectorStores.files.delete(all[3]!, { vector_store_id: store });
    expect(idsOf((await list({ order, after: all[3]! })).data)).toEqual(all.slice(4));
  }
  await expect(list({ after: 'file-none' })).rejects.toMatchObject({ status: 400, param: 'after' });
});

test.each([19, 20, 25])(
  'a repeated item comes again on the next page, and none of %d is lost',
  async (count) => {
    const { server, ids, list } = await filled(count);
    server.inject('repeatedItem', { where: ({ query }) => query.after !== undefined, times: Infinity });
    const seen = idsOf(await collect(list({ limit: 10 })));
    expect(seen.length).toBeGreaterThan(count);
    expect([...new Set(seen)].sort()).toEqual([...ids].sort());
  },
);

test('pages of one object get to the end though items are repeated', async () => {
  const { server, list } = await filled(3);
  server.inject('repeatedItem', { times: Infinity });
  expect(await collect(list({ limit: 1 }))).toHaveLength(3);
});

test('an empty page with has_more makes the SDK stop early; asking again gives the page', async () => {
  const { server, list } = await filled(25);
  const fault = server.inject('emptyPage', { skip: 1 });
  expect(await collect(list({ limit: 10 }))).toHaveLength(10);
  expect(fault.fired).toBe(1);
  expect(await collect(list({ limit: 10 }))).toHaveLength(25);
});

test('an ignored cursor gives the first page for ever', async () => {
  const { server, list } = await filled(5);
  const fault = server.inject('ignoredCursor', { times: Number.POSITIVE_INFINITY });
  const first = await list({ limit: 5 });
  let page = first;
  for (let turn = 0; turn < 3; turn++) {
    expect(page.hasNextPage()).toBe(true);
    page = await page.getNextPage();
    expect(idsOf(page.data)).toEqual(idsOf(first.data));
  }
  fault.remove();
  expect((await page.getNextPage()).data).toEqual([]);
});

test('stores and the files of a batch are listed in pages too', async () => {
  const { client, store, upload } = await connect({ unkind: settled });
  for (let i = 0; i < 4; i++) await client.vectorStores.create({ name: `${i}` });
  expect(await collect(client.vectorStores.list({ limit: 2 }))).toHaveLength(5);
  const ids = [await upload('a.txt', 'a'), await upload('b.txt', 'b'), await upload('c.txt', 'c')];
  const batch = await client.vectorStores.fileBatches.create(store, { file_ids: ids });
  const files = client.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: store, limit: 2 });
  expect(idsOf(await collect(files)).sort()).toEqual([...ids].sort());
});
