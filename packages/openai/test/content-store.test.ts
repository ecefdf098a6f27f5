import { hash, randomBytes } from 'node:crypto';
import { MemoryFileBackend, readOnly } from '@f9/core';
import { type BackendPath, backendError, backendOf, layer } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { BLOB_PIECE, ContentStore } from '../src/bytes/content-store.ts';
import { connect } from './connect.ts';

async function* pieces(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < data.length; i += BLOB_PIECE) yield data.slice(i, i + BLOB_PIECE);
}

async function stored(size: number) {
  const backend = new MemoryFileBackend();
  const store = new ContentStore(backend, 'vs_1');
  const data = new Uint8Array(randomBytes(size));
  const { listSha256 } = await store.write('w1', pieces(data), {});
  return {
    backend,
    store,
    data,
    reference: { writeId: 'w1', size, sha256: hash('sha256', data), listSha256 },
  };
}

test('a small blob is the bytes alone, a large one has a list of checksums at its end', async () => {
  const small = await stored(1000);
  expect(small.reference.listSha256).toBeUndefined();
  expect((await small.backend.info('vs_1/w1')).size).toBe(1000);
  const large = await stored(2 * BLOB_PIECE + 1);
  expect((await large.backend.info('vs_1/w1')).size).toBe(2 * BLOB_PIECE + 1 + 3 * 32);
  await large.store.verify(large.reference, {});
  const sums = (await large.store.sums(large.reference, {}))!;
  expect(await large.store.piece(large.reference, 2, sums[2], {})).toEqual(large.data.slice(-1));
});

test('a changed byte, a changed list and a blob that was cut are noticed', async () => {
  const { backend, store, reference } = await stored(2 * BLOB_PIECE + 1);
  const blob = await backend.read('vs_1/w1');
  for (const damage of [
    (bytes: Uint8Array) => bytes.fill(bytes[5]! ^ 1, 5, 6),
    (bytes: Uint8Array) => bytes.fill(bytes.at(-1)! ^ 1, -1),
    (bytes: Uint8Array) => bytes.subarray(0, BLOB_PIECE),
  ]) {
    await backend.update('vs_1/w1', { data: damage(blob.slice()) });
    await expect(store.verify(reference, { path: 'a' })).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining('"a"'),
    });
  }
  await store.delete('w1', {});
  await store.delete('w1', {});
  await expect(store.verify(reference, {})).rejects.toMatchObject({ code: 'INTEGRITY' });
  expect(await store.writeIds({})).toEqual([]);
});

test('what the content store fails with comes with the path of the vault', async () => {
  const { open } = await connect({ unkind: false });
  const contentStore = readOnly(new MemoryFileBackend());
  const backend = open({ inlineLimit: 0, contentStore });
  await expect(backend.create('a.md', { data: 'a' })).rejects.toMatchObject({
    code: 'READ_ONLY',
    path: 'a.md',
    operation: 'create',
  });
  expect(await backend.exists('a.md')).toBe(false);
});

test('a content store that loses what it was given fails the write', async () => {
  const { open, server } = await connect({ unkind: false });
  const { driver } = new MemoryFileBackend();
  const forgetful = layer(driver, {
    readFile: undefined,
    read: async function* (path: BackendPath) {
      yield new Uint8Array();
      throw backendError('NOT_FOUND', 'Gone; write it again', { path });
    },
  });
  const backend = open({ inlineLimit: 0, contentStore: backendOf(forgetful) });
  await expect(backend.create('a.md', { data: 'a' })).rejects.toMatchObject({
    code: 'INTEGRITY',
    path: 'a.md',
  });
  await backend[Symbol.asyncDispose]();
  expect(server.snapshot().files).toEqual([]);
});

test('an abort ends a write to the content store, and takes back what was uploaded', async () => {
  const { open, server } = await connect({ unkind: false });
  const contentStore = new MemoryFileBackend();
  const backend = open({ inlineLimit: 0, contentStore });
  const controller = new AbortController();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(BLOB_PIECE);
    controller.abort(new Error('enough'));
    yield new Uint8Array(BLOB_PIECE);
  }
  await expect(
    backend.streamWrite('a', { chunkSource: source(), signal: controller.signal }),
  ).rejects.toThrow('enough');
  await backend[Symbol.asyncDispose]();
  expect(server.snapshot().files).toEqual([]);
  expect(await contentStore.globFiles('**')).toEqual([]);
});
