import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type ByteSource, backendError, concatBytes } from '@f9/core/driver';
import type { Body } from '../service/exchange.ts';

/** Most bytes that are written in one request from memory. */
export const AT_ONCE: number = 8 * 1024 * 1024;

/** Bytes of a temporary file that are read at a time. */
const BLOCK = 256 * 1024;

/** The whole content of a write, with its checksums. */
export interface Staged {
  readonly body: Body;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Base64. */
  readonly md5: string;
  dispose(): Promise<void>;
}

/** A source whose beginning was read. */
export interface Begun {
  readonly chunks: readonly Uint8Array[];
  /** The rest of it; `undefined` where the beginning was all. */
  readonly rest: AsyncIterator<Uint8Array> | undefined;
}

/** Reads a source until it ends, or exceeds what may be in memory. */
export async function begin(source: ByteSource, signal: AbortSignal | undefined): Promise<Begun> {
  if (source instanceof Uint8Array && source.length <= AT_ONCE) return { chunks: [source], rest: undefined };
  const iterator = source instanceof Uint8Array ? slices(source) : source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= AT_ONCE; ) {
    signal?.throwIfAborted();
    const { value, done } = await iterator.next();
    if (done === true) return { chunks, rest: undefined };
    chunks.push(value);
    size += value.length;
  }
  return { chunks, rest: iterator };
}

/** The chunks as one piece in memory. */
export function inMemory(chunks: readonly Uint8Array[]): Staged {
  const body = concatBytes(chunks);
  return {
    body,
    size: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    md5: createHash('md5').update(body).digest('base64'),
    dispose: async () => undefined,
  };
}

/** Puts all of a source into a private temporary file, which is gone with this process. @throws `NO_SPACE` */
export async function spooled({ chunks, rest }: Begun, signal: AbortSignal | undefined): Promise<Staged> {
  const path = join(tmpdir(), `f9-s3-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  const isUnlinked = await unlink(path).then(
    () => true,
    () => false,
  );
  const dispose = async (): Promise<void> => {
    await file.close();
    if (!isUnlinked) await unlink(path).catch(() => undefined);
  };
  try {
    const sha256 = createHash('sha256');
    const md5 = createHash('md5');
    let size = 0;
    for await (const chunk of following({ chunks, rest })) {
      signal?.throwIfAborted();
      sha256.update(chunk);
      md5.update(chunk);
      await writeAll(file, chunk);
      size += chunk.length;
    }
    const length = size;
    return {
      body: { length, open: () => Readable.from(blocksOf(file, length), { objectMode: false }) },
      size,
      sha256: sha256.digest('hex'),
      md5: md5.digest('base64'),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The chunks that were read and those that follow; a consumer that stops early ends the source. */
export async function* following({ chunks, rest }: Begun): AsyncGenerator<Uint8Array, void, void> {
  let isOver = rest === undefined;
  try {
    yield* chunks;
    while (rest !== undefined) {
      const { value, done } = await rest.next();
      if (done === true) {
        isOver = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!isOver) await rest?.return?.();
  }
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += AT_ONCE) yield bytes.subarray(at, at + AT_ONCE);
}

/** The bytes of a file, which stays open: a stream of Node's own would close it. */
async function* blocksOf(file: FileHandle, length: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < length; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(BLOCK), 0, BLOCK, at);
    if (bytesRead === 0) throw new Error('the temporary file is shorter than what was written to it');
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw backendError(
      'NO_SPACE',
      'The temporary folder of this machine has no room for the file on its way to the server; make room, or set TMPDIR',
      { cause },
    );
  }
}
