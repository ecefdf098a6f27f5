import { crc32 } from 'node:zlib';

// Bytes as lines of text that survive a parser which cuts, overlaps, trims and joins: every line has a number, a checksum and marks
// at both ends, and holds no white space.

/** Bytes in one line: 192 characters of base64. */
const LINE_BYTES = 144;
/** Characters of the longest line, its marks included. */
const MAX_LINE = 220;
/** Most characters that two neighbouring pieces of parsed text have in common. */
const MAX_OVERLAP = 8192;

const LINE = /:([0-9a-z]{1,6})\.([A-Za-z0-9+/]+={0,2})\.([0-9a-z]{1,7});/g;

export function encodeCarrier(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += LINE_BYTES) {
    const chunk = bytes.subarray(offset, offset + LINE_BYTES);
    const payload = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('base64');
    const number = lines.length.toString(36);
    lines.push(`:${number}.${payload}.${lineSum(number, payload)};\n`);
  }
  return lines.join('');
}

/** The `size` bytes that pieces of parsed text, in order, carry; `undefined` if a line is missing. */
export function decodeCarrier(pieces: readonly string[], size: number): Uint8Array | undefined {
  const texts = pieces.map((piece) => piece.replace(/\s+/g, ''));
  const bytes = new Uint8Array(size);
  const missing = new Set(Array.from({ length: Math.ceil(size / LINE_BYTES) }, (_, number) => number));
  for (const text of texts) collectLines(text, bytes, missing);
  for (let i = 1; i < texts.length && missing.size > 0; i++) {
    for (const seam of seams(texts[i - 1]!, texts[i]!)) collectLines(seam, bytes, missing);
  }
  return missing.size === 0 ? bytes : undefined;
}

function collectLines(text: string, bytes: Uint8Array, missing: Set<number>): void {
  for (const [, digits, payload, sum] of text.matchAll(LINE)) {
    const number = Number.parseInt(digits!, 36);
    if (!missing.has(number) || lineSum(digits!, payload!) !== sum) continue;
    const line = Buffer.from(payload!, 'base64');
    if (line.length !== Math.min(LINE_BYTES, bytes.length - number * LINE_BYTES)) continue;
    bytes.set(line, number * LINE_BYTES);
    missing.delete(number);
  }
}

/** Texts that two pieces may make where they meet: joined as they are, or without what the second one repeats of the first. */
function* seams(left: string, right: string): Generator<string> {
  const end = left.slice(-MAX_LINE);
  yield end + right.slice(0, MAX_LINE);
  for (let overlap = Math.min(left.length, right.length, MAX_OVERLAP); overlap > 0; overlap--) {
    if (left.endsWith(right.slice(0, overlap))) yield end + right.slice(overlap, overlap + MAX_LINE);
  }
}

function lineSum(number: string, payload: string): string {
  return crc32(`${number}.${payload}`).toString(36);
}
