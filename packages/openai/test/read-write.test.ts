import { randomBytes } from 'node:crypto';
import { MemoryFileBackend } from '@f9/core';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';
import { PATIENTLY } from './quick.ts';

test('every form gives back every byte, whole and in ranges, to another process', async () => {
  const { open, server } = await connect();
  server.unkind.settleWithin = 50;
  const contentStore = new MemoryFileBackend();
  const forms = {
    inline: { partSize: 8192 },
    carrier: { partSize: 4096, inlineLimit: 0 },
    external: { inlineLimit: 0, contentStore },
  };
  for (const [form, options] of Object.entries(forms)) {
    const writer = open(options);
    for (const size of [0, 1, 2999, 4096, 9001]) {
      const data = new Uint8Array(randomBytes(size));
      const path = `${form}/${size}`;
      await writer.create(path, { data });
      const reader = open({ ...options, cacheTtl: 0 });
      await expect.poll(() => reader.exists(path), PATIENTLY).toBe(true);
      expect(await reader.read(path)).toEqual(data);
      const range = { offset: size >> 1, length: 1000 };
      expect(await reader.read(path, range)).toEqual(data.slice(range.offset, range.offset + range.length));
    }
  }
});

test('a file larger than one piece of a content store is verified piece by piece', async () => {
  const { open } = await connect({ unkind: false });
  const contentStore = new MemoryFileBackend();
  const backend = open({ contentStore });
  const data = new Uint8Array(randomBytes(2_500_000));
  await backend.create('large', { data });
  expect(await backend.read('large')).toEqual(data);
  expect(await backend.read('large', { offset: 1_048_570, length: 20 })).toEqual(
    data.slice(1_048_570, 1_048_590),
  );

  const [{ path }] = (await contentStore
    .glob('**')
    .then((paths) => paths.map((found) => ({ path: found })))) as [{ path: string }];
  const blob = await contentStore.read(path);
  blob[2_000_000]! ^= 1;
  await contentStore.update(path, { data: blob });
  expect(await backend.read('large', { length: 1_000_000 })).toEqual(data.slice(0, 1_000_000));
  await expect(backend.read('large')).rejects.toMatchObject({ code: 'INTEGRITY', path: 'large' });
  await expect(backend.read('large', { offset: 1_500_000, length: 1 })).rejects.toMatchObject({
    code: 'INTEGRITY',
  });
});

test('text that compresses well stays in attributes: no request is needed to read it', async () => {
  const { open, server } = await connect({ unkind: false });
  const text = 'All work and no play makes Jack a dull boy.\n'.repeat(400);
  await open().create('novel.txt', { data: text });
  const reader = open();
  await reader.exists('novel.txt');
  server.requests.length = 0;
  expect(await reader.read('novel.txt', { binary: false })).toBe(text);
  expect(server.requests).toEqual([]);
});

test('a stream holds one version while it is replaced within the process, and the old parts go when it ends', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 1024 });
  const [before, after] = [new Uint8Array(randomBytes(5000)), new Uint8Array(randomBytes(5000))];
  await backend.create('file', { data: before });
  const reader = backend.streamRead('file', { chunkSize: 1000 }).getReader();
  const chunks = [(await reader.read()).value!];
  await backend.update('file', { data: after });
  expect(await backend.read('file')).toEqual(after);
  const parts = () =>
    server.snapshot().vectorStores[0]!.files.filter(({ attributes }) => attributes?.f9 === 'part');
  expect(parts()).toHaveLength(10);
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
  expect(new Uint8Array(Buffer.concat(chunks))).toEqual(before);
  await expect.poll(parts, PATIENTLY).toHaveLength(5);
});

