/** Cuts blocks of any size into chunks of exactly `size` bytes, the last one maybe shorter; copies only across block borders. */
export class ChunkCutter {
  readonly #size: number;
  #partial: Uint8Array | undefined;
  #filled = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The chunks that `block` completes: slices of it where they lie inside it. */
  *cut(block: Uint8Array): Generator<Uint8Array> {
    let offset = 0;
    if (this.#partial !== undefined) {
      offset = this.#fill(block, 0);
      if (this.#filled < this.#size) return;
      yield this.#partial;
      this.#partial = undefined;
    }
    for (; offset + this.#size <= block.length; offset += this.#size) {
      yield block.subarray(offset, offset + this.#size);
    }
    if (offset < block.length) {
      this.#partial = new Uint8Array(this.#size);
      this.#filled = 0;
      this.#fill(block, offset);
    }
  }

  /** What is left over: a chunk shorter than the others, or nothing. */
  end(): Uint8Array | undefined {
    return this.#partial?.subarray(0, this.#filled);
  }

  #fill(block: Uint8Array, offset: number): number {
    const count = Math.min(this.#size - this.#filled, block.length - offset);
    this.#partial!.set(block.subarray(offset, offset + count), this.#filled);
    this.#filled += count;
    return offset + count;
  }
}

/** Regroups chunks into pieces of `size` bytes. */
export async function* regroup(source: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Uint8Array> {
  const cutter = new ChunkCutter(size);
  for await (const chunk of source) yield* cutter.cut(chunk);
  const rest = cutter.end();
  if (rest !== undefined) yield rest;
}
