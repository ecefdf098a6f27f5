import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeCarrier, encodeCarrier } from '../src/bytes/carrier.ts';

const bytes = new Uint8Array(randomBytes(20_000));
const text = encodeCarrier(bytes);

/** As a parser might give a text back: in pieces that overlap and are trimmed. */
function pieces(size: number, overlap: number, trim: boolean): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length; start += size - overlap) {
    const piece = text.slice(start, start + size);
    found.push(trim ? piece.trim() : piece);
  }
  return found;
}

test('bytes of any length survive', () => {
  for (const length of [0, 1, 143, 144, 145, 288, 1000]) {
    const some = bytes.subarray(0, length);
    expect(decodeCarrier([encodeCarrier(some)], length)).toEqual(new Uint8Array(some));
  }
});

test.for([300, 500, 2000, 2001, 9000])('a parser that cuts every %i characters does no harm', (size) => {
  for (const overlap of [0, 1, 20, 150, 210, 290]) {
    for (const trim of [false, true]) {
      expect(decodeCarrier(pieces(size, overlap, trim), bytes.length), `overlap ${overlap}`).toEqual(bytes);
    }
  }
});

test('joins without line ends, wrapped lines and repeated pieces do no harm', () => {
  expect(decodeCarrier([text.replaceAll('\n', '')], bytes.length)).toEqual(bytes);
  expect(decodeCarrier([text.replaceAll('\n', ' ')], bytes.length)).toEqual(bytes);
  expect(decodeCarrier([text.replace(/.{80}/g, '$&\n')], bytes.length)).toEqual(bytes);
  expect(decodeCarrier([text, text], bytes.length)).toEqual(bytes);
  expect(decodeCarrier(pieces(2000, 400, true).reverse(), bytes.length)).toEqual(bytes);
});

test('a character that changed, a piece that is missing, or a wrong size is noticed', () => {
  for (let at = 0; at < text.length; at += 997) {
    const other = text[at] === 'A' ? 'B' : 'A';
    const changed = text.slice(0, at) + other + text.slice(at + 1);
    const decoded = decodeCarrier([changed], bytes.length);
    // A line end may be any character.
    if (text[at] !== '\n') expect(decoded, `character ${at}`).toBeUndefined();
  }
  expect(decodeCarrier(pieces(2000, 400, true).toSpliced(3, 1), bytes.length)).toBeUndefined();
  expect(decodeCarrier([text], bytes.length + 1)).toBeUndefined();
  expect(decodeCarrier([], 1)).toBeUndefined();
});
