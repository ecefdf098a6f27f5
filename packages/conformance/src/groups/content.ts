import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { ChunkSource, Content } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { assertBytes, bytes, chunked } from '../proving/bytes.ts';
import { mistaken } from '../proving/mistaken.ts';

const TEXT = 'Grüße, 世界 \u{1F30D}!';
const WHOLE = bytes(TEXT);
const HEAD = WHOLE.subarray(0, 4);
const TAIL = WHOLE.subarray(4);

/** `TEXT` as every kind of source of chunks; a new one for every call, since most can be read only once. */
const SOURCES: Record<string, () => ChunkSource> = {
  'a web stream of bytes': () => ReadableStream.from([HEAD, TAIL]),
  'a web stream of strings': () => ReadableStream.from([TEXT.slice(0, 3), TEXT.slice(3)]),
  'a Node stream of bytes': () => Readable.from([Buffer.from(HEAD), Buffer.from(TAIL)]),
  'a Node stream of strings': () => Readable.from([TEXT.slice(0, 3), TEXT.slice(3)]),
  'an async generator': () => chunked(HEAD, TAIL),
  'a generator': () => [HEAD, TAIL].values(),
  'an array of bytes and strings': () => [HEAD.subarray(0, 2), 'üß', bytes(TEXT.slice(4))],
  'a set': () => new Set([TEXT.slice(0, 5), TEXT.slice(5)]),
  'a source with empty chunks': () => ['', HEAD, new Uint8Array(), TAIL, ''],
  'a stream of another file': () => new Blob([WHOLE]).stream(),
};

const CONTENTS: Record<string, () => Content> = {
  'a string': () => TEXT,
  bytes: () => WHOLE,
  'a Buffer': () => Buffer.from(WHOLE),
  'a view into a larger buffer': () => new Uint8Array([0, ...WHOLE, 0]).subarray(1, -1),
  'an ArrayBuffer': () => WHOLE.slice().buffer,
  'a Blob': () => new Blob([HEAD, TAIL]),
  ...SOURCES,
};

/** Values that JavaScript callers pass by mistake; the compiler would refuse them. */
const WRONG: readonly unknown[] = [
  null,
  42,
  true,
  Symbol('x'),
  {},
  new Date(0),
  () => 'x',
  new Uint16Array(2),
  new DataView(new ArrayBuffer(2)),
];

