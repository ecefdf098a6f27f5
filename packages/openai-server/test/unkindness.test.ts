import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { Unkindness } from '../src/index.ts';
import { type Connection, connect } from './connect.ts';

const exact: Partial<Unkindness> = {
  processedAfter: 0,
  visibleAfter: 0,
  listedAfter: 0,
  settleWithin: 60_000,
};

const listed = async ({ client, store }: Connection) => (await client.vectorStores.files.list(store)).data;
const retrieve = ({ client, store }: Connection, id: string) =>
  client.vectorStores.files.retrieve(id, { vector_store_id: store });
async function contentParts({ client, store }: Connection, id: string): Promise<string[]> {
  const { data } = await client.vectorStores.files.content(id, { vector_store_id: store });
  return data.map(({ text }) => text!);
}

test('a file is in progress for as many looks as told, and then completed', async () => {
  const connection = await connect({ unkind: { ...exact, processedAfter: 2 } });
  const id = await connection.attach('a.txt', 'a');
  const statuses = [];
  for (let look = 0; look < 3; look++) statuses.push((await retrieve(connection, id)).status);
  expect(statuses).toEqual(['in_progress', 'in_progress', 'completed']);
});

test('lists count as looks, so that a client may poll by listing', async () => {
  const connection = await connect({ unkind: { ...exact, processedAfter: 2 } });
  await connection.attach('a.txt', 'a');
  const statuses = [];
  for (let look = 0; look < 3; look++) statuses.push((await listed(connection))[0]!.status);
  expect(statuses).toEqual(['in_progress', 'in_progress', 'completed']);
});

test('content is refused until the file is processed', async () => {
  const connection = await connect({ unkind: { ...exact, processedAfter: 1 } });
  const id = await connection.attach('a.txt', 'a');
  await expect(contentParts(connection, id)).rejects.toThrow('in_progress');
  connection.server.settle();
  expect(await contentParts(connection, id)).toEqual(['a']);
});

test('an attached file is 404 for its first reads, and can be changed and detached all the same', async () => {
  const connection = await connect({ unkind: { ...exact, visibleAfter: 2 } });
  const { client, store } = connection;
  const id = await connection.attach('a.txt', 'a');
  await expect(retrieve(connection, id)).rejects.toThrow(OpenAI.NotFoundError);
  await expect(contentParts(connection, id)).rejects.toThrow(OpenAI.NotFoundError);
  expect((await retrieve(connection, id)).id).toBe(id);

  const other = await connection.attach('b.txt', 'b');
  await client.vectorStores.files.update(other, { vector_store_id: store, attributes: { a: 1 } });
  await client.vectorStores.files.delete(other, { vector_store_id: store });
});

test('the first lists after an attach, an update and a detach show the state before', async () => {
  const connection = await connect({ unkind: { ...exact, listedAfter: 1 } });
  const { client, store } = connection;
  const id = await connection.attach('a.txt', 'a', { version: 1 });
  expect(await listed(connection)).toEqual([]);
  expect(await listed(connection)).toMatchObject([{ id, attributes: { version: 1 } }]);

  await client.vectorStores.files.update(id, { vector_store_id: store, attributes: { version: 2 } });
  expect((await retrieve(connection, id)).attributes).toEqual({ version: 2 });
  expect(await listed(connection)).toMatchObject([{ id, attributes: { version: 1 } }]);
  expect(await listed(connection)).toMatchObject([{ id, attributes: { version: 2 } }]);

  await client.vectorStores.files.delete(id, { vector_store_id: store });
  await expect(retrieve(connection, id)).rejects.toThrow(OpenAI.NotFoundError);
  expect(await listed(connection)).toMatchObject([{ id }]);
  expect(await listed(connection)).toEqual([]);
});

test('two updates between two lists show the attributes of before both', async () => {
  const connection = await connect({ unkind: { ...exact, listedAfter: 1 } });
  const { client, store, server } = connection;
  const id = await connection.attach('a.txt', 'a', { version: 1 });
  server.settle();
  for (const version of [2, 3]) {
    await client.vectorStores.files.update(id, { vector_store_id: store, attributes: { version } });
  }
  expect(await listed(connection)).toMatchObject([{ attributes: { version: 1 } }]);
  expect(await listed(connection)).toMatchObject([{ attributes: { version: 3 } }]);
});

test('a file attached again while a list still shows its detached self is listed once', async () => {
  const connection = await connect({ unkind: { ...exact, listedAfter: 1 } });
  const { client, store, server } = connection;
  const id = await connection.attach('a.txt', 'a', { version: 1 });
  server.settle();
  await client.vectorStores.files.delete(id, { vector_store_id: store });
  await client.vectorStores.files.create(store, { file_id: id, attributes: { version: 2 } });
  await listed(connection);
  expect(await listed(connection)).toMatchObject([{ id, attributes: { version: 2 } }]);
});

