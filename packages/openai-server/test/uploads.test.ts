import { createHash } from 'node:crypto';
import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';

const begin = (client: OpenAI, bytes: number, purpose: OpenAI.FilePurpose = 'fine-tune') =>
  client.uploads.create({ bytes, filename: 'big.jsonl', mime_type: 'text/plain', purpose });
const part = async (client: OpenAI, upload: string, text: string) =>
  (await client.uploads.parts.create(upload, { data: await toFile(Buffer.from(text), 'part') })).id;

test('parts become one file in the order that completing names', async () => {
  const { client } = await connect();
  const upload = await begin(client, 6);
  expect(upload).toMatchObject({ object: 'upload', status: 'pending', file: null, bytes: 6 });
  expect(upload.expires_at).toBe(upload.created_at + 3600);
  const second = await part(client, upload.id, 'def');
  const first = await part(client, upload.id, 'abc');
  const md5 = createHash('md5').update('abcdef').digest('hex');
  const done = await client.uploads.complete(upload.id, { part_ids: [first, second], md5 });
  expect(done.status).toBe('completed');
  expect(done.file).toMatchObject({ bytes: 6, filename: 'big.jsonl', purpose: 'fine-tune' });
  expect(await (await client.files.content(done.file!.id)).text()).toBe('abcdef');
});

test('completing refuses missing bytes, foreign parts and a wrong md5, and the upload stays open', async () => {
  const { server, client } = await connect();
  const upload = await begin(client, 6);
  const other = await begin(client, 6);
  const first = await part(client, upload.id, 'abc');
  const second = await part(client, upload.id, 'def');
  const foreign = await part(client, other.id, 'def');
  await expect(client.uploads.complete(upload.id, { part_ids: [first] })).rejects.toThrow('Expected 6 bytes');
  await expect(client.uploads.complete(upload.id, { part_ids: [first, foreign] })).rejects.toThrow(foreign);
  await expect(client.uploads.complete(upload.id, { part_ids: [first, second], md5: 'no' })).rejects.toThrow(
    'md5',
  );
  expect(server.snapshot().files).toHaveLength(0);
  await client.uploads.complete(upload.id, { part_ids: [first, second] });
  expect(server.snapshot().files).toHaveLength(1);
});

test('nothing can be added to an upload that is completed, cancelled or an hour old', async () => {
  const { server, client } = await connect();
  const completed = await begin(client, 1);
  await client.uploads.complete(completed.id, { part_ids: [await part(client, completed.id, 'x')] });
  const cancelled = await begin(client, 1);
  expect((await client.uploads.cancel(cancelled.id)).status).toBe('cancelled');
  const late = await begin(client, 1);
  server.advance(3_601_000);
  expect(server.snapshot().uploads.map(({ status }) => status)).toEqual([
    'completed',
    'cancelled',
    'expired',
  ]);
  for (const { id } of [completed, cancelled, late]) {
    await expect(part(client, id, 'x')).rejects.toThrow(OpenAI.BadRequestError);
    await expect(client.uploads.cancel(id)).rejects.toThrow(OpenAI.BadRequestError);
  }
});

test('an upload beyond its limits, and one that nobody began, are refused', async () => {
  const { client } = await connect({ limits: { uploadBytes: 100, partBytes: 10 } });
  await expect(begin(client, 101)).rejects.toThrow('bytes');
  await expect(begin(client, 0)).rejects.toThrow('bytes');
  const upload = await begin(client, 20);
  await expect(part(client, upload.id, 'x'.repeat(11))).rejects.toThrow('Part is too large');
  await expect(part(client, 'upload_none', 'x')).rejects.toThrow(OpenAI.NotFoundError);
});

test('a file made of parts may be larger than one that is sent at once', async () => {
  const { client } = await connect({ limits: { fileBytes: 5 } });
  const upload = await begin(client, 6);
  const parts = [await part(client, upload.id, 'abc'), await part(client, upload.id, 'def')];
  const done = await client.uploads.complete(upload.id, { part_ids: parts });
  expect(done.file).toMatchObject({ bytes: 6 });
});

test('a file made of parts keeps the expiry that was asked for', async () => {
  const { client } = await connect();
  const upload = await client.uploads.create({
    bytes: 1,
    filename: 'a.txt',
    mime_type: 'text/plain',
    purpose: 'user_data',
    expires_after: { anchor: 'created_at', seconds: 7200 },
  });
  const done = await client.uploads.complete(upload.id, { part_ids: [await part(client, upload.id, 'x')] });
  expect(done.file!.expires_at).toBe(done.file!.created_at + 7200);
});
