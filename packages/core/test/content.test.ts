import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, chunksOf, toByteSource } from '../src/driver/index.ts';
import type { Content } from '../src/index.ts';
import { anyText, wellFormedText } from './arbitraries.ts';
import { mistaken } from './drivers.ts';

const TEXT = 'aé€😀z';

async function textOf(content: Content): Promise<string> {
  return Buffer.from(await bytesOf(toByteSource(content))).toString();
}

describe('every kind of content is its bytes', () => {
  const bytes = Buffer.from(TEXT);
  const halves = [bytes.subarray(0, 4), bytes.subarray(4)];
  test.each<[string, () => Content]>([
    ['a string', () => TEXT],
    ['a Buffer', () => bytes],
    [
      'a Uint8Array that is part of a buffer',
      () => new Uint8Array(Buffer.from(`xx${TEXT}xx`)).subarray(2, -2),
    ],
    ['an ArrayBuffer', () => new Uint8Array(bytes).buffer],
    ['a Blob', () => new Blob([TEXT])],
    ['a File', () => new File([TEXT], 'name')],
    ['an array of strings', () => [...TEXT]],
    ['an array of bytes and strings', () => [Buffer.from('aé'), '€', Buffer.from('😀z')]],
    ['a Set', () => new Set(halves)],
    [
      'a generator',
      () =>
        (function* () {
          yield* halves;
        })(),
    ],
    [
      'an async generator',
      () =>
        (async function* () {
          yield* halves;
        })(),
    ],
    ['an iterable of promises', () => mistaken(halves.map((half) => Promise.resolve(half)))],
    ['a web stream of bytes', () => ReadableStream.from(halves)],
    ['a web stream of strings', () => ReadableStream.from([...TEXT])],
    [
      'a web stream without an iterator',
      () => {
        const stream = ReadableStream.from(halves);
        return mistaken({ getReader: () => stream.getReader() });
      },
    ],
    ['the body of a response', () => new Response(TEXT).body!],
    ['a Node stream', () => Readable.from(halves)],
    ['a Node stream of strings', () => Readable.from([...TEXT])],
    [
      'a Node stream with an encoding',
      () =>
        new Readable({
          read() {
            for (const half of halves) this.push(half);
            this.push(null);
          },
        }).setEncoding('utf8'),
    ],
  ])('%s', async (_name, make) => {
    expect(await textOf(make())).toBe(TEXT);
  });

  test.each<[string, Content]>([
    ['a string', ''],
    ['bytes', new Uint8Array()],
    ['a Blob', new Blob([])],
    ['an array', []],
    ['an array of nothing', ['', new Uint8Array(), '']],
  ])('empty: %s', async (_name, content) => {
    expect(await bytesOf(toByteSource(content))).toHaveLength(0);
    expect(await Array.fromAsync(chunksOf(toByteSource(content)))).toEqual([]);
  });
});

test('halves of surrogate pairs meet over chunks, however the text is cut', async () => {
  await fc.assert(
    fc.asyncProperty(wellFormedText, fc.array(fc.nat()), async (text, places) => {
      const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
      const pieces = [...ends, text.length].map((end, i) => text.slice(ends[i - 1] ?? 0, end));
      expect(await textOf(pieces)).toBe(text);
    }),
    { numRuns: 200 },
  );
  await fc.assert(
    fc.asyncProperty(anyText, async (raw) => {
      const units = Array.from({ length: raw.length }, (_, i) => raw[i]!);
      const whole = await textOf(raw).catch((error: { code: string }) => error.code);
      const cut = await textOf(units).catch((error: { code: string }) => error.code);
      expect(cut).toBe(whole);
    }),
  );
});

test.each<[string, Content]>([
  ['a string', 'a\ud83d'],
  ['a low half', '\ude00'],
  ['two low halves over chunks', ['\ud83d\ude00\ude00']],
  ['halves the wrong way round', ['\ude00', '\ud83d']],
  ['a high half at the end', ['a', '\ud83d']],
  ['a high half before bytes', ['\ud83d', Uint8Array.of(0x61)]],
  ['a high half before other text', ['\ud83d', 'a']],
  ['two high halves', ['\ud83d', '\ud83d\ude00']],
])('half of a surrogate pair is INVALID_TEXT: %s', async (_name, content) => {
  await expect((async () => textOf(content))()).rejects.toMatchObject({ code: 'INVALID_TEXT' });
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['a boolean', true],
  ['an object', {}],
  ['a function', () => 'a'],
  ['a promise', Promise.resolve('a')],
  ['a DataView', new DataView(new ArrayBuffer(4))],
  ['numbers that are no bytes', new Int32Array(4)],
  ['an ArrayBuffer that is shared', new SharedArrayBuffer(4)],
])('what cannot be written is INVALID_ARGUMENT at once: %s', (_name, content) => {
  expect(() => toByteSource(content as Content)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test.each<[string, unknown]>([
  ['a number', 7],
  ['null', null],
  ['an object', {}],
  ['an array', ['a']],
  ['an ArrayBuffer', new ArrayBuffer(4)],
])('what is no chunk is INVALID_ARGUMENT when its turn comes: %s', async (_name, chunk) => {
  const content = ['good', chunk] as string[];
  await expect(textOf(content)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('nothing of a source is read before it is iterated', async () => {
  let taken = 0;
  const items = (function* () {
    for (;;) {
      taken++;
      yield 'x';
    }
  })();
  const source = chunksOf(toByteSource(items))[Symbol.asyncIterator]();
  expect(taken).toBe(0);
  await source.next();
  expect(taken).toBe(1);
});

describe('a source is let go of', () => {
  test('when the loop over it is left, whatever it is', async () => {
    const freed: string[] = [];
    const endless = function* (): Generator<string> {
      try {
        for (;;) yield 'x';
      } finally {
        freed.push('generator');
      }
    };
    const sources: Content[] = [
      endless(),
      new ReadableStream({
        pull: (controller) => controller.enqueue('x'),
        cancel: () => void freed.push('web stream'),
      }),
      new Readable({
        read() {
          this.push('x');
        },
        destroy: (error, done) => {
          freed.push('Node stream');
          done(error);
        },
      }),
    ];
    for (const source of sources) {
      for await (const _ of chunksOf(toByteSource(source))) break;
    }
    expect(freed).toEqual(['generator', 'web stream', 'Node stream']);
  });

  test('when a chunk of it is refused', async () => {
    let isFreed = false;
    const source = new ReadableStream({
      pull: (controller) => controller.enqueue(7),
      cancel: () => {
        isFreed = true;
      },
    });
    await expect(textOf(source)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(isFreed).toBe(true);
  });
});

test('a stream that somebody else reads already fails as streams do', async () => {
  const stream = ReadableStream.from(['x']);
  stream.getReader();
  await expect((async () => textOf(stream))()).rejects.toThrow(TypeError);
});
