import { createHash } from 'node:crypto';
import { type BackendPath, backendError, type ReadRange } from '@f9/core/driver';
import type { FileEntry, PartEntry } from '../entries/entry.ts';
import type { SharedState } from '../entries/shared-state.ts';
import type { StoreIndex } from '../entries/store-index.ts';
import type { Call } from '../service/call.ts';
import { type LookPolicy, Patience } from '../service/patience.ts';
import type { Service } from '../service/service.ts';
import { BLOB_PIECE, type ContentStore } from './content-store.ts';
import { damaged, readInline, readPart } from './parts.ts';

/** The bytes of a file, piece by piece, each verified. */
interface PieceSource {
  /** Bytes in every piece but the last. */
  readonly pieceSize: number;
  /** The verified bytes of a piece; `undefined` where the store does not have it, or does not show it yet. */
  piece(number: number, call: Call): Promise<Uint8Array | undefined>;
}

/** The version being read was replaced, and its bytes are gone. */
class Replaced extends Error {}

/** Times that a read begins again because the file was replaced before its first byte came. */
const MAX_RESTARTS = 5;

/** Reads files as they are in the store, and gives out no byte that was not verified. */
export class FileReader {
  readonly #service: Service;
  readonly #contentStore: ContentStore | undefined;
  readonly #shared: SharedState;
  readonly #index: StoreIndex;
  readonly #policy: LookPolicy;

  constructor(
    service: Service,
    contentStore: ContentStore | undefined,
    shared: SharedState,
    index: StoreIndex,
    policy: LookPolicy,
  ) {
    this.#service = service;
    this.#contentStore = contentStore;
    this.#shared = shared;
    this.#index = index;
    this.#policy = policy;
  }

  /** The bytes of one version of the file, first to last; within this process the version is kept until the reader has finished. */
  async *read(path: BackendPath, range: ReadRange, call: Call): AsyncGenerator<Uint8Array> {
    for (let restarts = 0; ; restarts++) {
      const tree = await this.#index.tree(call);
      const file = tree.readable(path);
      const unpin = this.#shared.pin(file.writeId);
      let hasBegun = false;
      try {
        for await (const block of this.#blocks(file, range, call)) {
          hasBegun = true;
          yield block;
        }
        return;
      } catch (error) {
        if (!(error instanceof Replaced)) throw error;
        if (hasBegun || restarts >= MAX_RESTARTS) throw replaced(path);
      } finally {
        unpin();
      }
    }
  }

  async *#blocks(
    file: FileEntry,
    { offset = 0, length = Number.POSITIVE_INFINITY }: ReadRange,
    call: Call,
  ): AsyncGenerator<Uint8Array> {
    const end = Math.min(offset + length, file.size);
    if (offset >= end) return;
    if (file.bytes.form === 'inline') {
      const bytes = await readInline(file, call);
      yield bytes.subarray(offset, end);
      return;
    }
    const source = this.#pieceSource(file);
    const isWhole = offset === 0 && end === file.size;
    const hash = isWhole ? createHash('sha256') : undefined;
    const first = Math.floor(offset / source.pieceSize);
    const last = Math.floor((end - 1) / source.pieceSize);
    for await (const [number, piece] of this.#pieces(file, source, first, last, call)) {
      const start = number * source.pieceSize;
      if (piece.length !== Math.min(source.pieceSize, file.size - start)) throw damaged(call);
      hash?.update(piece);
      // Every piece is verified by itself; with the last one it is known that all belong to this file.
      if (number === last && hash !== undefined && hash.digest('hex') !== file.sha256) throw damaged(call);
      yield piece.subarray(Math.max(0, offset - start), end - start);
    }
  }

  /** The pieces in order, each fetched while the one before is used. */
  async *#pieces(
    file: FileEntry,
    source: PieceSource,
    first: number,
    last: number,
    call: Call,
  ): AsyncGenerator<readonly [number: number, piece: Uint8Array]> {
    const controller = new AbortController();
    const abort = (): void => controller.abort(call.signal?.reason);
    call.signal?.addEventListener('abort', abort, { once: true });
    const fetch = (number: number): Promise<Uint8Array> => {
      const piece = this.#patiently(file, source, number, { ...call, signal: controller.signal });
      // A reader that leaves early does not wait for the piece, nor get its error.
      piece.catch(() => undefined);
      return piece;
    };
    try {
      call.signal?.throwIfAborted();
      let next = fetch(first);
      for (let number = first; number <= last; number++) {
        const piece = await next;
        if (number < last) next = fetch(number + 1);
        yield [number, piece];
      }
    } finally {
      call.signal?.removeEventListener('abort', abort);
      controller.abort();
    }
  }

  /** Fetches a piece, again where it may not be visible yet; throws `Replaced` where somebody else has replaced the file. */
  async #patiently(file: FileEntry, source: PieceSource, number: number, call: Call): Promise<Uint8Array> {
    const patience = new Patience(this.#policy);
    for (;;) {
      const piece = await source.piece(number, call);
      if (piece !== undefined) return piece;
      if (patience.isOver()) throw missing(file, call);
      await patience.wait(call);
      const tree = await this.#index.refreshed(call);
      if (tree.currentFile(file.writeId) === undefined) throw new Replaced();
    }
  }

  #pieceSource(file: FileEntry): PieceSource {
    const { bytes, writeId } = file;
    if (bytes.form === 'carrier') {
      return {
        pieceSize: bytes.partSize,
        piece: async (number, call) => {
          const part = this.#index
            .known()
            .pieces(writeId)
            .find((piece): piece is PartEntry => piece.kind === 'part' && piece.number === number);
          const content = part === undefined ? undefined : await this.#service.content(part.fileId, call);
          return content === undefined ? undefined : await readPart(part!, content, call);
        },
      };
    }
    const store = this.#contentStore;
    if (store === undefined) throw withoutContentStore(file);
    const reference = { ...file, listSha256: bytes.form === 'external' ? bytes.listSha256 : undefined };
    let sums: Promise<string[] | undefined> | undefined;
    return {
      pieceSize: BLOB_PIECE,
      piece: async (number, call) => {
        sums ??= store.sums(reference, call);
        const known = await sums;
        if (known !== undefined) return await store.piece(reference, number, known[number], call);
        sums = undefined;
        return undefined;
      },
    };
  }
}

function replaced(path: string): Error {
  return backendError(
    'BUSY',
    `Somebody else replaced or deleted ${JSON.stringify(path)} while it was read; read it again`,
    { path },
  );
}

function missing({ path }: FileEntry, call: Call): Error {
  return backendError(
    'INTEGRITY',
    `The bytes of ${JSON.stringify(path)} are not where the vector store says they are; write the file again from its source`,
    { path: call.path ?? path },
  );
}

function withoutContentStore({ path }: FileEntry): Error {
  return backendError(
    'INVALID_ARGUMENT',
    `The bytes of ${JSON.stringify(path)} are in a content store; open the vault with the same contentStore`,
    { path },
  );
}
