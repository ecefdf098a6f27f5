import { randomBytes } from 'node:crypto';
import { FileBackendError, IntegrityError } from '@f9/core';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';

const ALWAYS = { times: Number.POSITIVE_INFINITY };

test('a service that garbles parts is noticed, never believed', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 1024 });
  const data = new Uint8Array(randomBytes(3000));
  await backend.create('a', { data });
  server.inject('wrongBytes', { route: 'vectorStores.files.content', skip: 1, ...ALWAYS });
  await expect(backend.read('a')).rejects.toBeInstanceOf(IntegrityError);
  await expect(backend.read('a', { offset: 2500 })).rejects.toMatchObject({ code: 'INTEGRITY', path: 'a' });
  server.clearFaults();
  expect(await backend.read('a')).toEqual(data);
});

test('a stream gives out nothing of a part that is wrong', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 1024 });
  const data = new Uint8Array(randomBytes(3000));
  await backend.create('a', { data });
  server.inject('wrongBytes', { route: 'vectorStores.files.content', skip: 2, ...ALWAYS });
  const chunks: Uint8Array[] = [];
  const read = async (): Promise<void> => {
    for await (const chunk of backend.streamRead('a', { chunkSize: 64 })) chunks.push(chunk);
  };
  await expect(read()).rejects.toBeInstanceOf(IntegrityError);
  expect(new Uint8Array(Buffer.concat(chunks))).toEqual(data.slice(0, 2048));
});

test('a service that garbles attributes is noticed by whoever may miss something for it', async () => {
  const { open, server } = await connect({ unkind: false });
  const writer = open();
  await writer.create('good.md', { data: 'good' });
  // One character of the longest attribute of all becomes another one.
  await writer.create('bad.md', { data: randomBytes(300) });
  const lists = server.inject('wrongBytes', {
    route: ['vectorStores.files.list', 'vectorStores.files.retrieve'],
    ...ALWAYS,
  });
  const reader = open({ cacheTtl: 60_000 });
  await expect(reader.read('bad.md')).rejects.toBeInstanceOf(IntegrityError);
  await expect(reader.exists('other.md')).rejects.toBeInstanceOf(IntegrityError);
  await expect(reader.glob('**')).rejects.toBeInstanceOf(IntegrityError);
  await expect(reader.delete('bad.md')).rejects.toBeInstanceOf(FileBackendError);
  lists.remove();
  expect(await open().glob('**')).toEqual(['bad.md', 'good.md']);
});

test('attributes that were garbled on their way once are asked for again', async () => {
  const { open, server } = await connect({ unkind: false });
  await open().create('a.md', { data: 'content' });
  server.inject('wrongBytes', { route: 'vectorStores.files.list' });
  expect(await open().read('a.md', { binary: false })).toBe('content');
});

test('a service that does not keep what it was given fails the write, and the old version stays', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.create('a.md', { data: 'old' });
  server.inject('wrongBytes', {
    route: ['vectorStores.files.create', 'vectorStores.files.update', 'vectorStores.files.retrieve'],
    ...ALWAYS,
  });
  await expect(backend.update('a.md', { data: 'new' })).rejects.toBeInstanceOf(IntegrityError);
  await expect(backend.move('a.md', 'b.md')).rejects.toBeInstanceOf(IntegrityError);
  server.clearFaults();
  await backend[Symbol.asyncDispose]();
  const fresh = open();
  expect(await Array.fromAsync(fresh.list(), ({ path }) => path)).toHaveLength(1);
});

test('a part that reads back wrong fails the write, and the old version stays', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 1024 });
  await backend.create('a', { data: 'old' });
  server.inject('wrongBytes', { route: 'vectorStores.files.content', ...ALWAYS });
  await expect(backend.update('a', { data: randomBytes(3000) })).rejects.toBeInstanceOf(IntegrityError);
  server.clearFaults();
  expect(await backend.read('a', { binary: false })).toBe('old');
  await backend[Symbol.asyncDispose]();
  expect(server.snapshot().files).toHaveLength(2);
});
