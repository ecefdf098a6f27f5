import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { BackendPath } from '../src/driver/index.ts';
import { MemoryFileBackend, MemoryStore } from '../src/index.ts';
import { gate, settle } from './drivers.ts';

test('backends on one store see each other’s files; two stores share nothing', async () => {
  const store = new MemoryStore();
  const one = new MemoryFileBackend({ store });
  await one.create('a', { data: 'x' });
  expect(await new MemoryFileBackend({ store }).read('a', { binary: false })).toBe('x');
  expect(await new MemoryFileBackend().exists('a')).toBe(false);
});

test('a store outlives the backends on it', async () => {
  const store = new MemoryStore();
  {
    await using backend = new MemoryFileBackend({ store });
    await backend.create('a');
  }
  expect(await new MemoryFileBackend({ store }).exists('a')).toBe(true);
});

test('what was written stays as it was, whatever becomes of the bytes it was written from', async () => {
  const backend = new MemoryFileBackend();
  for (const bytes of [new Uint8Array([1, 2]), Buffer.from([1, 2]), Buffer.from([9, 1, 2]).subarray(1)]) {
    await backend.create('whole', { data: bytes, overwrite: true });
    await backend.streamWrite('streamed', { chunkSource: [bytes], overwrite: true });
    await backend.create('appended', { overwrite: true });
    await backend.update('appended', { data: bytes, append: true });
    bytes.fill(0);
    for (const path of ['whole', 'streamed', 'appended']) {
      expect([...(await backend.read(path))], path).toEqual([1, 2]);
    }
  }
});

test('what was read is the reader’s own', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('a', { data: Buffer.from([1, 2]) });
  (await backend.read('a')).fill(0);
  for await (const chunk of backend.streamRead('a')) chunk.fill(0);
  expect([...(await backend.read('a'))]).toEqual([1, 2]);
});

test('a stream reads the version it began with', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('a', { data: 'old old' });
  const reader = backend.streamRead('a', { chunkSize: 3 }).getReader();
  await reader.read();
  await backend.update('a', { data: 'new new' });
  expect(Buffer.from((await reader.read()).value!).toString()).toBe(' ol');
});

test('every write is another version, also of the same bytes', async () => {
  const backend = new MemoryFileBackend();
  const first = await backend.create('a', { data: 'x' });
  const second = await backend.update('a', { data: 'x' });
  const third = await backend.update('a', { data: '', append: true });
  expect(new Set([first.etag, second.etag, third.etag]).size).toBe(3);
  expect(second.createdAt).toEqual(first.createdAt);
});

test('a parent that becomes a file while the source is read is found out', async () => {
  const backend = new MemoryFileBackend();
  const reading = gate();
  const write = backend.create('a/b', {
    data: (async function* () {
      await reading.opened;
      yield 'x';
    })(),
  });
  await settle();
  await backend.create('a');
  reading.open();
  await expect(write).rejects.toMatchObject({ code: 'NOT_DIRECTORY', path: 'a' });
  expect((await Array.fromAsync(backend.list('/', { recursive: true }))).map(({ path }) => path)).toEqual([
    'a',
  ]);
});

test('a file that is replaced while an append reads its source is appended to as it is then', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('a', { data: 'old' });
  const source = new Readable({ read: () => undefined });
  const append = backend.update('a', { data: source, append: true });
  await settle();
  await backend.update('a', { data: 'new' });
  source.push('+');
  source.push(null);
  await append;
  expect(await backend.read('a', { binary: false })).toBe('new+');
});

test('constructing takes no options, and the driver is there to be wrapped', async () => {
  const { driver } = new MemoryFileBackend();
  expect(driver.name).toBe('memory');
  expect((await driver.stat('' as BackendPath, {}))?.isDir).toBe(true);
});
