import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { collect, connect } from './connect.ts';

test('a file is attached, described, changed and detached; the File stays', async () => {
  const { server, client, store, upload } = await connect({ unkind: false });
  const id = await upload('a.md', '# A');
  const at = { vector_store_id: store };
  const attached = await client.vectorStores.files.create(store, {
    file_id: id,
    attributes: { path: '/a.md', size: 3, plain: true },
  });
  expect(attached).toEqual({
    id,
    object: 'vector_store.file',
    created_at: expect.any(Number),
    vector_store_id: store,
    status: 'completed',
    last_error: null,
    usage_bytes: 3,
    attributes: { path: '/a.md', size: 3, plain: true },
    chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } },
  });
  expect(await client.vectorStores.files.retrieve(id, at)).toEqual(attached);
  expect(await collect(client.vectorStores.files.list(store))).toEqual([attached]);
  expect((await client.vectorStores.files.content(id, at)).data).toEqual([{ type: 'text', text: '# A' }]);

  const updated = await client.vectorStores.files.update(id, { ...at, attributes: { path: '/b.md' } });
  expect(updated.attributes).toEqual({ path: '/b.md' });

  expect(await client.vectorStores.files.delete(id, at)).toEqual({
    id,
    object: 'vector_store.file.deleted',
    deleted: true,
  });
  await expect(client.vectorStores.files.retrieve(id, at)).rejects.toThrow(OpenAI.NotFoundError);
  await expect(client.vectorStores.files.delete(id, at)).rejects.toThrow(OpenAI.NotFoundError);
  expect(server.snapshot().files.map((file) => file.id)).toEqual([id]);
});

test('a chunking strategy is taken within its limits only', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const id = await upload('a.txt', 'a');
  const attach = (size: number, overlap: number) =>
    client.vectorStores.files.create(store, {
      file_id: id,
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap },
      },
    });
  expect((await attach(200, 100)).chunking_strategy).toMatchObject({
    static: { max_chunk_size_tokens: 200 },
  });
  for (const [size, overlap] of [
    [99, 0],
    [4097, 0],
    [200, 101],
  ] as const) {
    await expect(attach(size, overlap)).rejects.toThrow(OpenAI.BadRequestError);
  }
});

test('attributes have 16 keys of 64 characters and strings of 512 at most, of three types', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const id = await upload('a.txt', 'a');
  const attach = (attributes: Record<string, unknown>) =>
    client.vectorStores.files.create(store, {
      file_id: id,
      attributes: attributes as Record<string, string>,
    });
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  const fits = { ...keys(14), ['k'.repeat(64)]: true, long: 'x'.repeat(512) };
  expect((await attach(fits)).attributes).toEqual(fits);
  for (const [attributes, code] of [
    [keys(17), 'object_above_max_properties'],
    [{ ['k'.repeat(65)]: 1 }, 'string_above_max_length'],
    [{ k: 'x'.repeat(513) }, 'string_above_max_length'],
    [{ k: null }, 'invalid_type'],
    [{ k: ['x'] }, 'invalid_type'],
  ] as const) {
    await expect(attach(attributes)).rejects.toMatchObject({ status: 400, code });
    await expect(
      client.vectorStores.files.update(id, {
        vector_store_id: store,
        attributes: attributes as Record<string, string>,
      }),
    ).rejects.toMatchObject({ status: 400, code });
  }
});

test('what is unknown is 404: the store, the File, the attachment', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const id = await upload('a.txt', 'a');
  const missing = [
    () => client.vectorStores.files.create('vs_none', { file_id: id }),
    () => client.vectorStores.files.create(store, { file_id: 'file-none' }),
    () => client.vectorStores.files.retrieve(id, { vector_store_id: store }),
    () => client.vectorStores.files.content(id, { vector_store_id: store }),
    () => client.vectorStores.files.update(id, { vector_store_id: store, attributes: {} }),
    () => client.vectorStores.files.list('vs_none'),
  ];
  for (const request of missing) await expect(request()).rejects.toThrow(OpenAI.NotFoundError);
});

