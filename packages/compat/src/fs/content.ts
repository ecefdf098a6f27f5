import type { Content } from '@f9/core';
import { invalidType } from '../errors/invalid-argument.ts';
import { checkEncoding } from './arguments.ts';

/** Data that Node's `writeFile` takes. */
export type NodeContent =
  | string
  | ArrayBufferView
  | Iterable<string | ArrayBufferView>
  | AsyncIterable<string | ArrayBufferView>;

/** The encoding in options of Node's functions; `'buffer'` asks for bytes, as does none. */
export type Encoded =
  | { readonly encoding?: BufferEncoding | 'buffer' | null | undefined }
  | BufferEncoding
  | null
  | undefined;

/** @throws `ERR_INVALID_ARG_VALUE` for an unknown encoding */
export function encodingOf(options: Encoded): BufferEncoding | undefined {
  const encoding = typeof options === 'string' ? options : options?.encoding;
  checkEncoding(encoding);
  return encoding === 'buffer' || encoding === null ? undefined : encoding;
}

/**
 * The bytes of data for Node's functions: strings in any of its encodings, any kind of array, or chunks of them.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, for a chunk when it comes
 */
export function toContent(data: NodeContent, encoding?: BufferEncoding): Content {
  if (typeof data === 'string' || ArrayBuffer.isView(data)) return toBytes(data, encoding);
  if (!isIterable(data)) {
    throw invalidType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
  }
  return (async function* () {
    for await (const chunk of data) yield toBytes(chunk, encoding);
  })();
}

export function toBytes(data: string | ArrayBufferView, encoding: BufferEncoding = 'utf8'): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(data, encoding);
}

function isIterable(data: unknown): boolean {
  return (
    typeof data === 'object' && data !== null && (Symbol.iterator in data || Symbol.asyncIterator in data)
  );
}

/** Bytes in the form that Node returns: a Buffer, or text where an encoding is asked for. */
export function fromBytes(bytes: Uint8Array, encoding?: BufferEncoding): Buffer | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined ? buffer : buffer.toString(encoding);
}