export const content: ConformanceGroup = {
  name: 'content',
  cases: [
    {
      promises: ['content.kinds'],
      title: 'create takes every kind of content',
      run: async (t) => {
        for (const [kind, make] of Object.entries(CONTENTS)) {
          const info = await t.backend.create(kind, { data: make() });
          assert.equal(info.size, WHOLE.length, kind);
          assertBytes(await t.backend.read(kind), WHOLE, kind);
        }
      },
    },
    {
      promises: ['content.kinds'],
      title: 'update takes every kind of content',
      run: async (t) => {
        for (const [kind, make] of Object.entries(CONTENTS)) {
          await t.backend.create(kind, { data: 'old' });
          await t.backend.update(kind, { data: make() });
          assertBytes(await t.backend.read(kind), WHOLE, kind);
        }
      },
    },
    {
      promises: ['content.kinds', 'stream.write'],
      title: 'streamWrite takes every kind of source',
      run: async (t) => {
        for (const [kind, make] of Object.entries(SOURCES)) {
          const info = await t.backend.streamWrite(kind, { chunkSource: make() });
          assert.equal(info.size, WHOLE.length, kind);
          assertBytes(await t.backend.read(kind), WHOLE, kind);
        }
      },
    },
    {
      promises: ['content.kinds'],
      title: 'a stream of the backend itself is a source',
      run: async (t) => {
        await t.backend.create('a', { data: WHOLE });
        await t.backend.create('b', { data: t.backend.streamRead('a', { chunkSize: 3 }) });
        await t.backend.streamWrite('c', { chunkSource: t.backend.streamRead('b', { binary: false }) });
        await t.holds('c', WHOLE);
      },
    },
    {
      promises: ['content.wrong-type'],
      title: 'what is no content is refused by every write',
      run: async (t) => {
        await t.backend.create('old', { data: 'old' });
        await t.unchangedBy(async () => {
          for (const wrong of WRONG) {
            const data = mistaken<Content>(wrong);
            const where = (operation: string): object => ({ operation });
            await t.rejects(t.backend.create('new/a', { data }), 'INVALID_ARGUMENT', where('create'));
            await t.rejects(t.backend.update('old', { data }), 'INVALID_ARGUMENT', where('update'));
            const chunkSource = mistaken<ChunkSource>(wrong);
            const stream = t.backend.streamWrite('old', { chunkSource, overwrite: true });
            await t.rejects(stream, 'INVALID_ARGUMENT', where('streamWrite'));
          }
          for (const whole of ['a string', new Uint8Array(3)]) {
            const chunkSource = mistaken<ChunkSource>(whole);
            await t.rejects(t.backend.streamWrite('new', { chunkSource }), 'INVALID_ARGUMENT');
          }
          await t.rejects(t.backend.update('old', mistaken<{ data: Content }>({})), 'INVALID_ARGUMENT');
        });
      },
    },
    {
      promises: ['content.wrong-type', 'atomic.source-throws'],
      title: 'a chunk of a wrong type ends the write, and what came before it is not kept',
      run: async (t) => {
        await t.backend.create('old', { data: 'old' });
        await t.unchangedBy(async () => {
          for (const wrong of [42, null, {}, ['nested']]) {
            const source = (): ChunkSource => ['good', mistaken<string>(wrong), 'good'];
            await t.rejects(t.backend.create('new', { data: source() }), 'INVALID_ARGUMENT', {
              operation: 'create',
            });
            await t.rejects(t.backend.update('old', { data: source() }), 'INVALID_ARGUMENT');
            const stream = t.backend.streamWrite('old', { chunkSource: source(), overwrite: true });
            await t.rejects(stream, 'INVALID_ARGUMENT', { operation: 'streamWrite' });
          }
        });
      },
    },
    {
      promises: ['content.surrogates'],
      title: 'a character split between two strings is one character',
      run: async (t) => {
        await t.backend.create('split', { data: ['a\uD83C', '\uDF0D', 'b', '\uD83C', '', '\uDF0D'] });
        await t.holds('split', 'a\u{1F30D}b\u{1F30D}');
      },
    },
    {
      promises: ['content.surrogates'],
      title: 'half a character is refused, alone, at the end, and before bytes',
      run: async (t) => {
        await t.backend.create('old', { data: 'old' });
        const halves: Content[] = [
          'a\uD83C',
          '\uDF0Db',
          ['a', '\uD83C'],
          ['\uD83C', 'b'],
          ['\uD83C', bytes('b')],
          chunked('\uDF0D'),
        ];
        await t.unchangedBy(async () => {
          for (const data of halves) {
            await t.rejects(t.backend.create('new', { data }), 'INVALID_TEXT', { operation: 'create' });
          }
          await t.rejects(t.backend.update('old', { data: '\uD83C' }), 'INVALID_TEXT', {
            operation: 'update',
          });
          const stream = t.backend.streamWrite('old', { chunkSource: ['ok', '\uD83C'], overwrite: true });
          await t.rejects(stream, 'INVALID_TEXT');
        });
      },
    },
    {
      promises: ['content.kept'],
      title: 'a buffer that is changed after the write does not change the file',
      run: async (t) => {
        const whole = bytes('original');
        await t.backend.create('whole', { data: whole });
        whole.fill(88);
        const chunks = [bytes('orig'), bytes('inal')];
        await t.backend.create('chunks', { data: chunks });
        for (const chunk of chunks) chunk.fill(88);
        const single = bytes('original');
        await t.backend.streamWrite('single', { chunkSource: [single] });
        single.fill(88);
        for (const path of ['whole', 'chunks', 'single']) await t.holds(path, 'original');
      },
    },
  ],
};
