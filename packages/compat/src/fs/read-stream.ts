import { addAbortSignal, finished, Readable } from 'node:stream';
import type { FileBackend } from '@f9/core';
import { outOfRange } from '../errors/invalid-argument.ts';
import { translated, translateStream } from '../errors/translate.ts';
import { DEFAULT_BLOCK } from '../streams/node-streams.ts';
import { callOf, checkPosition, refuse } from './arguments.ts';
import { type OpenFlags, parseFlags } from './open-flags.ts';
import { type PathLike, pathText, withoutDrive } from './vault-path.ts';

/** Options that `createReadStream` of a file and of a handle share. */
export interface RangeOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  /** First byte. Default 0, or for a handle the end of its last call. */
  readonly start?: number | undefined;
  /** Last byte, included. Default: the end. */
  readonly end?: number | undefined;
  /** Bytes per chunk. Default 65,536. */
  readonly highWaterMark?: number | undefined;
  /** Destroy the stream, and with it close what is read, at the end and at an error. Default true. */
  readonly autoClose?: boolean | undefined;
  /** Emit `close`. Default true. */
  readonly emitClose?: boolean | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

export interface ReadStreamOptions extends RangeOptions {
  /** A flag that only reads. Default `r`. */
  readonly flags?: string | undefined;
}

/** The source of a `VaultReadStream`. */
export interface ReadSource {
  open(): Promise<void>;
  /** The next bytes, `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** `fs.ReadStream` without `fd`, which a vault does not have. */
export class VaultReadStream extends Readable {
  /** `undefined` for the stream of a handle. */
  readonly path: string | Buffer | undefined;
  /** Bytes read so far. */
  bytesRead = 0;
  /** False while the file is open. */
  pending = true;
  readonly #source: ReadSource;

  constructor(path: string | Buffer | undefined, source: ReadSource, options: RangeOptions) {
    const { highWaterMark = DEFAULT_BLOCK, autoClose = true, emitClose = true, encoding, signal } = options;
    super({ highWaterMark, emitClose, autoDestroy: autoClose });
    this.path = path;
    this.#source = source;
    if (encoding) this.setEncoding(encoding);
    if (signal) addAbortSignal(signal, this);
  }

  close(callback?: (error?: Error | null) => void): void {
    if (callback !== undefined) finished(this, callback);
    this.destroy();
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#source.open().then(
      () => {
        this.pending = false;
        done();
        this.emit('open');
        this.emit('ready');
        // A stream that is destroyed by then has its error already.
      },
      (error: Error) => done(this.destroyed ? null : error),
    );
  }

  override _read(): void {
    this.#source.read().then(
      (bytes) => {
        this.bytesRead += bytes?.length ?? 0;
        this.push(bytes ?? null);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.pending = true;
    this.#source.close().then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }
}

/** @throws as Node does, at once, for an invalid range */
export function checkRange({ start, end }: RangeOptions): void {
  checkPosition('start', start);
  checkPosition('end', end);
  if (start !== undefined && end !== undefined && start > end) {
    throw outOfRange('start', `<= "end" (here: ${end})`, start);
  }
}

export function createReadStream(
  backend: FileBackend,
  path: PathLike,
  options: ReadStreamOptions,
): VaultReadStream {
  checkRange(options);
  const text = pathText(path);
  return new VaultReadStream(
    path instanceof Uint8Array ? Buffer.from(path) : text,
    new FileSource(backend, text, options, parseFlags(options.flags ?? 'r')),
    options,
  );
}

/** The bytes of a file. The first block is read when the stream opens, so that a missing file shows then. */
class FileSource implements ReadSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #first: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> | undefined;

  readonly #options: ReadStreamOptions;
  readonly #flags: OpenFlags;

  constructor(backend: FileBackend, text: string, options: ReadStreamOptions, flags: OpenFlags) {
    this.#options = options;
    this.#flags = flags;
    const { start = 0, end = Number.POSITIVE_INFINITY, highWaterMark = DEFAULT_BLOCK } = options;
    const stream = backend.streamRead(withoutDrive(text), {
      ...callOf(options),
      offset: start,
      ...(end === Number.POSITIVE_INFINITY ? {} : { length: end - start + 1 }),
      chunkSize: highWaterMark,
    });
    this.#reader = translateStream(stream, { syscall: 'open', path: text }).getReader();
  }

  async open(): Promise<void> {
    const { read, truncate, append, exclusive } = this.#flags;
    await translated(
      async () => {
        refuse(this.#options, 'fd', 'fs');
        if (!read || truncate || append || exclusive) refuse(this.#options, 'flags');
      },
      { syscall: 'open' },
    );
    this.#first = this.#reader.read();
    await this.#first;
  }

  async read(): Promise<Uint8Array | undefined> {
    const next = this.#first ?? this.#reader.read();
    this.#first = undefined;
    return (await next).value;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }
}
