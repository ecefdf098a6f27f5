import { EventEmitter } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import type { FileBackend } from '@f9/core';
import { alreadyExists, type BackendPath, isDirectory, notFound } from '@f9/core/driver';
import { outOfRange } from '../errors/invalid-argument.ts';
import { errnoException, nodeError } from '../errors/node-error.ts';
import { translated } from '../errors/translate.ts';
import {
  abortable,
  checkFlush,
  checkInteger,
  checkPosition,
  objectOf,
  permissionsFor,
  refuse,
} from './arguments.ts';
import { type Encoded, encodingOf, fromBytes, type NodeContent, toBytes, toContent } from './content.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { HandleSource, HandleTarget } from './handle-streams.ts';
import { lookup } from './lookup.ts';
import type { OpenFlags } from './open-flags.ts';
import { checkRange, type RangeOptions, VaultReadStream } from './read-stream.ts';
import { isPlaced, type Span, slice, spanOf } from './span.ts';
import { rooted } from './vault-path.ts';
import { VaultStats } from './vault-stats.ts';
import { makeFile } from './write-file.ts';
import { VaultWriteStream, type WritableFileOptions } from './write-stream.ts';

/**
 * An open file. It reads the present content of its path, a range at a time. Writes, except appends, stay in memory until `sync` or
 * `close`, which replace the file in one step: readers never see half of it. Emits `close`.
 */
export class VaultFileHandle extends EventEmitter implements AsyncDisposable {
  readonly #backend: FileBackend;
  readonly #path: BackendPath;
  readonly #text: string;
  readonly #flags: OpenFlags;
  #position = 0;
  /** The future content of the file, once something was written. */
  #image: Promise<GrowingBuffer> | undefined;
  /** The etag of the version that the image began with; only that version is replaced. */
  #base: string | undefined;
  #isDirty = false;
  /** The replacement of the file that is under way, behind which the next one waits. */
  #flushing: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** Whether a web stream uses the handle, which then belongs to it alone. */
  #isStreamed = false;

  private constructor(backend: FileBackend, path: BackendPath, text: string, flags: OpenFlags) {
    super();
    this.#backend = backend;
    this.#path = path;
    this.#text = text;
    this.#flags = flags;
  }

