import { concatBytes } from '../contents/content.ts';

/** Cuts blocks of any size into chunks of exactly `size` bytes, the last one maybe shorter; copies only across block borders. */
export class ChunkCutter {
  readonly #size: number;
  /** The beginning of the next chunk, in pieces: `size` may be far more than there ever is. */
  #pieces: Uint8Array[] = [];
  #held = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The chunks that `block` completes: slices of it where they lie inside it. */
  *cut(block: Uint8Array): Generator<Uint8Array> {
    let offset = 0;
    if (this.#held > 0) {
      offset = Math.min(this.#size - this.#held, block.length);
      this.#hold(block.subarray(0, offset));
      if (this.#held < this.#size) return;
      yield this.end()!;
    }
    for (; offset + this.#size <= block.length; offset += this.#size) {
      yield block.subarray(offset, offset + this.#size);
    }
    if (offset < block.length) this.#hold(block.subarray(offset));
  }

  /** The bytes left over: a chunk shorter than the others, or nothing. */
  end(): Uint8Array | undefined {
    if (this.#held === 0) return undefined;
    const chunk = concatBytes(this.#pieces);
    this.#pieces = [];
    this.#held = 0;
    return chunk;
  }

  #hold(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
  }
}

/** Regroups chunks into pieces of `size` bytes. */
export async function* regroup(source: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Uint8Array> {
  const cutter = new ChunkCutter(size);
  for await (const chunk of source) yield* cutter.cut(chunk);
  const rest = cutter.end();
  if (rest !== undefined) yield rest;
}
