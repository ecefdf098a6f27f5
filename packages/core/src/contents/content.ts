import { backendError } from '../errors.ts';

/** The bytes of a write: whole where the caller has them whole, else in chunks of any size, which can be read only once. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes and strings (UTF-8), mixed, in chunks of any size. */
export type ChunkSource =
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>;

/** Content to write: text (UTF-8), bytes, a Blob, or chunks (a Node `Readable` is an async iterable). */
export type Content = string | Uint8Array | ArrayBuffer | Blob | ChunkSource;

/**
 * The bytes of `content`; nothing of it is read yet.
 *
 * @throws `INVALID_ARGUMENT` for a type that cannot be written, also later for a chunk; `INVALID_TEXT` for half a surrogate pair.
 */
export function toByteSource(content: Content | undefined): ByteSource {
  if (typeof content === 'string') return encode(content);
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (content instanceof Blob) return encodeChunks(content.stream());
  if (isChunkSource(content)) return encodeChunks(content);
  throw backendError(
    'INVALID_ARGUMENT',
    `Cannot write ${describe(content)}: give a string, bytes, a Blob, a stream, or an iterable of bytes and strings`,
  );
}

/** Like `toByteSource`, for sources of chunks alone. */
export function toChunks(source: ChunkSource | undefined): AsyncIterable<Uint8Array> {
  if (isChunkSource(source)) return encodeChunks(source);
  throw backendError(
    'INVALID_ARGUMENT',
    `Cannot write chunks of ${describe(source)}: give a stream, or an iterable of bytes and strings`,
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

/** The same bytes without a subclass: a `Buffer` of a driver's is sliced and printed otherwise than what other drivers give. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** One piece of many; a single one is returned as it is. */
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

function encodeChunks(source: ChunkSource): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new ChunkEncoder(source) };
}

/** No generator, since one that waits for its source cannot be told to leave it. */
class ChunkEncoder implements AsyncIterator<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array | string>;
  /** Half of a surrogate pair, which the next string may complete. */
  #carry = '';

  constructor(source: ChunkSource) {
    this.#chunks = chunkIterator(source);
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    while (true) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        this.#assertWholeText();
        return { done, value: undefined };
      }
      try {
        const bytes = this.#encode(value);
        if (bytes.length > 0) return { done: false, value: bytes };
      } catch (error) {
        this.return().catch(() => undefined);
        throw error;
      }
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#chunks.return?.();
    return { done: true, value: undefined };
  }

  #encode(chunk: Uint8Array | string): Uint8Array {
    if (typeof chunk === 'string') {
      const text = this.#carry + chunk;
      this.#carry = endsWithHighSurrogate(text) ? text.slice(-1) : '';
      return encode(this.#carry === '' ? text : text.slice(0, -1));
    }
    if (!(chunk instanceof Uint8Array)) {
      throw backendError('INVALID_ARGUMENT', `A chunk must be bytes or a string, not ${describe(chunk)}`);
    }
    this.#assertWholeText();
    return chunk;
  }

  #assertWholeText(): void {
    if (this.#carry !== '') encode(this.#carry);
  }
}

/** The iterator of a source. Its `return` ends even a stream that is stuck, for which the stream's own iterator would wait. */
function chunkIterator(source: ChunkSource): AsyncIterator<Uint8Array | string> {
  if ('getReader' in source) {
    const reader = source.getReader();
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      await reader.cancel();
      return { done: true, value: undefined };
    };
    return { next: () => reader.read() as Promise<IteratorResult<Uint8Array | string>>, return: end };
  }
  if (!(Symbol.asyncIterator in source)) return fromSync(source[Symbol.iterator]());
  const iterator = source[Symbol.asyncIterator]();
  if (!isDestroyable(source)) return iterator;
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    source.destroy();
    return { done: true, value: undefined };
  };
  return { next: () => iterator.next(), return: end };
}

/** An asynchronous iterator over `items`, which may be promises. */
function fromSync<T>(items: Iterator<T>): AsyncIterator<T> {
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    items.return?.();
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<T>> => {
    const { value, done } = items.next();
    if (done === true) return { done, value };
    try {
      return { done: false, value: await value };
    } catch (error) {
      items.return?.();
      throw error;
    }
  };
  return { next, return: end };
}

function isChunkSource(value: unknown): value is ChunkSource {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value || 'getReader' in value;
}

/** Whether a source can be ended like Node's `Readable`. */
function isDestroyable(source: object): source is { destroy(): unknown } {
  return 'destroy' in source && typeof source.destroy === 'function';
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function endsWithHighSurrogate(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}

function encode(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw backendError('INVALID_TEXT', 'The text holds half of a surrogate pair, which UTF-8 cannot express');
  }
  return encoder.encode(text);
}
