import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, detectEncoding, StrictTextDecoder } from '../src/driver/index.ts';
import { wellFormedText } from './arbitraries.ts';

/** Bytes cut at any places. */
const cut = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
};

describe('StrictTextDecoder', () => {
  test('its texts together are the whole, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(wellFormedText, fc.array(fc.nat()), (text, places) => {
        const decoder = new StrictTextDecoder('a');
        const texts = cut(Buffer.from(text), places).map((bytes) => decoder.decode(bytes));
        decoder.end();
        expect(texts.join('')).toBe(text);
        expect(texts.every((each) => each.isWellFormed())).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('it takes and refuses what decoding the whole takes and refuses', () => {
    const bytes = fc.uint8Array({ maxLength: 12 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat()), (all, places) => {
        const decoder = new StrictTextDecoder('a');
        const run = (work: () => string): string => {
          try {
            return work();
          } catch (error) {
            return (error as { code: string }).code;
          }
        };
        const pieces = run(() => {
          const texts = cut(all, places).map((each) => decoder.decode(each));
          decoder.end();
          return texts.join('');
        });
        expect(pieces).toBe(run(() => decodeText(all, 'a')));
      }),
      { numRuns: 400 },
    );
  });

  test('a BOM is kept, at the beginning and elsewhere', () => {
    expect(new StrictTextDecoder('a').decode(Buffer.from('\ufeffa\ufeff'))).toBe('\ufeffa\ufeff');
    expect(decodeText(Buffer.from('\ufeffa'), 'a')).toBe('\ufeffa');
  });

  test.each([
    ['a lone continuation', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['what lies beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a broken sequence', [0xe2, 0x82, 0x41]],
  ])('%s is INVALID_TEXT that names the path and what to do', (_name, bytes) => {
    expect(() => decodeText(Uint8Array.from(bytes), 'dir/a')).toThrow(
      expect.objectContaining({
        code: 'INVALID_TEXT',
        path: 'dir/a',
        message: expect.stringContaining('binary: true'),
      }),
    );
    const decoder = new StrictTextDecoder('dir/a');
    expect(() => {
      for (const byte of bytes) decoder.decode(Uint8Array.of(byte));
      decoder.end();
    }).toThrow(expect.objectContaining({ code: 'INVALID_TEXT', path: 'dir/a' }));
  });

  test('an end inside a character is INVALID_TEXT', () => {
    const decoder = new StrictTextDecoder('a');
    expect(decoder.decode(Uint8Array.of(0x61, 0xe2, 0x82))).toBe('a');
    expect(() => decoder.end()).toThrow(expect.objectContaining({ code: 'INVALID_TEXT' }));
  });
});

test('more than a string can hold is not called bad text', () => {
  // Pages of zeros that are never written take no memory.
  expect(() => decodeText(new Uint8Array(2 ** 29), 'a')).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('streamRead') }),
  );
});

test.each<[string, number[], string]>([
  ['nothing', [], 'utf-8'],
  ['ASCII', [0x61, 0x0a], 'utf-8'],
  ['UTF-8', [0xc3, 0xa9], 'utf-8'],
  ['UTF-8 that ends inside a character', [0x61, 0xe2, 0x82], 'utf-8'],
  ['a BOM of UTF-8', [0xef, 0xbb, 0xbf, 0x61], 'utf-8'],
  ['a BOM of UTF-16LE', [0xff, 0xfe, 0x61, 0x00], 'utf-16le'],
  ['a BOM of UTF-16BE', [0xfe, 0xff, 0x00, 0x61], 'utf-16be'],
  ['a NUL', [0x61, 0x00, 0x62], 'binary'],
  ['Latin-1', [0x61, 0xe9, 0x62], 'binary'],
  ['a PNG', [0x89, 0x50, 0x4e, 0x47], 'binary'],
])('%s is detected', (_name, bytes, encoding) => {
  expect(detectEncoding(Uint8Array.from(bytes))).toBe(encoding);
});
