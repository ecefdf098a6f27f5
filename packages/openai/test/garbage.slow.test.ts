import { randomBytes } from 'node:crypto';
import { MemoryFileBackend } from '@f9/core';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { createVectorStore } from '../src/index.ts';
import { connect } from './connect.ts';
import { API_KEY } from './quick.ts';

const ALWAYS = { times: Number.POSITIVE_INFINITY };

/** A store with a file, and what a crash between any two requests of a write in parts leaves behind. */
async function littered() {
  const connection = await connect({ unkind: false });
  const { open, server } = connection;
  await open().create('keep.md', { data: 'keep' });
  const options = { inlineLimit: 0, partSize: 1024, maxRetries: 0 };
  for (const requests of [4, 5, 6, 7, 8]) {
    const backend = open(options);
    server.crashAfter(requests);
    await expect(backend.create('lost', { data: 'x'.repeat(2500) })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await backend[Symbol.asyncDispose]();
    server.resume();
  }
  return connection;
}

test('removes what cut off writes left, and nothing else', async () => {
  const { open, server } = await littered();
  expect(server.snapshot().files.length).toBeGreaterThan(5);
  const backend = open();
  const { removed } = await backend.collectGarbage({ olderThan: 0 });
  expect(removed.length).toBeGreaterThan(5);
  expect(new Set(removed.map(({ kind }) => kind))).toEqual(new Set(['piece', 'upload']));
  expect(server.snapshot().files).toHaveLength(1);
  expect(await open().read('keep.md', { binary: false })).toBe('keep');
  expect((await backend.collectGarbage({ olderThan: 0 })).removed).toEqual([]);
});

test('dryRun tells the same and removes nothing', async () => {
  const { open, server } = await littered();
  const before = server.snapshot().files.length;
  const { removed } = await open().collectGarbage({ olderThan: 0, dryRun: true });
  expect(removed).toHaveLength(before - 1);
  expect(server.snapshot().files).toHaveLength(before);
  expect(removed.every(({ createdAt }) => Math.abs(Date.now() - createdAt.getTime()) < 60_000)).toBe(true);
});

test('a mistyped option is refused before anything is removed', async () => {
  const { open } = await connect();
  await expect(open().collectGarbage({ olderThan: 0, dryrun: true } as never)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('the closest is dryRun'),
  });
});

