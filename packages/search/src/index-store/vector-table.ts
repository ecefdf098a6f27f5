/** A passage's hash, and how near it is: a cosine. */
export interface Near {
  readonly hash: string;
  readonly similarity: number;
}

/** Vectors of all passages in memory, as bytes one after another, for a search that looks at each. */
export class VectorTable {
  readonly #hashes: string[] = [];
  readonly #scales: number[] = [];
  readonly #data: Int8Array;
  readonly #dimensions: number;

  /** @param rows those of other lengths than `dimensions` belong to another model, and are left out */
  constructor(
    rows: readonly { readonly hash: string; readonly scale: number; readonly data: Int8Array }[],
    dimensions: number,
  ) {
    const fitting = rows.filter(({ data }) => data.length === dimensions);
    this.#dimensions = dimensions;
    this.#data = new Int8Array(fitting.length * dimensions);
    for (const [index, { hash, scale, data }] of fitting.entries()) {
      this.#hashes.push(hash);
      this.#scales.push(scale);
      this.#data.set(data, index * dimensions);
    }
  }

  get dimensions(): number {
    return this.#dimensions;
  }

  /** The nearest passages by cosine, best first. */
  nearest(vector: Float32Array, count: number, among: ReadonlySet<string> | undefined): Near[] {
    const length = Math.hypot(...vector) || 1;
    let best: { readonly similarity: number; readonly index: number }[] = [];
    let worst = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < this.#hashes.length; index++) {
      if (among !== undefined && !among.has(this.#hashes[index]!)) continue;
      const similarity = this.#similarity(vector, index);
      if (best.length >= count && similarity <= worst) continue;
      best.push({ similarity, index });
      if (best.length < count * 4) continue;
      best = best.sort((a, b) => b.similarity - a.similarity).slice(0, count);
      worst = best.at(-1)!.similarity;
    }
    return best
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, count)
      .map(({ index, similarity }) => ({ hash: this.#hashes[index]!, similarity: similarity / length }));
  }

  #similarity(vector: Float32Array, index: number): number {
    const offset = index * this.#dimensions;
    let sum = 0;
    for (let i = 0; i < this.#dimensions; i++) sum += this.#data[offset + i]! * vector[i]!;
    return sum * this.#scales[index]!;
  }
}