test('an extension that cannot be parsed is refused when attaching', async () => {
  const { server, client, store, upload } = await connect();
  for (const name of ['a.bin', 'a.csv', 'noextension']) {
    const id = await upload(name, 'x');
    await expect(client.vectorStores.files.create(store, { file_id: id })).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_file',
    });
  }
  expect(server.snapshot().vectorStores[0]!.files).toEqual([]);
});

test('or, where the server fails late, is taken and ends as failed', async () => {
  const { client, store, upload } = await connect({ unkind: { failsLate: true, visibleAfter: 0 } });
  const id = await upload('a.bin', 'x');
  const done = await client.vectorStores.files.createAndPoll(store, { file_id: id });
  expect(done).toMatchObject({ status: 'failed', last_error: { code: 'unsupported_file' } });
});

test('only Files for assistants or user data can be attached', async () => {
  const { client, store } = await connect({ unkind: false });
  const file = await client.files.create({
    file: await toFile(Buffer.from('{}'), 'a.jsonl'),
    purpose: 'fine-tune',
  });
  await expect(client.vectorStores.files.create(store, { file_id: file.id })).rejects.toThrow('purpose');
});

test('a text that is no text, or too long for the parser, ends as failed', async () => {
  const { client, store, upload } = await connect({ unkind: false, limits: { fileTokens: 10 } });
  const statuses: Record<string, string> = {};
  for (const [name, content] of [
    ['utf8', 'größe'],
    ['utf16', Buffer.from('\ufeffgr', 'utf16le')],
    ['binary', Uint8Array.of(0xc3, 0x28)],
    ['long', 'x'.repeat(11)],
  ] as const) {
    const id = await upload(`${name}.txt`, content);
    statuses[name] = (await client.vectorStores.files.create(store, { file_id: id })).status;
  }
  expect(statuses).toEqual({ utf8: 'completed', utf16: 'completed', binary: 'failed', long: 'failed' });
});

test('content is decoded from UTF-16 as from UTF-8', async () => {
  const { client, store, upload } = await connect({ unkind: false });
  const big = Buffer.from('\ufeffgröße', 'utf16le').swap16();
  for (const bytes of [Buffer.from('größe'), Buffer.from('\ufeffgröße', 'utf16le'), big]) {
    const id = await upload('a.txt', bytes);
    await client.vectorStores.files.create(store, { file_id: id });
    const { data } = await client.vectorStores.files.content(id, { vector_store_id: store });
    expect(data).toEqual([{ type: 'text', text: 'größe' }]);
  }
});

test('lists are filtered by status', async () => {
  const { client, store, attach, server } = await connect({ unkind: false });
  const good = await attach('a.txt', 'a');
  server.inject('processingFailed', { route: 'vectorStores.files.create' });
  const bad = await attach('b.txt', 'b');
  const ids = async (filter: 'completed' | 'failed' | 'cancelled') =>
    (await client.vectorStores.files.list(store, { filter })).data.map(({ id }) => id);
  expect(await ids('completed')).toEqual([good]);
  expect(await ids('failed')).toEqual([bad]);
  expect(await ids('cancelled')).toEqual([]);
});

test('more attachments a minute than allowed get 429, batches included', async () => {
  const { client, store, attach, upload } = await connect({
    unkind: false,
    limits: { attachmentsPerMinute: 2 },
  });
  await attach('a.txt', 'a');
  const ids = [await upload('b.txt', 'b'), await upload('c.txt', 'c')];
  await expect(client.vectorStores.fileBatches.create(store, { file_ids: ids })).rejects.toThrow(
    OpenAI.RateLimitError,
  );
  await attach('d.txt', 'd');
  await expect(attach('e.txt', 'e')).rejects.toThrow(OpenAI.RateLimitError);
});