test('whatever is unkind is over when settleWithin is', async () => {
  const connection = await connect({
    unkind: { processedAfter: 1000, visibleAfter: 1000, listedAfter: 1000, settleWithin: 5000 },
  });
  const { server, client, store } = connection;
  const gone = await connection.attach('gone.txt', 'gone');
  const id = await connection.attach('a.txt', 'a');
  server.advance(5000);
  expect((await retrieve(connection, id)).status).toBe('completed');
  await client.vectorStores.files.delete(gone, { vector_store_id: store });
  expect(await listed(connection)).toHaveLength(2);
  server.advance(server.unkind.settleWithin);
  expect(await listed(connection)).toHaveLength(1);
});

test.each(['processedAfter', 'visibleAfter', 'listedAfter'] as const)(
  'settle() ends %s at once',
  async (stage) => {
    const connection = await connect({ unkind: { ...exact, [stage]: 1000 } });
    const id = await connection.attach('a.txt', 'a');
    connection.server.settle();
    expect((await retrieve(connection, id)).status).toBe('completed');
    expect(await listed(connection)).toHaveLength(1);
  },
);

test('parsed content comes in parts, the end of each repeated by the next', async () => {
  const connection = await connect({
    unkind: { ...exact, partCharacters: 10, overlapCharacters: 3, trimParts: false },
  });
  const text = 'abcdefghijklmnopqrstuvwxyz';
  const parts = await contentParts(connection, await connection.attach('a.txt', text));
  expect(parts).toEqual(['abcdefghij', 'hijklmnopq', 'opqrstuvwx', 'vwxyz']);
});

test('parts are trimmed, and vanish if nothing is left', async () => {
  const connection = await connect({ unkind: { ...exact, partCharacters: 5, overlapCharacters: 0 } });
  const parts = await contentParts(connection, await connection.attach('a.txt', ' a b \n\n\n\n\n c d\n'));
  expect(parts).toEqual(['a b', 'c d']);
});

test('each kind of damage to parsed content can be switched off', async () => {
  const connection = await connect({
    unkind: { ...exact, partCharacters: Infinity, overlapCharacters: 0, trimParts: false },
  });
  const text = `  ${'line\r\n'.repeat(2000)}\t`;
  expect(await contentParts(connection, await connection.attach('a.txt', text))).toEqual([text]);
});

test('no part ends in the middle of a character', async () => {
  const connection = await connect({ unkind: { ...exact, partCharacters: 5, overlapCharacters: 2 } });
  for (const part of await contentParts(connection, await connection.attach('a.txt', '🌱'.repeat(40)))) {
    expect(part.isWellFormed()).toBe(true);
  }
});

test('a File deleted without being detached stays listed, but is neither given nor found', async () => {
  const connection = await connect({ unkind: exact });
  const { server, client, store } = connection;
  const id = await connection.attach('a.txt', 'apple');
  server.settle();
  await client.files.delete(id);
  expect(await listed(connection)).toHaveLength(1);
  await expect(contentParts(connection, id)).rejects.toThrow(OpenAI.NotFoundError);
  expect((await client.vectorStores.search(store, { query: 'apple' })).data).toEqual([]);
});

test('a friendly server detaches it everywhere, as the documentation has it', async () => {
  const connection = await connect({ unkind: false });
  const id = await connection.attach('a.txt', 'a');
  await connection.client.files.delete(id);
  expect(await listed(connection)).toEqual([]);
});

test('search goes on finding what was detached, and old attributes, until that is settled', async () => {
  const connection = await connect({ unkind: { ...exact, listedAfter: 1 } });
  const { server, client, store } = connection;
  const found = async () => (await client.vectorStores.search(store, { query: 'apple' })).data;
  const id = await connection.attach('a.txt', 'apple', { version: 1 });
  server.settle();
  await client.vectorStores.files.update(id, { vector_store_id: store, attributes: { version: 2 } });
  expect(await found()).toMatchObject([{ attributes: { version: 1 } }]);
  server.settle();
  expect(await found()).toMatchObject([{ attributes: { version: 2 } }]);
  await client.vectorStores.files.delete(id, { vector_store_id: store });
  expect(await found()).toHaveLength(1);
  server.unkind.staleSearch = false;
  expect(await found()).toEqual([]);
});

test('every object can be created in one second', async () => {
  const { server, client, upload } = await connect({ unkind: { equalCreatedAt: true } });
  const first = await client.files.retrieve(await upload('a.txt', 'a'));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const second = await client.files.retrieve(await upload('b.txt', 'b'));
  expect(second.created_at).toBe(first.created_at);
  server.advance(3_600_000);
  const later = await client.files.retrieve(await upload('c.txt', 'c'));
  expect(later.created_at).toBe(first.created_at + 3600);
});

test('a server is unkind unless told otherwise', async () => {
  const { server } = await connect();
  const { server: friendly } = await connect({ unkind: false });
  expect(server.unkind).toMatchObject({ trimParts: true, keepsDeletedFiles: true, listedAfter: 1 });
  expect(server.unkind.settleWithin).toBeGreaterThan(0);
  expect(friendly.unkind).toMatchObject({ trimParts: false, keepsDeletedFiles: false, listedAfter: 0 });
});
