import { randomBytes } from 'node:crypto';
import { IntegrityError, MemoryFileBackend, mirror } from '@f9/core';
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

test('attributes that stay garbled are damage of one file, which can be written anew or deleted', async () => {
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
  const integrity = { code: 'INTEGRITY', path: 'bad.md' };
  await expect(reader.read('bad.md')).rejects.toMatchObject(integrity);
  await expect(reader.checksum('bad.md')).rejects.toMatchObject(integrity);
  await expect(reader.update('bad.md', { data: 'x', append: true })).rejects.toMatchObject(integrity);
  await expect(reader.move('bad.md', 'b.md')).rejects.toMatchObject(integrity);
  expect(await reader.exists('other.md')).toBe(false);
  expect(await reader.glob('**')).toEqual(['bad.md', 'good.md']);
  expect(await reader.info('bad.md')).toMatchObject({ fileType: 'file', size: undefined });
  expect([...(await reader.checksumMany(['bad.md', 'good.md'])).keys()]).toEqual(['good.md']);
  expect(await reader.read('good.md', { binary: false })).toBe('good');
  await reader.create('new.md', { data: 'new' });
  lists.remove();
  await reader.update('bad.md', { data: 'anew' });
  expect(await reader.read('bad.md', { binary: false })).toBe('anew');
  expect(await open().glob('**')).toEqual(['bad.md', 'good.md', 'new.md']);
  expect(server.snapshot().files).toHaveLength(3);
});

test('a damaged file is deleted by its path, also with its directory', async () => {
  const { open, server, damage } = await connect({ unkind: false });
  const backend = open({ cacheTtl: 0 });
  for (const path of ['dir/a', 'dir/b', 'c']) await backend.create(path, { data: path });
  for (const path of ['dir/a', 'dir/b', 'c']) await damage(path, { size: 99 });
  await backend.delete('c');
  await backend.delete('dir/a');
  expect(await backend.glob('**')).toEqual(['dir/b']);
  await backend.delete('dir', { recursive: true });
  expect(await backend.glob('**')).toEqual([]);
  expect(server.snapshot().files).toEqual([]);
});

test('an attribute that somebody else has added does no harm', async () => {
  const { open, damage } = await connect({ unkind: false });
  const backend = open({ cacheTtl: 0 });
  await backend.create('a.md', { data: 'text' });
  await damage('a.md', { reviewed: true });
  expect(await backend.read('a.md', { binary: false })).toBe('text');
  await backend.move('a.md', 'b.md');
  await backend.update('b.md', { data: 'more' });
  expect(await open().glob('**')).toEqual(['b.md']);
});

test('entries of no path are nowhere, and are removed with the garbage', async () => {
  const { open, server, forge } = await connect({ unkind: false });
  const backend = open({ cacheTtl: 0 });
  await backend.create('good.md', { data: 'good' });
  const paths = ['../../escape', '.f9/lock', 'a\0b', '', 'a//b', `${'long/'.repeat(20)}${'n'.repeat(256)}`];
  for (const path of paths) await forge(path);
  expect(await backend.glob('**')).toEqual(['good.md']);
  expect(await Array.fromAsync(backend.list('/', { recursive: true }), ({ path }) => path)).toEqual([
    'good.md',
  ]);
  await backend.create('also.md', { data: 'also' });
  await backend.delete('also.md');
  const skipped: string[] = [];
  const listing = backend.list('/', { recursive: true, onSkipped: ({ path }) => skipped.push(path) });
  await Array.fromAsync(listing);
  expect(skipped.toSorted()).toEqual(paths.toSorted());
  const target = new MemoryFileBackend();
  expect((await mirror(backend, target)).failed).toEqual([]);
  expect((await backend.search('good')).map(({ path }) => path)).toEqual(['good.md']);
  const { removed } = await backend.collectGarbage({ olderThan: 0 });
  expect(removed.map(({ kind }) => kind)).toEqual(paths.map(() => 'damaged'));
  expect(server.snapshot().files).toHaveLength(1);
});

test('a file and a directory of one name are a file, until it is deleted', async () => {
  const { open, forge } = await connect({ unkind: false });
  const backend = open({ cacheTtl: 0 });
  await backend.create('a', { data: 'file' });
  await forge('a/b');
  expect(await Array.fromAsync(backend.list('/', { recursive: true }), ({ path }) => path)).toEqual(['a']);
  await backend.delete('a');
  expect(await backend.glob('**')).toEqual(['a/b']);
});

test.for([
  ['parts', { inlineLimit: 0, partSize: 1024 }],
  ['a content store', { inlineLimit: 0, contentStore: new MemoryFileBackend() }],
] as const)('a mirror repairs a file in %s of which a piece is gone', async ([, options]) => {
  const { open, server, detach } = await connect();
  const source = new MemoryFileBackend();
  const data = new Uint8Array(randomBytes(3000));
  for (const path of ['whole', 'broken'])
    await source.create(path, { data: path === 'whole' ? data.toReversed() : data });
  await mirror(source, open(options));
  const target = open({ ...options, cacheTtl: 0 });
  server.settle();
  if ('contentStore' in options) {
    const { contentStore } = options;
    for (const path of await contentStore.globFiles('**')) {
      if (Buffer.from(await contentStore.read(path)).equals(data)) await contentStore.delete(path);
    }
  } else await detach('broken', 1);
  server.settle();
  expect([...(await target.checksumMany(['broken', 'whole'])).keys()]).toEqual(['whole']);
  await expect(target.checksum('broken')).rejects.toBeInstanceOf(IntegrityError);
  expect((await mirror(source, target)).updated.map(({ path }) => path)).toEqual(['broken']);
  expect(await target.read('broken')).toEqual(data);
  server.settle();
  expect(await mirror(source, target)).toMatchObject({ unchanged: ['broken', 'whole'], updated: [] });
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