test('what is younger than olderThan, a day by default, stays: it may be a write that is under way', async () => {
  const { open, server } = await littered();
  const before = server.snapshot().files.length;
  expect((await open().collectGarbage()).removed).toEqual([]);
  expect((await open().collectGarbage({ olderThan: 60_000 })).removed).toEqual([]);
  expect(server.snapshot().files).toHaveLength(before);
  await expect(open().collectGarbage({ olderThan: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('leaves alone what belongs to another store of the same account', async () => {
  const { server, open } = await littered();
  const before = server.snapshot().files.length;
  const vectorStoreId = await createVectorStore({ apiKey: API_KEY, baseURL: server.url, name: 'other' });
  const elsewhere = open({ vectorStoreId });
  expect((await elsewhere.collectGarbage({ olderThan: 0 })).removed).toEqual([]);
  expect(server.snapshot().files).toHaveLength(before);
});

test('removes replaced versions that could not be removed when they were replaced', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ maxRetries: 0 });
  await backend.create('a', { data: 'old' });
  server.inject('error', { route: 'vectorStores.files.delete', ...ALWAYS });
  await backend.update('a', { data: 'new' });
  server.clearFaults();
  expect(server.snapshot().files).toHaveLength(2);
  const { removed } = await open().collectGarbage({ olderThan: 0 });
  expect(removed.map(({ kind }) => kind)).toEqual(['version']);
  expect(await open().read('a', { binary: false })).toBe('new');
});

test('a version that could not be removed does not come back when the newer one is deleted or moved', async () => {
  const { open, server } = await connect({ unkind: false });
  for (const leave of ['delete', 'move'] as const) {
    const backend = open({ maxRetries: 0 });
    await backend.create('a', { data: 'old' });
    server.inject('error', { route: 'vectorStores.files.delete', ...ALWAYS });
    await backend.update('a', { data: 'new' });
    server.clearFaults();
    const other = open();
    await (leave === 'delete' ? other.delete('a') : other.move('a', 'b'));
    expect(await open().exists('a')).toBe(false);
  }
});

test('removes files whose processing failed, and blobs that no file names', async () => {
  const { open, server } = await connect({ unkind: false });
  const contentStore = new MemoryFileBackend();
  const backend = open({ contentStore, inlineLimit: 0, maxRetries: 0 });
  await backend.create('keep', { data: 'keep' });
  server.inject('processingFailed', { route: 'vectorStores.files.create', ...ALWAYS });
  server.inject('error', { route: ['vectorStores.files.delete', 'files.delete', 'files.list'], ...ALWAYS });
  await expect(backend.create('lost', { data: 'lost' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await backend[Symbol.asyncDispose]();
  server.clearFaults();
  expect(await contentStore.globFiles('**')).toHaveLength(2);
  const { removed } = await open({ contentStore }).collectGarbage({ olderThan: 0 });
  expect(removed.map(({ kind }) => kind).toSorted()).toEqual(['blob', 'unprocessed', 'unprocessed']);
  expect(await contentStore.globFiles('**')).toHaveLength(1);
  expect(await open({ contentStore }).read('keep', { binary: false })).toBe('keep');
});

test('an old version that is still being read in this process stays', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 1024 });
  const old = 'old '.repeat(1000);
  await backend.create('a', { data: Uint8Array.from({ length: 4000 }, (_, i) => (i * i) % 251) });
  const reader = backend.streamRead('a', { chunkSize: 100 }).getReader();
  const first = (await reader.read()).value!;
  await backend.update('a', { data: old });
  await backend.collectGarbage({ olderThan: 0 });
  let length = first.length;
  for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.length;
  expect(length).toBe(4000);
  await backend[Symbol.asyncDispose]();
  const parts = Math.ceil(old.length / 1024);
  const files = server
    .snapshot()
    .vectorStores[0]!.files.filter(({ attributes }) => attributes?.f9 === 'part');
  expect(files).toHaveLength(parts);
});

/** A client to whom one list of the store does not show some files. */
function forgetfulClient(baseURL: string, hidden: ReadonlySet<string>, listNumber: number): OpenAI {
  let lists = 0;
  return new OpenAI({
    apiKey: API_KEY,
    baseURL,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const isList = /\/vector_stores\/[^/]+\/files\?/.test(String(url));
      if (!isList || lists++ !== listNumber) return response;
      const page = (await response.json()) as { data: { id: string }[] };
      return Response.json({ ...page, data: page.data.filter(({ id }) => !hidden.has(id)) });
    },
  });
}

test('a file that one list leaves out is not taken for garbage, nor what belongs to it', async () => {
  const { open, server } = await connect({ unkind: false });
  const contentStore = new MemoryFileBackend();
  const data = randomBytes(3000);
  await open({ inlineLimit: 0, partSize: 1024 }).create('parts', { data });
  await open({ inlineLimit: 0, contentStore }).create('blob', { data });
  const heads = server
    .snapshot()
    .vectorStores[0]!.files.filter(({ attributes }) => attributes?.path !== undefined);
  const hidden = new Set(heads.map(({ id }) => id));
  expect(hidden.size).toBe(2);
  for (const listNumber of [0, 1]) {
    const backend = open({ contentStore, client: forgetfulClient(server.url, hidden, listNumber) });
    expect((await backend.collectGarbage({ olderThan: 0 })).removed).toEqual([]);
  }
  expect(Buffer.from(await open().read('parts'))).toEqual(data);
  expect(Buffer.from(await open({ contentStore }).read('blob'))).toEqual(data);
});
