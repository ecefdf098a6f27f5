import { hash } from 'node:crypto';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import type { Call } from '../service/call.ts';

// A blob in the content store is the bytes of a file. Where these are more than one piece, a list of their checksums follows, so that
// a part can be verified before it is used.

/** Bytes with a checksum of their own. */
export const BLOB_PIECE: number = 1024 * 1024;
const SUM_BYTES = 32;

/** A blob as its file's attributes describe it. */
export interface BlobReference {
  readonly writeId: string;
  readonly size: number;
  readonly sha256: string;
  readonly listSha256: string | undefined;
}

/** Keeps the bytes of files in another backend, which its owner disposes. */
export class ContentStore {
  readonly #backend: FileBackend;
  readonly #directory: string;

  /** @param directory the directory for the blobs of this vector store */
  constructor(backend: FileBackend, directory: string) {
    this.#backend = backend;
    this.#directory = directory;
  }

  /** Writes pieces of `BLOB_PIECE` bytes each; gives the checksum of their list, if there is one. */
  async write(
    writeId: string,
    pieces: AsyncIterable<Uint8Array>,
    call: Call,
  ): Promise<{ readonly listSha256: string | undefined }> {
    const sums: Buffer[] = [];
    async function* blob(): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        sums.push(Buffer.from(hash('sha256', piece), 'hex'));
        yield piece;
      }
      if (sums.length > 1) yield Buffer.concat(sums);
    }
    await this.#run(call, (options) =>
      this.#backend.streamWrite(this.#path(writeId), { chunkSource: blob(), ...options }),
    );
    return { listSha256: sums.length > 1 ? hash('sha256', Buffer.concat(sums)) : undefined };
  }

  /** The verified checksums of the pieces; `undefined` where the blob is gone. */
  async sums(
    { writeId, size, sha256: whole, listSha256 }: BlobReference,
    call: Call,
  ): Promise<string[] | undefined> {
    if (listSha256 === undefined) return [whole];
    const list = await this.#range(writeId, size, Math.ceil(size / BLOB_PIECE) * SUM_BYTES, call);
    if (list === undefined) return undefined;
    if (hash('sha256', list) !== listSha256) throw damaged(call);
    const hex = Buffer.from(list.buffer, list.byteOffset, list.length).toString('hex');
    return hex.match(/.{64}/g) ?? [];
  }

  /** The bytes of a piece, verified by its checksum; `undefined` where the blob is gone. */
  async piece(
    { writeId, size }: BlobReference,
    number: number,
    sum: string | undefined,
    call: Call,
  ): Promise<Uint8Array | undefined> {
    const offset = number * BLOB_PIECE;
    const piece = await this.#range(writeId, offset, Math.min(BLOB_PIECE, size - offset), call);
    if (piece !== undefined && hash('sha256', piece) !== sum) throw damaged(call);
    return piece;
  }

  /** Checks that a blob is what was written. @throws `INTEGRITY` where the content store gives other bytes */
  async verify(reference: BlobReference, call: Call): Promise<void> {
    const sums = (await this.sums(reference, call)) ?? [];
    const pieces = Math.ceil(reference.size / BLOB_PIECE);
    for (let number = 0; number < pieces; number++) {
      if ((await this.piece(reference, number, sums[number], call)) === undefined) throw damaged(call);
    }
  }

  async delete(writeId: string, call: Call): Promise<void> {
    await this.#unlessMissing(call, (options) => this.#backend.delete(this.#path(writeId), options));
  }

  /** The write ids of all blobs of this vector store. */
  async writeIds(call: Call): Promise<string[]> {
    const writeIds: string[] = [];
    await this.#unlessMissing(call, async (options) => {
      for await (const { path, fileType } of this.#backend.list(this.#directory, options)) {
        if (fileType === 'file') writeIds.push(path.slice(this.#directory.length + 1));
      }
    });
    return writeIds;
  }

  async #range(writeId: string, offset: number, length: number, call: Call): Promise<Uint8Array | undefined> {
    return await this.#unlessMissing(call, (options) =>
      this.#backend.read(this.#path(writeId), { offset, length, ...options }),
    );
  }

  async #unlessMissing<T>(
    call: Call,
    task: (options: { readonly signal?: AbortSignal }) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#run(call, task);
    } catch (error) {
      if (isFileBackendError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Runs a call of the content store. Its errors speak of its own paths; ours name the file. */
  async #run<T>(
    { signal, path }: Call,
    task: (options: { readonly signal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    try {
      return await task(signal === undefined ? {} : { signal });
    } catch (error) {
      if (!isFileBackendError(error)) throw error;
      throw backendError(error.code, `The content store failed: ${error.message}`, {
        path,
        retryable: error.retryable,
        cause: error,
      });
    }
  }

  #path(writeId: string): string {
    return `${this.#directory}/${writeId}`;
  }
}

function damaged({ path }: Call): Error {
  return backendError(
    'INTEGRITY',
    `The content store gives back other bytes than were written${path === undefined ? '' : ` for ${JSON.stringify(path)}`}; restore it from a backup, or write the file again`,
  );
}
