import { createHash } from 'node:crypto';
import { type ByteSource, chunksOf, regroup } from '@f9/core/driver';

/** The pieces of a source, and their total size and checksum. Each piece is a copy, so that the caller may reuse its buffers. */
export class MeasuredSource {
  readonly #source: ByteSource;
  readonly #pieceSize: number;
  readonly #hash = createHash('sha256');
  #size = 0;

  /** @param pieceSize bytes in every piece but the last */
  constructor(source: ByteSource, pieceSize: number) {
    this.#source = source;
    this.#pieceSize = pieceSize;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined, undefined> {
    for await (const view of regroup(chunksOf(this.#source), this.#pieceSize)) {
      const piece = view.slice();
      this.#hash.update(piece);
      this.#size += piece.length;
      yield piece;
    }
  }

  /** Size and checksum, once the source was read to its end. */
  result(): { readonly size: number; readonly sha256: string } {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}