  /**
   * @param text the path as the caller spelled it
   * @param mode of a new file, as far as the backend keeps permissions
   */
  static async open(
    backend: FileBackend,
    path: BackendPath,
    text: string,
    flags: OpenFlags,
    mode?: number | string | undefined,
  ): Promise<VaultFileHandle> {
    const handle = new VaultFileHandle(backend, path, text, flags);
    const found = await lookup(backend, path);
    if (found === undefined) {
      if (!flags.create) throw notFound(path);
      await makeFile(backend, path, flags, permissionsFor(mode));
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

  /** Reads from the end of the last call to the end of the file. */
  async readFile(options?: HandleFileOptions): Promise<Buffer | string> {
    const given = objectOf<Signalled>(options);
    const { signal } = given;
    const bytes = await abortable(given, () =>
      this.#call('read', async () => {
        refuse(given, 'buffer');
        signal?.throwIfAborted();
        const rest = await this.#readRange(this.#position, undefined);
        this.#position += rest.length;
        return rest;
      }),
    );
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

  async readv(
    buffers: readonly NodeJS.ArrayBufferView[],
    position?: number | null,
  ): Promise<{ bytesRead: number; buffers: readonly NodeJS.ArrayBufferView[] }> {
    const size = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const { bytesRead, buffer } = await this.read(Buffer.alloc(size), 0, size, position ?? null);
    let start = 0;
    for (const target of buffers) {
      toBytes(target).set(toBytes(buffer).subarray(start, Math.min(start + target.byteLength, bytesRead)));
      start = Math.min(start + target.byteLength, bytesRead);
    }
    return { bytesRead, buffers };
  }

  async writev(
    buffers: readonly NodeJS.ArrayBufferView[],
    position?: number,
  ): Promise<{ bytesWritten: number; buffers: readonly NodeJS.ArrayBufferView[] }> {
    const bytes = Buffer.concat(buffers.map((buffer) => toBytes(buffer)));
    await this.#call('write', () => this.#put(bytes, position === undefined ? {} : { position }));
    return { bytesWritten: bytes.length, buffers };
  }

  /** Writes from the end of the last call on. */
  async writeFile(data: NodeContent, options?: HandleFileOptions): Promise<void> {
    const content = toContent(data, encodingOf(options));
    const given = objectOf<Signalled>(options);
    checkFlush(given);
    await abortable(given, () =>
      this.#call('write', async () => {
        const chunks = content instanceof Uint8Array ? [content] : (content as AsyncIterable<Uint8Array>);
        for await (const chunk of chunks) {
          given.signal?.throwIfAborted();
          await this.#put(chunk, {});
        }
      }),
    );
  }

  async appendFile(data: NodeContent, options?: HandleFileOptions): Promise<void> {
    await this.writeFile(data, options);
  }

  async truncate(length: number = 0): Promise<void> {
    checkInteger('len', length);
    await this.#call('ftruncate', async () => {
      this.#assertWrites('ftruncate');
      const image = await this.#load();
      image.resize(Math.max(0, length));
      this.#isDirty = true;
    });
  }

  async stat(options?: { readonly bigint?: false }): Promise<VaultStats> {
    return await this.#call('fstat', async () => {
      refuse(options ?? {}, 'bigint');
      const info = await this.#backend.info(rooted(this.#path));
      return new VaultStats(
        this.#image === undefined ? info : info.with({ size: (await this.#image).bytes.length }),
      );
    });
  }

  /** Replaces the file by what was written so far. */
  async sync(): Promise<void> {
    await this.#call('fsync', () => this.#flush());
  }

  async datasync(): Promise<void> {
    await this.sync();
  }

  createReadStream(options: RangeOptions = {}): VaultReadStream {
    this.#assertStreamable();
    checkRange(options);
    return new VaultReadStream(undefined, new HandleSource(this, options), options);
  }

  createWriteStream(
    options: WritableFileOptions & { readonly start?: number | undefined } = {},
  ): VaultWriteStream {
    this.#assertStreamable();
    checkPosition('start', options.start);
    return new VaultWriteStream(undefined, new HandleTarget(this, options.start), options);
  }

  /** The lines of the file, for `for await`. */
  readLines(options: RangeOptions = {}): Interface {
    return createInterface({ input: this.createReadStream(options), crlfDelay: Number.POSITIVE_INFINITY });
  }

  /** @param options `autoClose`: close the handle at the end; default false */
  readableWebStream({
    autoClose = false,
  }: {
    readonly autoClose?: boolean;
  } = {}): ReadableStream<Uint8Array> {
    if (this.#isClosed || this.#isStreamed) {
      const why = this.#isClosed ? 'closed' : 'locked';
      throw nodeError('ERR_INVALID_STATE', `Invalid state: The FileHandle is ${why}`);
    }
    this.#isStreamed = true;
    const source = new HandleSource(this, {});
    const close = async (): Promise<void> => {
      if (autoClose) await this.close();
    };
    return new ReadableStream({
      type: 'bytes',
      pull: async (controller) => {
        const bytes = await source.read();
        if (bytes !== undefined) return controller.enqueue(new Uint8Array(bytes));
        controller.close();
        controller.byobRequest?.respond(0);
        await close();
      },
      cancel: close,
    });
  }

  // Methods without a matching operation in the interface of a backend.

  async chmod(_mode: number | string): Promise<never> {
    throw errnoException('ENOTSUP', 'fchmod');
  }

  async chown(_uid: number, _gid: number): Promise<never> {
    throw errnoException('ENOTSUP', 'fchown');
  }

  async utimes(_atime: unknown, _mtime: unknown): Promise<never> {
    throw errnoException('ENOTSUP', 'futime');
  }

  /**
   * Replaces the file by what was written. If that fails, the old file is still there.
   *
   * @throws `EBUSY` where somebody else wrote the file after this handle read it
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#call('close', async () => {
      this.#isClosed = true;
      await this.#flush();
    });
    this.emit('close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #call<T>(syscall: string, body: () => Promise<T>): Promise<T> {
    this.#assertOpen(syscall);
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
    // A copy, since later writes go to the same memory.
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

  /** Throws in Node's words, where the handle can no longer be streamed. */
  #assertStreamable(): void {
    if (this.#isClosed) throw outOfRange('fd', '>= 0 && <= 2147483647', -1);
  }

  #assertOpen(syscall: string): void {
    if (this.#isClosed) throw errnoException('EBADF', syscall);
  }

  #assertWrites(syscall: string): void {
    if (!this.#flags.write) throw errnoException('EBADF', syscall);
  }

  #load(): Promise<GrowingBuffer> {
    this.#image ??= this.#readImage().catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    return this.#image;
  }

  async #readImage(): Promise<GrowingBuffer> {
    // The etag is asked for before the bytes are read, so that a change in between shows as another etag.
    this.#base = (await this.#backend.info(rooted(this.#path))).etag;
    return new GrowingBuffer(await this.#backend.read(rooted(this.#path)));
  }

  #flush(): Promise<void> {
    const next = this.#flushing.catch(() => undefined).then(() => this.#replace());
    this.#flushing = next;
    return next;
  }

  async #replace(): Promise<void> {
    if (!this.#isDirty || this.#image === undefined) return;
    this.#isDirty = false;
    try {
      // A copy, since the caller may go on writing while the backend writes.
      const data = Buffer.from((await this.#image).bytes);
      const guard =
        this.#base === undefined || this.#backend.capabilities.ifMatch === false
          ? {}
          : { ifMatch: this.#base };
      const written = await this.#backend.create(rooted(this.#path), { data, overwrite: true, ...guard });
      this.#base = written.etag;
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }

  #startOf({ position }: Span): number {
    return position === undefined || position === null || position < 0 ? this.#position : Number(position);
  }
}

interface Signalled {
  readonly signal?: AbortSignal | null | undefined;
  readonly flush?: boolean | null | undefined;
}

/** Options of a handle's whole reads and writes: an encoding alone, or with a signal. */
type HandleFileOptions = (Encoded & Signalled) | BufferEncoding | null | undefined;

/** Bytes of the buffer that `read` makes where it is given none. */
const DEFAULT_BUFFER = 16 * 1024;
