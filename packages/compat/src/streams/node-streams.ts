import { Readable, Writable } from 'node:stream';
import type { FileBackend, StreamReadOptions, StreamWriteOptions } from '@f9/core';
import { Handover } from './handover.ts';

/** Bytes that Node's own file streams read at a time. */
export const DEFAULT_BLOCK: number = 64 * 1024;

/** A Node stream of a file's bytes. Opens nothing until it is read, and frees the file when it is destroyed. */
export function toNodeReadable(
  backend: FileBackend,
  path: string,
  options: StreamReadOptions = {},
): Readable {
  const { chunkSize = DEFAULT_BLOCK, signal, ...range } = options;
  const stream = backend.streamRead(path, { ...range, chunkSize });
  return Readable.fromWeb(stream, { highWaterMark: chunkSize, ...(signal === undefined ? {} : { signal }) });
}

export type NodeWritableOptions = Omit<StreamWriteOptions, 'chunkSource'>;

/** A Node stream into a file, all or nothing. It finishes once the file is there; destroyed before that, it leaves no trace. */
export function toNodeWritable(
  backend: FileBackend,
  path: string,
  options: NodeWritableOptions = {},
): Writable {
  const handover = new Handover();
  let writing: Promise<unknown> | undefined;
  const start = (stream: Writable): Promise<unknown> => {
    if (writing !== undefined) return writing;
    writing = backend.streamWrite(path, { ...options, chunkSource: handover });
    // A backend that fails before the last chunk ends the stream there.
    writing.catch((error: Error) => stream.destroy(error));
    return writing;
  };
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      void start(this);
      handover.give(chunk).then(() => done(), done);
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
