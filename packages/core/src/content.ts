import type { ByteSource } from './driver.ts';
import { backendError } from './errors.ts';

/** Bytes and strings (UTF-8), mixed, in chunks of any size. */
export type ChunkSource =
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>;

/** What can be written: text (UTF-8), bytes, a Blob, or chunks (a Node `Readable` is an async iterable). */
export type Content = string | Uint8Array | ArrayBuffer | Blob | ChunkSource;

/**
 * The bytes of `content`; nothing of it is read yet.
 *
 * @throws `INVALID_ARGUMENT` for a type that cannot be written, also later for a chunk; `INVALID_TEXT` for half a surrogate pair.
 */
export function toByteSource(content: Content): ByteSource {
  if (typeof content === 'string') return encode(content);
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (content instanceof Blob) return encodeChunks(content.stream());
  return toChunks(content);
}

/** Like `toByteSource`, for sources of chunks alone. */
export function toChunks(source: ChunkSource): AsyncIterable<Uint8Array> {
  if (typeof source === 'object' && source !== null && !ArrayBuffer.isView(source)) {
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return encodeChunks(source);
  }
  throw backendError(
    'INVALID_ARGUMENT',
    `Cannot write ${source === null ? 'null' : typeof source}: give a string, bytes, a Blob, a stream, or an iterable of bytes and strings`,
  );
}

/** The chunks of a source, whether it is whole or not. */
export async function* chunksOf(source: ByteSource): AsyncIterable<Uint8Array> {
  if (!(source instanceof Uint8Array)) yield* source;
  else if (source.length > 0) yield source;
}

/** All of a source in one piece. */
export async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  return source instanceof Uint8Array ? source : concatBytes(await Array.fromAsync(source));
}

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

const encoder = new TextEncoder();

// A string may end between the halves of a pair that the next one completes.
const DANGLING_HIGH_SURROGATE = /[\uD800-\uDBFF]$/;

async function* encodeChunks(
  source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncIterable<Uint8Array> {
  let carry = '';
  for await (const chunk of source) {
    if (typeof chunk === 'string') {
      let text = carry + chunk;
      carry = DANGLING_HIGH_SURROGATE.exec(text)?.[0] ?? '';
      if (carry !== '') text = text.slice(0, -1);
      if (text !== '') yield encode(text);
    } else if (chunk instanceof Uint8Array) {
      if (carry !== '') encode(carry);
      if (chunk.length > 0) yield chunk;
    } else {
      throw backendError(
        'INVALID_ARGUMENT',
        `A chunk must be bytes or a string, not ${chunk === null ? 'null' : typeof chunk}`,
      );
    }
  }
  if (carry !== '') encode(carry);
}

function encode(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw backendError('INVALID_TEXT', 'The text holds half of a surrogate pair, which UTF-8 cannot express');
  }
  return encoder.encode(text);
}
