import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { Codec } from '../entries/entry.ts';

export interface Compressed {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

const deflate = promisify(brotliCompress);
const inflate = promisify(brotliDecompress);

/** Best leaves a tenth less, for a hundred times the time. */
const QUALITY = 5;

/** Compresses where that makes it smaller. */
export async function compress(bytes: Uint8Array): Promise<Compressed> {
  const smaller = await deflate(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  return smaller.length < bytes.length ? { codec: 'br', bytes: smaller } : { codec: 'raw', bytes };
}

/** @throws whatever zlib says of bytes that are damaged, or that make more than `size` bytes */
export async function decompress({ codec, bytes }: Compressed, size: number): Promise<Uint8Array> {
  if (codec === 'raw') return bytes;
  const { buffer, byteOffset, length } = await inflate(bytes, { maxOutputLength: Math.max(size, 1) });
  return new Uint8Array(buffer, byteOffset, length);
}
