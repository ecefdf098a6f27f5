import { promisify } from 'node:util';
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
} from 'node:zlib';
import type { Codec } from '../entries/entry.ts';

export interface Compressed {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

const deflate = promisify(brotliCompress);
const inflate = promisify(brotliDecompress);

/** The best quality saves another tenth, at a hundred times the time. */
const QUALITY = 5;

/** Most bytes that are compressed here: they take less time than the way to another thread and back. */
const MAX_SYNC = 64 * 1024;

/** Compresses, unless that makes it larger. */
export async function compress(bytes: Uint8Array): Promise<Compressed> {
  const options: BrotliOptions = {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  };
  const isSmall = bytes.length <= MAX_SYNC;
  const smaller = isSmall ? brotliCompressSync(bytes, options) : await deflate(bytes, options);
  return smaller.length < bytes.length ? { codec: 'br', bytes: smaller } : { codec: 'raw', bytes };
}

/** @throws the error of zlib for bytes that are damaged, or that make more than `size` bytes */
export async function decompress({ codec, bytes }: Compressed, size: number): Promise<Uint8Array> {
  if (codec === 'raw') return bytes;
  const options: BrotliOptions = { maxOutputLength: Math.max(size, 1) };
  const isSmall = size <= MAX_SYNC;
  const { buffer, byteOffset, length } = isSmall
    ? brotliDecompressSync(bytes, options)
    : await inflate(bytes, options);
  return new Uint8Array(buffer, byteOffset, length);
}
