import type { Readable } from 'node:stream';
import type { FileBackend } from '@f9/core';
import { alreadyExists, type BackendPath, isDirectory, notFound } from '@f9/core/driver';
import { errnoException } from '../errors/node-error.ts';
import { translated, translateStream } from '../errors/translate.ts';
import { DEFAULT_BLOCK, readableFrom } from '../streams/node-streams.ts';
import { type Encoded, encodingOf, fromBytes, type NodeContent, toBytes, toContent } from './content.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { lookup } from './lookup.ts';
import type { OpenFlags } from './open-flags.ts';
import { rooted } from './vault-path.ts';
import { VaultStats } from './vault-stats.ts';
import { makeFile } from './write-file.ts';

/** Where in a buffer and in the file to read or write. */
export interface Span {
  readonly offset?: number;
  readonly length?: number;
  /** In the file. Default: where the last call ended. */
  readonly position?: number | bigint | null;
}

/**
 * An open file. It reads what is at its path now, a range at a time. What it writes, other than by appending, it holds in memory until
 * `sync` or `close`, and then replaces the file in one step: readers never see half of it.
 */
export class VaultFileHandle implements AsyncDisposable {
  readonly #backend: FileBackend;
  readonly #path: BackendPath;
  readonly #text: string;
  readonly #flags: OpenFlags;
  #position = 0;
  /** The file as it will be, once something was written. */
  #image: Promise<GrowingBuffer> | undefined;
  #isDirty = false;
  #isClosed = false;

  private constructor(backend: FileBackend, path: BackendPath, text: string, flags: OpenFlags) {
    this.#backend = backend;
    this.#path = path;
    this.#text = text;
    this.#flags = flags;
  }

  /** @param text the path as the caller spelled it */
  static async open(
    backend: FileBackend,
    path: BackendPath,
    text: string,
    flags: OpenFlags,
  ): Promise<VaultFileHandle> {
    const handle = new VaultFileHandle(backend, path, text, flags);
    const found = await lookup(backend, path);
    if (found === undefined) {
      if (!flags.create) throw notFound(path);
      await makeFile(backend, path, flags, {});
      return handle;
    }
    if (flags.create && flags.exclusive) throw alreadyExists(path);
    if (found.isDir && flags.write) throw isDirectory(path, 'be opened to write');
    if (flags.truncate) {
      handle.#image = Promise.resolve(new GrowingBuffer());
      handle.#isDirty = true;
    }
    return handle;
  }

