import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { startServer } from '../src/index.ts';

test('smoke', async () => {
  await using server = await startServer();
  const client = new OpenAI({ apiKey: 'sk-x', baseURL: server.url, maxRetries: 0 });
  const store = await client.vectorStores.create({ name: 'x' });
  const file = await client.files.create({
    file: await toFile(Buffer.from('hello '.repeat(1000)), 'a/b.txt'),
    purpose: 'assistants',
  });
  expect(file.filename).toBe('b.txt');
  await client.vectorStores.files.create(store.id, { file_id: file.id, attributes: { path: 'x' } });
  await expect(client.vectorStores.files.retrieve(file.id, { vector_store_id: store.id })).rejects.toThrow(
    OpenAI.NotFoundError,
  );
  const done = await client.vectorStores.files.poll(store.id, file.id);
  expect(done.status).toBe('completed');
  expect((await client.vectorStores.files.list(store.id)).data).toHaveLength(0);
  expect((await client.vectorStores.files.list(store.id)).data).toHaveLength(1);
  const content = await client.vectorStores.files.content(file.id, { vector_store_id: store.id });
  expect(content.data.length).toBeGreaterThan(2);
  const found = await client.vectorStores.search(store.id, { query: 'hello' });
  expect(found.data.length).toBeGreaterThan(0);
  await expect(client.files.content(file.id)).rejects.toThrow('Not allowed to download');
  server.inject('commitThenReset');
  await expect(client.files.delete(file.id)).rejects.toThrow(OpenAI.APIConnectionError);
  expect(server.snapshot().files).toHaveLength(0);
  console.log(server.requests.map((r) => [r.route, r.status, r.faults].join(' ')));
});