test('a reader of another process is told that the file was replaced under it', async () => {
  const { open } = await connect({ unkind: false });
  const options = { inlineLimit: 0, partSize: 1024 };
  const writer = open(options);
  await writer.create('file', { data: randomBytes(5000) });
  const reader = open({ ...options, settleWithin: 50 })
    .streamRead('file', { chunkSize: 1000 })
    .getReader();
  await reader.read();
  await writer.update('file', { data: randomBytes(5000) });
  const rest = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  await expect(rest()).rejects.toMatchObject({ code: 'BUSY', retryable: true, operation: 'streamRead' });
});

test('a reader of another process that has not begun reads the new version', async () => {
  const { open } = await connect({ unkind: false });
  const options = { inlineLimit: 0, partSize: 1024 };
  const writer = open(options);
  await writer.create('file', { data: randomBytes(3000) });
  const reader = open(options);
  await reader.exists('file');
  const after = new Uint8Array(randomBytes(3000));
  await writer.update('file', { data: after });
  expect(await reader.read('file')).toEqual(after);
});

test('a path that became too long for the bytes beside it moves by taking another form', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  const data = new Uint8Array(randomBytes(3000));
  await backend.create('short', { data });
  const long = [...Array<string>(8).fill('d'.repeat(200)), 'file'].join('/');
  await backend.move('short', long);
  expect(await backend.read(long)).toEqual(data);
  expect(await backend.globFiles('**')).toEqual([long]);
  expect(server.snapshot().files).toHaveLength(2);
});

test('a path that no attributes can hold is refused before anything is sent', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.create('a', { data: 'a' });
  server.requests.length = 0;
  const endless = [...Array<string>(20).fill('d'.repeat(250)), 'file'].join('/');
  await expect(backend.create(endless, { data: 'x' })).rejects.toMatchObject({ code: 'INVALID_PATH' });
  await expect(backend.create(endless, { isDirectory: true })).rejects.toMatchObject({
    code: 'INVALID_PATH',
  });
  await expect(backend.move('a', endless)).rejects.toMatchObject({ code: 'INVALID_PATH' });
  expect(server.requests).toEqual([]);
});

test('parts need the content store they were written to', async () => {
  const { open } = await connect({ unkind: false });
  await open({ inlineLimit: 0, contentStore: new MemoryFileBackend() }).create('a', { data: 'bytes' });
  await expect(open().read('a')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'a' });
  await expect(
    open({ contentStore: new MemoryFileBackend(), settleWithin: 5 }).read('a'),
  ).rejects.toMatchObject({
    code: 'INTEGRITY',
  });
});

test('a source is read no further ahead than the part that is being uploaded', async () => {
  const { open, server } = await connect({ unkind: { processedAfter: 0 } });
  const partSize = 16 * 1024;
  const backend = open({ inlineLimit: 0, partSize });
  let read = 0;
  let furthest = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 40; i++) {
      const uploaded = server.requests.filter(
        ({ route, status }) => route === 'files.create' && status === 200,
      );
      // The head is an upload, too.
      furthest = Math.max(furthest, read - Math.max(0, uploaded.length - 1) * partSize);
      read += 4096;
      yield new Uint8Array(randomBytes(4096));
    }
  }
  await backend.streamWrite('stream', { chunkSource: source() });
  expect(furthest).toBeLessThanOrEqual(partSize);
  expect((await backend.info('stream')).size).toBe(40 * 4096);
});

test('a stream fetches no more than the part after the one that is read', async () => {
  const { open, server } = await connect({ unkind: false });
  const partSize = 4096;
  const backend = open({ inlineLimit: 0, partSize });
  await backend.create('file', { data: randomBytes(20 * partSize) });
  server.requests.length = 0;
  const fetched = (): number =>
    server.requests.filter(({ route }) => route === 'vectorStores.files.content').length;
  let read = 0;
  for await (const chunk of backend.streamRead('file', { chunkSize: 1024 })) {
    expect(fetched()).toBeLessThanOrEqual(Math.floor(read / partSize) + 2);
    read += chunk.length;
  }
  expect(fetched()).toBe(20);
});
