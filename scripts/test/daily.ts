/** Whether everything runs whole, as `F9_LONG=1` asks; else what takes long runs a sample. */
export const isLong: boolean = process.env.F9_LONG === '1';

/** Which sample, as `F9_SEED` chooses. */
export const seed: number = Number(process.env.F9_SEED ?? 1);

/** `count` of them, evenly apart; others with another seed. */
export function sample<T>(all: readonly T[], count: number): readonly T[] {
  const step = all.length / count;
  const places = Array.from({ length: count }, (_, i) => (seed + Math.floor(i * step)) % all.length);
  return [...new Set(places)].sort((a, b) => a - b).map((place) => all[place]!);
}

/** What `testBackend` of @f9/conformance takes. */
interface Runner {
  describe(name: string, body: () => void): unknown;
  readonly test: {
    (name: string, body: () => Promise<void>, timeout?: number): unknown;
    skip(name: string, body: () => Promise<void>): unknown;
  };
}

/**
 * Leaves out most cases of the contract where few could show anything new: of some groups, or in a form of a backend that is proven
 * whole in another. The long form leaves out none.
 * @param share one case in so many is run; others with another seed
 * @param groups default: all
 */
export function sparing({ describe, test }: Runner, share: number, groups?: readonly string[]): Runner {
  if (isLong) return { describe, test };
  let isSpared = false;
  let count = seed;
  return {
    describe: (name, body) =>
      describe(name, () => {
        isSpared = groups === undefined || groups.includes(name);
        body();
      }),
    test: Object.assign(
      (...given: Parameters<Runner['test']>): void => {
        if (!isSpared || count++ % share === 0) test(...given);
      },
      { skip: test.skip },
    ),
  };
}
