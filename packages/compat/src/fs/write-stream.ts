import { addAbortSignal, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FileBackend } from '@f9/core';
import { alreadyExists, isDirectory } from '@f9/core/driver';
import { Handover } from '../streams/handover.ts';
import { callOf, checkFlush, checkPosition, permissionsFor, refuse } from './arguments.ts';
import { assertParent, lookup } from './lookup.ts';
import { type OpenFlags, parseFlags } from './open-flags.ts';
import { atPath, type PathLike, pathText } from './vault-path.ts';
import { writeWhole } from './write-file.ts';

/** Options that `createWriteStream` of a file and of a handle share. */
export interface WritableFileOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  /** Bytes that may wait before `write` returns false. Default 16,384. */
  readonly highWaterMark?: number | undefined;
  /** Destroy the stream, and with it close what is written, at the end and at an error. Default true. */
  readonly autoClose?: boolean | undefined;
  /** Emit `close`. Default true. */
  readonly emitClose?: boolean | undefined;
  readonly signal?: AbortSignal | null | undefined;
  /** Has no effect: every write is whole, and as durable as its backend. */
  readonly flush?: boolean | undefined;
}

export interface WriteStreamOptions extends WritableFileOptions {
  /** `w`, `wx`, `a` or `ax`. Default `w`. */
  readonly flags?: string | undefined;
  /** The mode of a new file, as far as the backend keeps permissions. Default `0o666` without the umask. */
  readonly mode?: number | undefined;
}

/** The target of a `VaultWriteStream`. */
export interface WriteTarget {
  /** @param fail ends the stream where writing fails between two calls */
  open(fail: (error: Error) => void): Promise<void>;
  write(bytes: Uint8Array): Promise<void>;
  /** Replaces the file by what was written. */
  finish(): Promise<void>;
  /** Frees everything; writes that were not finished leave no trace. */
  abandon(error: Error | null): Promise<void>;
}

/** `fs.WriteStream` without `fd`, which a vault does not have. */
export class VaultWriteStream extends Writable {
  /** `undefined` for the stream of a handle. */
  readonly path: string | Buffer | undefined;
  /** Bytes written so far. */
  bytesWritten = 0;
  /** False while the file is open. */
  pending = true;
  readonly #target: WriteTarget;
  readonly #autoClose: boolean;

  constructor(path: string | Buffer | undefined, target: WriteTarget, options: WritableFileOptions) {
    const { highWaterMark = 16_384, autoClose = true, emitClose = true, encoding, signal } = options;
    super({ highWaterMark, emitClose, autoDestroy: autoClose });
    this.path = path;
    this.#target = target;
    this.#autoClose = autoClose;
    if (encoding) this.setDefaultEncoding(encoding);
    if (signal) addAbortSignal(signal, this);
  }

  close(callback?: (error?: Error | null) => void): void {
    if (callback !== undefined) {
      finished(this).then(
        () => callback(),
        (error: Error) => callback(error),
      );
    }
    if (!this.#autoClose) this.once('finish', () => this.destroy());
    this.end();
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#target
      .open((error) => this.destroy(error))
      .then(() => {
        this.pending = false;
        done();
        this.emit('open');
        this.emit('ready');
      }, done);
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#target.write(chunk).then(() => {
      this.bytesWritten += chunk.length;
      done();
    }, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#target.finish().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.pending = true;
    this.#target.abandon(error).then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }
}

export function createWriteStream(
  backend: FileBackend,
  path: PathLike,
  options: WriteStreamOptions & { readonly start?: number | undefined },
): VaultWriteStream {
  checkPosition('start', options.start);
  checkFlush(options);
  const flags = parseFlags(options.flags ?? 'w');
  return new VaultWriteStream(
    path instanceof Uint8Array ? Buffer.from(path) : pathText(path),
    new FileTarget(backend, path, flags, options),
    options,
  );
}

/** A file that one call of the backend writes, chunk after chunk. */
class FileTarget implements WriteTarget {
  readonly #backend: FileBackend;
  readonly #path: PathLike;
  readonly #flags: OpenFlags;
  readonly #options: WriteStreamOptions;
  readonly #handover = new Handover();
  #writing: Promise<void> | undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(backend: FileBackend, path: PathLike, flags: OpenFlags, options: WriteStreamOptions) {
    this.#backend = backend;
    this.#path = path;
    this.#flags = flags;
    this.#options = options;
  }

  /** Opens the target, and fails where a disk could not open the file. */
  async open(fail: (error: Error) => void): Promise<void> {
    this.#fail = fail;
    await atPath('open', this.#path, async (path) => {
      // Only a handle can write in the middle of a file: the stream of a file replaces it or adds to it.
      refuse(this.#options, 'fd', 'fs', 'start');
      if (!this.#flags.append && !this.#flags.truncate) refuse(this.#options, 'flags');
      const found = await lookup(this.#backend, path);
      if (found === undefined) await assertParent(this.#backend, path);
      else if (this.#flags.exclusive) throw alreadyExists(path);
      else if (found.isDir) throw isDirectory(path, 'be opened to write');
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    await Promise.race([this.#handover.give(bytes), this.#start()]);
  }

  async finish(): Promise<void> {
    this.#handover.end();
    await this.#start();
  }

  async abandon(error: Error | null): Promise<void> {
    this.#handover.fail(error ?? new Error('The stream was destroyed before its end'));
    await this.#writing?.catch(() => undefined);
  }

  #start(): Promise<void> {
    this.#writing ??= atPath('open', this.#path, (path) =>
      writeWhole(this.#backend, path, this.#handover, this.#flags, {
        ...callOf(this.#options),
        ...permissionsFor(this.#options.mode),
      }),
    );
    // A backend that fails before the last chunk ends the stream there.
    this.#writing.catch(this.#fail);
    return this.#writing;
  }
}
