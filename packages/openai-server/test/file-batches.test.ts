import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { collect, connect } from './connect.ts';

test('a batch attaches its files with the attributes of all, and is polled to its end', async () => {
  const { client, store, upload, server } = await connect();
  const ids = [await upload('a.txt', 'a'), await upload('b.txt', 'b')];
  const batch = await client.vectorStores.fileBatches.create(store, {
    file_ids: ids,
    attributes: { kind: 'x' },
  });
  expect(batch).toMatchObject({
    object: 'vector_store.files_batch',
    vector_store_id: store,
    status: 'in_progress',
    file_counts: { in_progress: 2, total: 2 },
  });
  const done = await client.vectorStores.fileBatches.poll(store, batch.id);
  expect(done).toMatchObject({ status: 'completed', file_counts: { completed: 2 } });
  server.settle();
  const files = await collect(
    client.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: store }),
  );
  expect(files.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(files.map(({ attributes }) => attributes)).toEqual([{ kind: 'x' }, { kind: 'x' }]);
});

test('a batch may name attributes for each of its files', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const ids = [await upload('a.txt', 'a'), await upload('b.txt', 'b')];
  await client.vectorStores.fileBatches.create(store, {
    files: ids.map((file_id, index) => ({ file_id, attributes: { index } })),
  });
  const listed = await collect(client.vectorStores.files.list(store));
  expect(Object.fromEntries(listed.map((file) => [file.id, file.attributes]))).toEqual({
    [ids[0]!]: { index: 0 },
    [ids[1]!]: { index: 1 },
  });
});

test('a batch is all or nothing, at most as long as allowed, and never both forms', async () => {
  const { server, client, store, upload } = await connect({ limits: { batchFiles: 2 } });
  const id = await upload('a.txt', 'a');
  const create = (body: OpenAI.VectorStores.FileBatchCreateParams) =>
    client.vectorStores.fileBatches.create(store, body);
  await expect(create({ file_ids: [id, 'file-none'] })).rejects.toThrow(OpenAI.NotFoundError);
  await expect(create({ file_ids: [id, id, id] })).rejects.toMatchObject({ code: 'array_above_max_length' });
  await expect(create({ file_ids: [] })).rejects.toMatchObject({ code: 'empty_array' });
  await expect(create({ file_ids: [id], files: [{ file_id: id }] })).rejects.toThrow('mutually exclusive');
  await expect(create({})).rejects.toThrow(OpenAI.BadRequestError);
  expect(server.snapshot().vectorStores[0]!.files).toEqual([]);
});

test('cancelling a batch ends what is still in progress', async () => {
  const { client, store, upload } = await connect();
  const batch = await client.vectorStores.fileBatches.create(store, {
    file_ids: [await upload('a.txt', 'a')],
  });
  const cancelled = await client.vectorStores.fileBatches.cancel(batch.id, { vector_store_id: store });
  expect(cancelled).toMatchObject({ status: 'cancelled', file_counts: { cancelled: 1, completed: 0 } });
});

test('a batch that is over is not cancelled any more', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const batch = await client.vectorStores.fileBatches.create(store, {
    file_ids: [await upload('a.txt', 'a')],
  });
  const kept = await client.vectorStores.fileBatches.cancel(batch.id, { vector_store_id: store });
  expect(kept).toMatchObject({ status: 'completed', file_counts: { completed: 1, cancelled: 0 } });
});

test('a detached file leaves the list of its batch', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const id = await upload('a.txt', 'a');
  const batch = await client.vectorStores.fileBatches.create(store, { file_ids: [id] });
  await client.vectorStores.files.delete(id, { vector_store_id: store });
  const files = client.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: store });
  expect(await collect(files)).toEqual([]);
});

test('an unknown batch is 404', async () => {
  const { client, store } = await connect();
  await expect(
    client.vectorStores.fileBatches.retrieve('vsfb_none', { vector_store_id: store }),
  ).rejects.toThrow(OpenAI.NotFoundError);
});
