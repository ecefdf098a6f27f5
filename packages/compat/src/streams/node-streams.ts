import { Readable, Writable } from 'node:stream';
import type { FileBackend, StreamReadOptions, StreamWriteOptions } from '@f9/core';

/** Bytes that Node's own file streams read at a time. */
export const DEFAULT_BLOCK: number = 64 * 1024;

/** A Node stream of a file's bytes. Opens nothing until it is read, and frees the file when it is destroyed. */
export function toNodeReadable(
  backend: FileBackend,
  path: string,
  options: StreamReadOptions = {},
): Readable {
  const { chunkSize = DEFAULT_BLOCK, signal, ...range } = options;
  return readableFrom(backend.streamRead(path, { ...range, chunkSize }), chunkSize, signal);
}

export function readableFrom(
  stream: ReadableStream<Uint8Array>,
  highWaterMark: number,
  signal?: AbortSignal,
): Readable {
  return Readable.fromWeb(stream, { highWaterMark, ...(signal === undefined ? {} : { signal }) });
}

export type NodeWritableOptions = Omit<StreamWriteOptions, 'chunkSource'>;

/** A Node stream into a file: all or nothing. It has finished once the file is there; destroyed before, it leaves no trace. */
export function toNodeWritable(
  backend: FileBackend,
  path: string,
  options: NodeWritableOptions = {},
): Writable {
  return writableTo((chunks) => backend.streamWrite(path, { ...options, chunkSource: chunks }));
}

/** A Node stream into whatever takes chunks. */
export function writableTo(write: (chunks: AsyncIterable<Uint8Array>) => Promise<unknown>): Writable {
  const handover = new Handover();
  let writing: Promise<unknown> | undefined;
  const start = (stream: Writable): Promise<unknown> => {
    if (writing !== undefined) return writing;
    writing = write(handover);
    // A backend that fails before the last chunk ends the stream there.
    writing.catch((error: Error) => stream.destroy(error));
    return writing;
  };
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      void start(this);
      handover.give(chunk, done);
    },
    final(done) {
      handover.end();
      start(this).then(() => done(), done);
    },
    destroy(error, done) {
      handover.fail(error ?? new Error('The stream was destroyed before its end'));
      Promise.resolve(writing).then(
        () => done(error),
        () => done(error),
      );
    },
  });
}

/** One chunk at a time from a Node stream to whoever iterates: the next is asked for only when this one is used up. */
class Handover implements AsyncIterable<Uint8Array> {
  #given: { readonly chunk: Uint8Array; readonly done: () => void } | undefined;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  give(chunk: Uint8Array, done: () => void): void {
    this.#given = { chunk, done };
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#given !== undefined) {
        const { chunk, done } = this.#given;
        this.#given = undefined;
        yield chunk;
        done();
      } else if (this.#isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
