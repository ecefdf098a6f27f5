/** Repeatable random numbers: the same seed gives the same ones. */
export class Random {
  readonly seed: number;
  #state: number;

  /** @param seed default: `F9_SEED` of the environment, else 1 */
  constructor(seed: number = Number(process.env.F9_SEED ?? 1)) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}
