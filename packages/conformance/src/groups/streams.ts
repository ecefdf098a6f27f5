import assert from 'node:assert/strict';
import { DEFAULT_CHUNK_SIZE } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { assertBytes, bytes, chunked, noise } from '../proving/bytes.ts';
import { mistaken } from '../proving/mistaken.ts';
import { turns } from '../proving/turns.ts';

/** Values that callers pass by mistake. */
const BAD_SIZES = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, mistaken<number>('10')];

export const streams: ConformanceGroup = {
  name: 'streams',
  cases: [
    {
      promises: ['stream.chunk-size'],
      title: 'every chunk but the last has exactly chunkSize bytes, whatever the sizes are',
      run: async (t) => {
        const data = noise(t.scaled(150_000, 20_000), 2);
        await t.backend.create('file', { data });
        for (const chunkSize of [7, 1000, 4096, 8191, 65_536, data.length, data.length + 1, 10_000_000]) {
          const chunks = await Array.fromAsync(t.backend.streamRead('file', { chunkSize }));
          assert.equal(chunks.length, Math.ceil(data.length / chunkSize), `chunks of ${chunkSize}`);
          for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.length, chunkSize);
          assertBytes(new Uint8Array(Buffer.concat(chunks)), data, `Chunks of ${chunkSize}`);
        }
      },
    },
    {
      promises: ['stream.chunk-size'],
      title: 'one byte at a time',
      run: async (t) => {
        await t.backend.create('file', { data: 'abc' });
        const chunks = await Array.fromAsync(t.backend.streamRead('file', { chunkSize: 1 }));
        assert.deepEqual(
          chunks.map((chunk) => [...chunk]),
          [[97], [98], [99]],
        );
      },
    },
    {
      promises: ['stream.chunk-size', 'read.range'],
      title: 'ranges are cut into chunks from their first byte on',
      run: async (t) => {
        const data = noise(50_000, 4);
        await t.backend.create('file', { data });
        const table: [offset: number, length: number | undefined][] = [
          [0, 25_000],
          [1, 1],
          [12_345, undefined],
          [12_345, 20_001],
          [49_999, 10],
          [50_000, 10],
          [60_000, undefined],
          [5, 0],
        ];
        for (const [offset, length] of table) {
          const range = { offset, ...(length === undefined ? {} : { length }) };
          const chunks = await Array.fromAsync(t.backend.streamRead('file', { chunkSize: 1000, ...range }));
          for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.length, 1000);
          const expected = data.subarray(offset, length === undefined ? undefined : offset + length);
          assertBytes(new Uint8Array(Buffer.concat(chunks)), expected, JSON.stringify(range));
        }
      },
    },
    {
      promises: ['stream.default-size'],
      title: 'without chunkSize a chunk has 8192 bytes',
      run: async (t) => {
        await t.backend.create('file', { data: noise(20_000) });
        const chunks = await Array.fromAsync(t.backend.streamRead('file'));
        assert.deepEqual(
          chunks.map(({ length }) => length),
          [DEFAULT_CHUNK_SIZE, DEFAULT_CHUNK_SIZE, 20_000 - 2 * DEFAULT_CHUNK_SIZE],
        );
        assert.equal(DEFAULT_CHUNK_SIZE, 8192);
      },
    },
    {
      promises: ['stream.chunk-size'],
      title: 'an empty file is a stream without chunks',
      run: async (t) => {
        await t.backend.create('empty');
        assert.deepEqual(await Array.fromAsync(t.backend.streamRead('empty')), []);
        assert.deepEqual(await Array.fromAsync(t.backend.streamRead('empty', { binary: false })), []);
      },
    },
    {
      promises: ['stream.chunk-size-invalid'],
      title: 'other chunk sizes are INVALID_ARGUMENT, for reading and for writing',
      run: async (t) => {
        await t.backend.create('file', { data: 'x' });
        await t.unchangedBy(async () => {
          for (const chunkSize of BAD_SIZES) {
            const stream = t.backend.streamRead('file', { chunkSize });
            await t.rejects(Array.fromAsync(stream), 'INVALID_ARGUMENT', { operation: 'streamRead' });
            const write = t.backend.streamWrite('new', { chunkSource: ['x'], chunkSize });
            await t.rejects(write, 'INVALID_ARGUMENT', { operation: 'streamWrite' });
          }
        });
      },
    },
    {
      promises: ['stream.lazy'],
      title: 'a stream may be made before its file, and holds nothing before it is read',
      run: async (t) => {
        const stream = t.backend.streamRead('later.txt');
        // Gives a stream that opens too early the time to find nothing.
        await turns(5);
        await t.backend.create('later.txt', { data: 'made later' });
        const before = await t.resources();
        const unread = t.backend.streamRead('later.txt');
        await turns(1);
        assert.equal(await t.resources(), before, 'A stream that nobody reads holds nothing');
        assertBytes(new Uint8Array(Buffer.concat(await Array.fromAsync(stream))), 'made later', 'The stream');
        await unread.cancel();
      },
    },
    {
      promises: ['stream.never-throws'],
      title: 'whatever is wrong shows at the first read, not at the call',
      run: async (t) => {
        const wrong: [
          stream: ReadableStream<unknown>,
          code: 'INVALID_PATH' | 'PATH_OUTSIDE_ROOT' | 'INVALID_ARGUMENT' | 'NOT_FOUND',
        ][] = [
          [t.backend.streamRead('x/'), 'INVALID_PATH'],
          [t.backend.streamRead('../x'), 'PATH_OUTSIDE_ROOT'],
          [t.backend.streamRead(mistaken<string>(42)), 'INVALID_ARGUMENT'],
          [t.backend.streamRead('x', { chunkSize: 0 }), 'INVALID_ARGUMENT'],
          [t.backend.streamRead('x', { offset: -1 }), 'INVALID_ARGUMENT'],
          [t.backend.streamRead('x'), 'NOT_FOUND'],
        ];
        for (const [stream, code] of wrong)
          await t.rejects(stream.getReader().read(), code, { operation: 'streamRead' });
      },
    },
    {
      promises: ['stream.leave-early'],
      title: 'leaving the loop frees the handle at once',
      run: async (t) => {
        await t.backend.create('large', { data: noise(t.scaled(3_000_000, 50_000)) });
        const before = await t.resources();
        for await (const chunk of t.backend.streamRead('large', { chunkSize: 100 })) {
          assert.equal(chunk.length, 100);
          break;
        }
        await t.released(before);
        await assert.rejects(async () => {
          for await (const _ of t.backend.streamRead('large')) throw new Error('out of the loop');
        }, /out of the loop/);
        await t.released(before);
      },
    },
    {
      promises: ['stream.leave-early'],
      title: 'cancelling frees the handle at once, before the first read and after it',
      run: async (t) => {
        await t.backend.create('large', { data: noise(t.scaled(3_000_000, 50_000)) });
        const before = await t.resources();
        await t.backend.streamRead('large').cancel();
        await t.released(before);
        const reader = t.backend.streamRead('large', { chunkSize: 100 }).getReader();
        await reader.read();
        await reader.cancel('enough');
        assert.equal((await reader.read()).done, true);
        await t.released(before);
      },
    },
    {
      promises: ['stream.leave-early'],
      title: 'a stream that was read to its end holds nothing, nor does one that failed',
      run: async (t) => {
        await t.backend.create('file', { data: new Uint8Array([97, 0xff, 97]) });
        const before = await t.resources();
        await Array.fromAsync(t.backend.streamRead('file'));
        await t.released(before);
        const text = t.backend.streamRead('file', { binary: false });
        await t.rejects(Array.fromAsync(text), 'INVALID_TEXT', { operation: 'streamRead', path: 'file' });
        await t.released(before);
      },
    },
    {
      promises: ['stream.chunk-size', 'concurrency.any'],
      title: 'streams of one file do not disturb each other',
      run: async (t) => {
        const data = noise(t.scaled(200_000, 20_000), 9);
        await t.backend.create('file', { data });
        const readers = [1000, 1500, 700].map((chunkSize) =>
          t.backend.streamRead('file', { chunkSize }).getReader(),
        );
        const parts = await Promise.all(
          readers.map(async (reader) => {
            const chunks: Uint8Array[] = [];
            for (let next = await reader.read(); !next.done; next = await reader.read()) {
              chunks.push(next.value);
              await turns(1);
            }
            return new Uint8Array(Buffer.concat(chunks));
          }),
        );
        for (const part of parts) assertBytes(part, data, 'One of three streams');
      },
    },
    {
      promises: ['stream.write'],
      title: 'a source of many chunks, large and tiny, is written whole',
      run: async (t) => {
        const pieces = Array.from({ length: t.scaled(200, 20) }, (_, i) => noise((i * 977) % 5000, i + 1));
        const info = await t.backend.streamWrite('file', { chunkSource: chunked(...pieces) });
        const whole = new Uint8Array(Buffer.concat(pieces));
        assert.equal(info.size, whole.length);
        assert.equal(info.path, 'file');
        await t.holds('file', whole);
      },
    },
    {
      promises: ['stream.write'],
      title: 'chunkSize regroups what is written and changes none of it',
      run: async (t) => {
        const data = noise(30_000, 8);
        for (const chunkSize of [1, 999, 30_000, 1_000_000]) {
          const source = chunked(data.subarray(0, 10), data.subarray(10, 20_000), data.subarray(20_000));
          await t.backend.streamWrite('file', { chunkSource: source, chunkSize, overwrite: true });
          assertBytes(await t.backend.read('file'), data, `Written in pieces of ${chunkSize}`);
        }
      },
    },
    {
      promises: ['stream.write'],
      title: 'a source without chunks makes an empty file',
      run: async (t) => {
        await t.backend.streamWrite('empty', { chunkSource: [] });
        await t.backend.streamWrite('blank', { chunkSource: chunked('', new Uint8Array()) });
        await t.holds('empty', '');
        await t.holds('blank', '');
      },
    },
    {
      promises: ['stream.write', 'create.overwrite'],
      title: 'overwrite replaces, and makes what is missing',
      run: async (t) => {
        await t.backend.streamWrite('a/b.txt', { chunkSource: ['first, longer'], overwrite: true });
        await t.backend.streamWrite('a/b.txt', { chunkSource: ['second'], overwrite: true });
        await t.holds('a/b.txt', 'second', bytes('first, longer'));
      },
    },
  ],
};
