import assert from 'node:assert/strict';
import type { ConformanceGroup } from '../conformance-case.ts';
import { assertBytes, bytes } from '../proving/bytes.ts';

/** One to four bytes a character, NUL, a lone U+FFFD, and no line end at the end. */
const TEXT = 'aß€\u{1F30D}\0\uFFFD\r\n\u2028e\u0301 Straße';

/** Bytes that are no UTF-8. */
const INVALID: Record<string, readonly number[]> = {
  'a byte that never occurs': [97, 0xff, 98],
  'a continuation without a start': [0x80],
  'a start without its continuation': [0xc3, 0x28],
  'a character cut off at the end': [97, 0xe2, 0x82],
  'an overlong form': [0xc0, 0xaf],
  'half of a surrogate pair': [0xed, 0xa0, 0x80],
  'a code point that is too large': [0xf4, 0x90, 0x80, 0x80],
  'latin 1': [0x47, 0x72, 0xfc, 0xdf, 0x65],
};

export const text: ConformanceGroup = {
  name: 'text',
  cases: [
    {
      promises: ['text.strict'],
      title: 'text comes back as it was written',
      run: async (t) => {
        await t.backend.create('a.txt', { data: TEXT });
        assert.equal(await t.backend.read('a.txt', { binary: false }), TEXT);
        assert.equal(
          (await Array.fromAsync(t.backend.streamRead('a.txt', { binary: false }))).join(''),
          TEXT,
        );
        assertBytes(await t.backend.read('a.txt'), TEXT, 'The bytes');
      },
    },
    {
      promises: ['text.strict'],
      title: 'bytes that are no UTF-8 are refused whole and streamed, and can still be read as bytes',
      run: async (t) => {
        for (const [what, values] of Object.entries(INVALID)) {
          const data = Uint8Array.from(values);
          await t.backend.create('a.txt', { data, overwrite: true });
          await t.rejects(t.backend.read('a.txt', { binary: false }), 'INVALID_TEXT', {
            operation: 'read',
            path: 'a.txt',
          });
          for (const chunkSize of [1, 2, 100]) {
            const stream = t.backend.streamRead('a.txt', { binary: false, chunkSize });
            await t.rejects(Array.fromAsync(stream), 'INVALID_TEXT', {
              operation: 'streamRead',
              path: 'a.txt',
            });
          }
          assertBytes(await t.backend.read('a.txt'), data, what);
        }
      },
    },
    {
      promises: ['text.strict'],
      title: 'what comes before bad bytes is given before the stream fails',
      run: async (t) => {
        await t.backend.create('a.txt', { data: Uint8Array.from([...bytes('good'), 0xff]) });
        const reader = t.backend.streamRead('a.txt', { binary: false, chunkSize: 4 }).getReader();
        assert.equal((await reader.read()).value, 'good');
        await t.rejects(reader.read(), 'INVALID_TEXT');
      },
    },
    {
      promises: ['text.chunk-borders', 'text.no-empty-chunk'],
      title: 'characters that lie across chunks come whole, and no chunk is empty',
      run: async (t) => {
        await t.backend.create('a.txt', { data: TEXT });
        for (const chunkSize of [1, 2, 3, 4, 5, 7, 1000]) {
          const chunks = await Array.fromAsync(t.backend.streamRead('a.txt', { binary: false, chunkSize }));
          assert.equal(chunks.join(''), TEXT, `chunks of ${chunkSize}`);
          assert.ok(!chunks.includes(''), `No empty chunk of ${chunkSize}`);
          for (const chunk of chunks) assert.ok(chunk.isWellFormed(), 'No half character');
        }
      },
    },
    {
      promises: ['text.chunk-borders'],
      title: 'a long text of long characters is decoded across every border',
      run: async (t) => {
        const long = '€\u{1F30D}a'.repeat(t.scaled(20_000, 2000));
        await t.backend.create('a.txt', { data: long });
        const chunks = await Array.fromAsync(t.backend.streamRead('a.txt', { binary: false }));
        assert.ok(chunks.join('') === long, 'The streamed text is the text');
        assert.ok((await t.backend.read('a.txt', { binary: false })) === long, 'The read text is the text');
      },
    },
    {
      promises: ['text.bom'],
      title: 'a byte order mark is kept, at the start and elsewhere',
      run: async (t) => {
        await t.backend.create('a.txt', { data: '\uFEFFa\uFEFFb' });
        assert.equal(await t.backend.read('a.txt', { binary: false }), '\uFEFFa\uFEFFb');
        for (const chunkSize of [1, 100]) {
          const chunks = await Array.fromAsync(t.backend.streamRead('a.txt', { binary: false, chunkSize }));
          assert.equal(chunks.join(''), '\uFEFFa\uFEFFb');
        }
      },
    },
    {
      promises: ['text.strict', 'read.range'],
      title: 'a range of text is decoded as strictly',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a€b' });
        const range = (offset: number, length: number): ReadableStream<string> =>
          t.backend.streamRead('a.txt', { binary: false, offset, length });
        assert.equal((await Array.fromAsync(range(1, 3))).join(''), '€');
        await t.rejects(Array.fromAsync(range(0, 2)), 'INVALID_TEXT');
        await t.rejects(Array.fromAsync(range(2, 3)), 'INVALID_TEXT');
        const part = (offset: number, length: number): Promise<string> =>
          t.backend.read('a.txt', { binary: false, offset, length });
        assert.equal(await part(1, 3), '€');
        assert.equal(await part(4, 9), 'b');
        await t.rejects(part(0, 2), 'INVALID_TEXT');
        await t.rejects(part(2, 3), 'INVALID_TEXT');
      },
    },
  ],
};
