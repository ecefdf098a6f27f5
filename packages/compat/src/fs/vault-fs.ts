import type { Readable, Writable } from 'node:stream';
import type { FileBackend } from '@f9/core';
import { errnoException } from '../errors/node-error.ts';
import { translateStream } from '../errors/translate.ts';
import { DEFAULT_BLOCK, readableFrom, writableTo } from '../streams/node-streams.ts';
import { parseFlags } from './open-flags.ts';
import { atPath, type PathLike, pathText, withoutDrive } from './vault-path.ts';
import { VaultPromises } from './vault-promises.ts';
import { writeWhole } from './write-file.ts';

export interface ReadStreamOptions {
  readonly encoding?: BufferEncoding | null;
  /** First byte. Default 0. */
  readonly start?: number;
  /** Last byte, included. Default: the end. */
  readonly end?: number;
  /** Bytes per chunk. Default 65,536. */
  readonly highWaterMark?: number;
  readonly signal?: AbortSignal | null;
}

export interface WriteStreamOptions {
  /** `w`, `wx`, `a` or `ax`. Default `w`. */
  readonly flags?: string;
  readonly encoding?: BufferEncoding | null;
  readonly signal?: AbortSignal | null;
}

/** The face of `node:fs` that needs no callbacks: the promises, also as `promises`, and the streams. */
export class VaultFs extends VaultPromises {
  readonly promises: VaultPromises;
  readonly createReadStream: (path: PathLike, options?: ReadStreamOptions | BufferEncoding) => Readable;
  readonly createWriteStream: (path: PathLike, options?: WriteStreamOptions | BufferEncoding) => Writable;

  constructor(backend: FileBackend) {
    super(backend);
    this.promises = new VaultPromises(backend);
    this.createReadStream = (path, options) => createReadStream(backend, path, withEncoding(options));
    this.createWriteStream = (path, options) => createWriteStream(backend, path, withEncoding(options));
  }
}

/** Any backend as the `fs` that a program expects; see the README for what is exact and what is not. */
export function createFs(backend: FileBackend): VaultFs {
  return new VaultFs(backend);
}

function createReadStream(
  backend: FileBackend,
  path: PathLike,
  { encoding, start = 0, end, highWaterMark = DEFAULT_BLOCK, signal }: ReadStreamOptions,
): Readable {
  const text = pathText(path);
  const source = backend.streamRead(withoutDrive(text), {
    offset: start,
    ...(end === undefined || end === Number.POSITIVE_INFINITY ? {} : { length: end - start + 1 }),
    chunkSize: highWaterMark,
  });
  const stream = readableFrom(
    translateStream(source, { syscall: 'open', path: text }),
    highWaterMark,
    signal ?? undefined,
  );
  return encoding ? stream.setEncoding(encoding) : stream;
}

function createWriteStream(
  backend: FileBackend,
  path: PathLike,
  { flags = 'w', encoding, signal }: WriteStreamOptions,
): Writable {
  const parsed = parseFlags(flags);
  const stream = writableTo((chunks) =>
    atPath('open', path, async (target, text) => {
      if (!parsed.append && !parsed.truncate) throw errnoException('ENOTSUP', 'open', text);
      await writeWhole(backend, target, chunks, parsed, signal ? { signal } : {});
    }),
  );
  return encoding ? stream.setDefaultEncoding(encoding) : stream;
}

function withEncoding<O extends object>(
  options: O | BufferEncoding | undefined,
): O | { readonly encoding?: BufferEncoding } {
  return typeof options === 'string' ? { encoding: options } : (options ?? {});
}
