import { once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import { MemoryFileBackend } from '@f9/core';
import { DriverBackend, layer } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { CompatibleFileBackend, toNodeReadable, toNodeWritable } from '../src/index.ts';

const MIB = 1024 * 1024;

async function vault(files: Readonly<Record<string, string>> = {}): Promise<MemoryFileBackend> {
  const backend = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await backend.create(path, { data });
  return backend;
}

describe('a readable', () => {
  test('gives the bytes of a file, or a part of them', async () => {
    const backend = await vault({ 'a.txt': 'content' });
    expect(Buffer.concat(await toNodeReadable(backend, 'a.txt').toArray()).toString()).toBe('content');
    const part = toNodeReadable(backend, 'a.txt', { offset: 2, length: 3, chunkSize: 2 });
    expect((await part.toArray()).map((chunk: Uint8Array) => Buffer.from(chunk).toString())).toEqual([
      'nt',
      'e',
    ]);
  });

  test('opens nothing before it is read, and frees the file when it is destroyed', async () => {
    const backend = await vault({ 'a.txt': 'x'.repeat(MIB) });
    const events: string[] = [];
    const counted = new DriverBackend(
      layer(backend.driver, {
        async *read(path, options) {
          events.push('open');
          try {
            for (let i = 0; i < 16; i++)
              yield await backend.driver.readFile!(path, { ...options, length: 65_536 });
          } finally {
            events.push('free');
          }
        },
      }),
    );
    const stream = toNodeReadable(counted, 'a.txt');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(events).toEqual([]);
    for await (const _ of stream) break;
    expect([stream.destroyed, events]).toEqual([true, ['open', 'free']]);
  });

  test('fails with the errors of its backend', async () => {
    const backend = await vault();
    await expect(toNodeReadable(backend, 'none').toArray()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const compatible = new CompatibleFileBackend(backend);
    await expect(toNodeReadable(compatible, 'none').toArray()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('can be aborted', async () => {
    const backend = await vault({ 'a.txt': 'x'.repeat(MIB) });
    const controller = new AbortController();
    const stream = toNodeReadable(backend, 'a.txt', { signal: controller.signal, chunkSize: 10 });
    await once(stream, 'readable');
    controller.abort();
    await expect(stream.toArray()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a writable', () => {
  test('has finished once the file is there', async () => {
    const backend = await vault();
    const stream = toNodeWritable(backend, 'd/a.txt');
    stream.write('Grüße, ');
    stream.write(Buffer.from('Welt'));
    stream.end();
    await once(stream, 'finish');
    expect(await backend.read('d/a.txt', { binary: false })).toBe('Grüße, Welt');
  });

  test('that gets nothing makes an empty file', async () => {
    const backend = await vault();
    await pipeline(Readable.from([]), toNodeWritable(backend, 'a.txt'));
    expect((await backend.info('a.txt')).size).toBe(0);
  });

  test('leaves no trace where its source fails, and the old file as it was', async () => {
    const backend = await vault({ 'old.txt': 'old' });
    const own = new Error('mine');
    const failing = async function* (): AsyncGenerator<string> {
      yield 'x'.repeat(MIB);
      throw own;
    };
    await expect(pipeline(failing(), toNodeWritable(backend, 'new.txt'))).rejects.toBe(own);
    await expect(pipeline(failing(), toNodeWritable(backend, 'old.txt', { overwrite: true }))).rejects.toBe(
      own,
    );
    expect(await backend.exists('new.txt')).toBe(false);
    expect(await backend.read('old.txt', { binary: false })).toBe('old');
  });

  test('leaves no trace where it is destroyed', async () => {
    const backend = await vault();
    const stream = toNodeWritable(backend, 'a.txt');
    stream.write('x');
    stream.destroy();
    await once(stream, 'close');
    const unused = toNodeWritable(backend, 'b.txt').destroy();
    await once(unused, 'close');
    expect(await backend.globFiles('*')).toEqual([]);
  });

  test('fails with the errors of its backend, before its source is read to the end', async () => {
    const backend = await vault({ 'a.txt': '' });
    let read = 0;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (; read < 1000; read++) yield new Uint8Array(65_536);
    };
    await expect(pipeline(source(), toNodeWritable(backend, 'a.txt'))).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    expect(read).toBeLessThan(20);
    const compatible = toNodeWritable(new CompatibleFileBackend(backend), 'a.txt');
    compatible.end('x');
    await expect(once(compatible, 'finish')).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test('keeps the condition it is given', async () => {
    const backend = await vault({ 'a.txt': 'a' });
    const { etag } = await backend.info('a.txt');
    const write = (ifMatch: string): Promise<void> =>
      pipeline(Readable.from(['b']), toNodeWritable(backend, 'a.txt', { overwrite: true, ifMatch }));
    await write(etag!);
    await expect(write(etag!)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});

test('from one vault to another through a pipe nothing is held but a few chunks', async () => {
  let ahead = 0;
  let mostAhead = 0;
  const { driver } = new MemoryFileBackend();
  const source = new DriverBackend(
    layer(driver, {
      async *read() {
        for (let sent = 0; sent < 64 * MIB; sent += 65_536) {
          ahead += 65_536;
          mostAhead = Math.max(mostAhead, ahead);
          yield new Uint8Array(65_536);
        }
      },
    }),
  );
  let written = 0;
  const target = new DriverBackend(
    layer(driver, {
      write: async (path, chunks, options) => {
        for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
          written += chunk.length;
          ahead -= chunk.length;
          await new Promise((resolve) => setImmediate(resolve));
        }
        return await driver.write(path, new Uint8Array(), options);
      },
    }),
  );
  await pipeline(toNodeReadable(source, 'a'), toNodeWritable(target, 'b'));
  expect(written).toBe(64 * MIB);
  expect(mostAhead).toBeLessThanOrEqual(MIB);
});

test('they go through the streams of others', async () => {
  const backend = await vault({ 'a.txt': 'content' });
  const upper = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, chunk.toString().toUpperCase()),
  });
  await pipeline(toNodeReadable(backend, 'a.txt'), upper, createGzip(), toNodeWritable(backend, 'a.gz'));
  expect(gunzipSync(await backend.read('a.gz')).toString()).toBe('CONTENT');
});
