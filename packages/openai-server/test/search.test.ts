import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';

type Filter = OpenAI.ComparisonFilter | OpenAI.CompoundFilter;

async function garden() {
  const connection = await connect({ unkind: false });
  const { attach } = connection;
  await attach('tomato.md', 'Tomatoes need water every day, and sun.', {
    name: 'tomato',
    height: 2,
    edible: true,
  });
  await attach('cactus.md', 'A cactus needs sun.', { name: 'cactus', height: 1, edible: false });
  await attach('oak.md', 'An oak is a tree.', { name: 'oak', height: 30 });
  const names = async (query: string, options: Partial<OpenAI.VectorStoreSearchParams> = {}) => {
    const { data } = await connection.client.vectorStores.search(connection.store, { query, ...options });
    return data.map(({ attributes }) => attributes?.name);
  };
  return { ...connection, names };
}

test('search gives the files that share words with the query, the best first', async () => {
  const { client, store } = await garden();
  const { data } = await client.vectorStores.search(store, {
    query: 'how much WATER and sun does a tomato need?',
    rewrite_query: true,
  });
  expect(data[0]).toEqual({
    file_id: expect.stringMatching(/^file-/),
    filename: 'tomato.md',
    score: expect.any(Number),
    attributes: { name: 'tomato', height: 2, edible: true },
    content: [{ type: 'text', text: 'Tomatoes need water every day, and sun.' }],
  });
  const scores = data.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  for (const score of scores) expect(score).toBeGreaterThan(0);
  for (const score of scores) expect(score).toBeLessThan(1);
});

test('what shares no word with the query is not found', async () => {
  const { names } = await garden();
  expect(await names('submarine')).toEqual([]);
});

test('singular and plural find each other', async () => {
  const { names } = await garden();
  for (const query of ['tomato', 'Tomatoes']) expect(await names(query)).toEqual(['tomato']);
  for (const query of ['tree', 'trees']) expect(await names(query)).toEqual(['oak']);
});

test('every filter narrows the search as its name says', async () => {
  const { names } = await garden();
  const filtered = async (filters: Filter) =>
    (await names('a an the need needs tree sun', { filters })).sort();
  const height = (type: OpenAI.ComparisonFilter['type'], value: OpenAI.ComparisonFilter['value']) =>
    filtered({ type, key: 'height', value });
  expect(await height('eq', 2)).toEqual(['tomato']);
  expect(await height('ne', 2)).toEqual(['cactus', 'oak']);
  expect(await height('gt', 2)).toEqual(['oak']);
  expect(await height('gte', 2)).toEqual(['oak', 'tomato']);
  expect(await height('lt', 2)).toEqual(['cactus']);
  expect(await height('lte', 2)).toEqual(['cactus', 'tomato']);
  expect(await height('in', [1, 30])).toEqual(['cactus', 'oak']);
  expect(await height('nin', [1, 30])).toEqual(['tomato']);
  const edible: Filter = { type: 'eq', key: 'edible', value: true };
  const tall: Filter = { type: 'gt', key: 'height', value: 20 };
  expect(await filtered({ type: 'or', filters: [edible, tall] })).toEqual(['oak', 'tomato']);
  expect(await filtered({ type: 'and', filters: [edible, tall] })).toEqual([]);
  expect(await filtered({ type: 'and', filters: [{ type: 'or', filters: [edible, tall] }, tall] })).toEqual([
    'oak',
  ]);
});

test('results are bounded by number and by score', async () => {
  const { client, store, names } = await garden();
  expect(await names('sun', { max_num_results: 1 })).toHaveLength(1);
  const { data } = await client.vectorStores.search(store, { query: 'sun' });
  const [best, second] = data.map(({ score }) => score);
  expect(second).toBeLessThan(best!);
  expect(await names('sun', { ranking_options: { score_threshold: best! } })).toHaveLength(1);
  for (const bad of [
    { max_num_results: 0 },
    { max_num_results: 51 },
    { ranking_options: { score_threshold: 2 } },
  ]) {
    await expect(names('sun', bad)).rejects.toThrow(OpenAI.BadRequestError);
  }
});

test('several queries are one search; an empty one, and a filter of no known kind, are refused', async () => {
  const { client, store } = await garden();
  const search = (query: string | string[], filters?: Filter) =>
    client.vectorStores.search(store, { query, ...(filters && { filters }) });
  expect((await search(['tree', 'cactus'])).data).toHaveLength(2);
  await expect(search('')).rejects.toThrow(OpenAI.BadRequestError);
  await expect(search([])).rejects.toThrow(OpenAI.BadRequestError);
  const odd = { type: 'like', key: 'name', value: 'x' } as unknown;
  await expect(search('tree', odd as Filter)).rejects.toThrow("Invalid value: 'like'");
});

test('a long file is found by the chunk that has the words', async () => {
  const { client, store, attach } = await connect({ unkind: false });
  const id = await attach('long.txt', `${'filler '.repeat(3000)} needle ${'filler '.repeat(3000)}`);
  const { data } = await client.vectorStores.search(store, { query: 'needle' });
  expect(data.length).toBeGreaterThan(0);
  for (const { file_id, content } of data) {
    expect(file_id).toBe(id);
    expect(content[0]!.text).toContain('needle');
    expect(content[0]!.text.length).toBeLessThan(5000);
  }
});

test('only what is attached and processed is found', async () => {
  const { server, client, store, attach } = await connect({ unkind: false });
  const found = async () =>
    (await client.vectorStores.search(store, { query: 'apple' })).data.map(({ file_id }) => file_id);
  server.inject('processingFailed', { route: 'vectorStores.files.create' });
  await attach('failed.txt', 'apple');
  server.inject({ kind: 'late', processedAfter: 1 }, { route: 'vectorStores.files.create' });
  const slow = await attach('slow.txt', 'apple');
  expect(await found()).toEqual([]);
  server.settle();
  expect(await found()).toEqual([slow]);
  await client.vectorStores.files.delete(slow, { vector_store_id: store });
  expect(await found()).toEqual([]);
});