  async read(
    bufferOrSpan: NodeJS.ArrayBufferView | ({ readonly buffer?: NodeJS.ArrayBufferView } & Span) = {},
    offsetOrSpan?: number | Span | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<{ bytesRead: number; buffer: NodeJS.ArrayBufferView }> {
    const span = ArrayBuffer.isView(bufferOrSpan)
      ? spanOf(offsetOrSpan, length, position)
      : (bufferOrSpan satisfies Span);
    const buffer = ArrayBuffer.isView(bufferOrSpan)
      ? bufferOrSpan
      : (bufferOrSpan.buffer ?? Buffer.alloc(DEFAULT_BUFFER));
    const target = slice(buffer, span);
    return await this.#call('read', async () => {
      const start = this.#startOf(span);
      const bytes = await this.#readRange(start, target.length);
      target.set(bytes);
      if (!isPlaced(span)) this.#position = start + bytes.length;
      return { bytesRead: bytes.length, buffer };
    });
  }

  /** From where the last call ended to the end of the file. */
  async readFile(options?: Encoded): Promise<Buffer | string> {
    const bytes = await this.#call('read', async () => {
      const rest = await this.#readRange(this.#position, undefined);
      this.#position += rest.length;
      return rest;
    });
    return fromBytes(bytes, encodingOf(options));
  }

  async write(
    data: NodeJS.ArrayBufferView | string,
    offsetOrPosition?: number | Span | null,
    lengthOrEncoding?: number | BufferEncoding | null,
    position?: number | bigint | null,
  ): Promise<{ bytesWritten: number; buffer: NodeJS.ArrayBufferView | string }> {
    const isText = typeof data === 'string';
    const span: Span = isText
      ? { position: typeof offsetOrPosition === 'number' ? offsetOrPosition : null }
      : spanOf(offsetOrPosition, typeof lengthOrEncoding === 'number' ? lengthOrEncoding : null, position);
    const bytes = isText
      ? toBytes(data, typeof lengthOrEncoding === 'string' ? lengthOrEncoding : 'utf8')
      : slice(data, span);
    await this.#call('write', () => this.#put(bytes, span));
    return { bytesWritten: bytes.length, buffer: data };
  }

  async writev(
    buffers: readonly NodeJS.ArrayBufferView[],
    position?: number,
  ): Promise<{ bytesWritten: number; buffers: readonly NodeJS.ArrayBufferView[] }> {
    const bytes = Buffer.concat(buffers.map((buffer) => toBytes(buffer)));
    await this.#call('write', () => this.#put(bytes, position === undefined ? {} : { position }));
    return { bytesWritten: bytes.length, buffers };
  }

  /** Writes from where the last call ended. */
  async writeFile(data: NodeContent, options?: Encoded): Promise<void> {
    const content = toContent(data, encodingOf(options));
    await this.#call('write', async () => {
      const chunks = content instanceof Uint8Array ? [content] : (content as AsyncIterable<Uint8Array>);
      for await (const chunk of chunks) await this.#put(chunk, {});
    });
  }

  async appendFile(data: NodeContent, options?: Encoded): Promise<void> {
    await this.writeFile(data, options);
  }

  async truncate(length: number = 0): Promise<void> {
    await this.#call('ftruncate', async () => {
      this.#assertWrites('ftruncate');
      const image = await this.#load();
      image.resize(length);
      this.#isDirty = true;
    });
  }

  async stat(): Promise<VaultStats> {
    return await this.#call('fstat', async () => {
      const info = await this.#backend.info(rooted(this.#path));
      return new VaultStats(
        this.#image === undefined ? info : info.with({ size: (await this.#image).bytes.length }),
      );
    });
  }

  /** Puts the file in place as it was written so far. */
  async sync(): Promise<void> {
    await this.#call('fsync', () => this.#flush());
  }

  async datasync(): Promise<void> {
    await this.sync();
  }

  createReadStream(options: { readonly start?: number; readonly highWaterMark?: number } = {}): Readable {
    const { start = 0, highWaterMark = DEFAULT_BLOCK } = options;
    const stream = this.#backend.streamRead(rooted(this.#path), { offset: start, chunkSize: highWaterMark });
    return readableFrom(translateStream(stream, { syscall: 'read', path: this.#text }), highWaterMark);
  }

  /** Puts in place what was written. Where that fails, the old file is still there. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#call('close', async () => {
      this.#isClosed = true;
      await this.#flush();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #call<T>(syscall: string, body: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw errnoException('EBADF', syscall);
    return await translated(body, { syscall, path: this.#text });
  }

  async #readRange(offset: number, length: number | undefined): Promise<Uint8Array> {
    if (!this.#flags.read) throw errnoException('EBADF', 'read');
    if (this.#image === undefined) {
      return await this.#backend.read(rooted(this.#path), {
        offset,
        ...(length === undefined ? {} : { length }),
      });
    }
    const end = length === undefined ? undefined : offset + length;
    // A copy: later writes go to the same memory.
    return Buffer.from((await this.#image).bytes.subarray(offset, end));
  }

  async #put(bytes: Uint8Array, span: Span): Promise<void> {
    this.#assertWrites('write');
    if (this.#flags.append) {
      await this.#backend.update(rooted(this.#path), { data: bytes, append: true });
      return;
    }
    const image = await this.#load();
    const start = this.#startOf(span);
    image.write(bytes, start);
    this.#isDirty = true;
    if (!isPlaced(span)) this.#position = start + bytes.length;
  }

  #assertWrites(syscall: string): void {
    if (!this.#flags.write) throw errnoException('EBADF', syscall);
  }

  #load(): Promise<GrowingBuffer> {
    this.#image ??= this.#backend.read(rooted(this.#path)).then((bytes) => new GrowingBuffer(bytes));
    return this.#image;
  }

  async #flush(): Promise<void> {
    if (!this.#isDirty || this.#image === undefined) return;
    this.#isDirty = false;
    try {
      // A copy: the caller may write on while the backend does.
      const data = Buffer.from((await this.#image).bytes);
      await this.#backend.create(rooted(this.#path), { data, overwrite: true });
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }

  #startOf({ position }: Span): number {
    return position === undefined || position === null || position < 0 ? this.#position : Number(position);
  }
}

/** Bytes that `read` makes room for where it is given no buffer. */
const DEFAULT_BUFFER = 16 * 1024;

function spanOf(
  offsetOrSpan: number | Span | null | undefined,
  length: number | null | undefined,
  position: number | bigint | null | undefined,
): Span {
  if (typeof offsetOrSpan === 'object' && offsetOrSpan !== null) return offsetOrSpan;
  return {
    ...(typeof offsetOrSpan === 'number' ? { offset: offsetOrSpan } : {}),
    ...(typeof length === 'number' ? { length } : {}),
    ...(position === undefined ? {} : { position }),
  };
}

function slice(buffer: NodeJS.ArrayBufferView, { offset = 0, length }: Span): Uint8Array {
  const bytes = toBytes(buffer);
  return bytes.subarray(offset, length === undefined ? undefined : offset + length);
}

function isPlaced({ position }: Span): boolean {
  return position !== undefined && position !== null && position >= 0;
}
