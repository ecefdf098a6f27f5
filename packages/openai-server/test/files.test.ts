import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { collect, connect } from './connect.ts';

test('an uploaded file is described and listed as the API does', async () => {
  const { client } = await connect();
  const file = await client.files.create({
    file: await toFile(Buffer.from('hello'), 'greeting.txt'),
    purpose: 'assistants',
  });
  expect(file).toEqual({
    id: expect.stringMatching(/^file-/),
    object: 'file',
    bytes: 5,
    created_at: expect.any(Number),
    filename: 'greeting.txt',
    purpose: 'assistants',
    status: 'processed',
  });
  expect(Math.abs(file.created_at - Date.now() / 1000)).toBeLessThan(10);
  expect(await client.files.retrieve(file.id)).toEqual(file);
  expect((await client.files.list()).data).toEqual([file]);
});

test('only the basename of a file name is kept, whatever its script', async () => {
  const { client } = await connect();
  for (const name of ['a/b/ключ ö.txt', 'c:\\notes\\ключ ö.txt']) {
    const body = new FormData();
    body.append('file', new File(['x'], name));
    body.append('purpose', 'assistants');
    const answer = await client.post<OpenAI.FileObject>('/files', { body });
    expect(answer.filename).toBe('ключ ö.txt');
  }
});

test('bytes of any kind survive an upload', async () => {
  const { client } = await connect();
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256);
  const file = await client.files.create({ file: await toFile(bytes, 'b.jsonl'), purpose: 'fine-tune' });
  const answer = await client.files.content(file.id);
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
});

test.each(['assistants', 'user_data', 'vision'] as const)(
  'a file of purpose %s cannot be downloaded',
  async (purpose) => {
    const { client } = await connect();
    const file = await client.files.create({ file: await toFile(Buffer.from('x'), 'x.txt'), purpose });
    const refusal = client.files.content(file.id);
    await expect(refusal).rejects.toThrow(OpenAI.BadRequestError);
    await expect(refusal).rejects.toThrow(`Not allowed to download files of purpose: ${purpose}`);
  },
);

test('two posts of the same bytes make two files: the service is not idempotent', async () => {
  const { server, upload } = await connect();
  const ids = [await upload('a.txt', 'same'), await upload('a.txt', 'same')];
  expect(new Set(ids).size).toBe(2);
  expect(server.snapshot().files).toHaveLength(2);
});

test('an empty upload is refused', async () => {
  const { server, upload } = await connect();
  await expect(upload('empty.txt', '')).rejects.toThrow('File is empty');
  expect(server.snapshot().files).toHaveLength(0);
});

test('a file beyond the size limit is refused, however far beyond', async () => {
  const { server, upload } = await connect({ limits: { fileBytes: 1000, partBytes: 1000 } });
  await expect(upload('big.txt', 'x'.repeat(1001))).rejects.toThrow(OpenAI.BadRequestError);
  await expect(upload('huge.txt', 'x'.repeat(3_000_000))).rejects.toMatchObject({ status: 413 });
  await upload('fits.txt', 'x'.repeat(1000));
  expect(server.snapshot().files).toHaveLength(1);
});

test('an unknown purpose, and a purpose that wants another format, are refused', async () => {
  const { client } = await connect();
  const file = () => toFile(Buffer.from('x'), 'x.txt');
  await expect(
    client.files.create({ file: await file(), purpose: 'secret' as OpenAI.FilePurpose }),
  ).rejects.toThrow("Invalid value: 'secret'");
  await expect(client.files.create({ file: await file(), purpose: 'batch' })).rejects.toThrow('.jsonl');
});

test('a body that is no form, or has no file, is refused', async () => {
  const { client } = await connect();
  await expect(client.post('/files', { body: { purpose: 'assistants' } })).rejects.toThrow(
    OpenAI.BadRequestError,
  );
  const form = new FormData();
  form.append('purpose', 'assistants');
  await expect(client.post('/files', { body: form })).rejects.toThrow("'file' is a required property");
});

test('a deleted file is gone', async () => {
  const { client, upload } = await connect();
  const id = await upload('a.txt', 'a');
  expect(await client.files.delete(id)).toEqual({ id, object: 'file', deleted: true });
  await expect(client.files.retrieve(id)).rejects.toThrow(OpenAI.NotFoundError);
  await expect(client.files.delete(id)).rejects.toThrow(OpenAI.NotFoundError);
  expect((await client.files.list()).data).toEqual([]);
});

test('a file expires when its time is over', async () => {
  const { server, client } = await connect();
  const file = await client.files.create({
    file: await toFile(Buffer.from('x'), 'x.txt'),
    purpose: 'user_data',
    expires_after: { anchor: 'created_at', seconds: 3600 },
  });
  expect(file.expires_at).toBe(file.created_at + 3600);
  server.advance(3_500_000);
  expect((await client.files.list()).data).toHaveLength(1);
  server.advance(200_000);
  expect((await client.files.list()).data).toHaveLength(0);
  await expect(client.files.retrieve(file.id)).rejects.toThrow(OpenAI.NotFoundError);
});

test('an expiry outside of an hour to thirty days is refused', async () => {
  const { client } = await connect();
  for (const seconds of [3599, 30 * 24 * 3600 + 1]) {
    const file = await toFile(Buffer.from('x'), 'x.txt');
    await expect(
      client.files.create({ file, purpose: 'user_data', expires_after: { anchor: 'created_at', seconds } }),
    ).rejects.toMatchObject({ status: 400, param: 'seconds' });
  }
});

test('files are listed by purpose', async () => {
  const { client, upload } = await connect();
  const id = await upload('a.txt', 'a');
  await client.files.create({ file: await toFile(Buffer.from('{}'), 'b.jsonl'), purpose: 'batch' });
  const listed = await collect(client.files.list({ purpose: 'assistants' }));
  expect(listed.map((file) => file.id)).toEqual([id]);
});

test('more uploads a minute than allowed get 429 with a Retry-After that is true', async () => {
  const { server, upload } = await connect({ limits: { uploadsPerMinute: 2 } });
  await upload('a.txt', 'a');
  await upload('b.txt', 'b');
  const refusal = await upload('c.txt', 'c').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(OpenAI.RateLimitError);
  const seconds = Number((refusal as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after'));
  expect(seconds).toBeGreaterThan(50);
  server.advance(seconds * 1000);
  await upload('c.txt', 'c');
});
