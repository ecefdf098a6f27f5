/** Whether everything runs whole, as `F9_LONG=1` asks; else what takes long runs a sample. */
export const isLong: boolean = process.env.F9_LONG === '1';

/** Whether every case of the contract and every form of a test is run, as `F9_WHOLE=1` asks; what takes hours is still a sample. */
export const isWhole: boolean = isLong || process.env.F9_WHOLE === '1';

/** Whether this is `pnpm test` of all packages, which is to answer in minutes: without `*.slow.test.ts`, and of samples a part. */
export const isEveryday: boolean = process.env.F9_EVERYDAY === '1' && !isWhole;

/** Which sample, as `F9_SEED` chooses. */
export const seed: number = Number(process.env.F9_SEED ?? 1);

/** `count` of them, evenly apart; others with another seed. */
export function sample<T>(all: readonly T[], count: number): readonly T[] {
  const step = all.length / count;
  const places = Array.from({ length: count }, (_, i) => (seed + Math.floor(i * step)) % all.length);
  return [...new Set(places)].sort((a, b) => a - b).map((place) => all[place]!);
}

/** All of them before a landing, as `F9_WHOLE=1` asks; on other days `count`, and others with another seed. */
export function daily<T>(all: readonly T[], count: number): readonly T[] {
  return isWhole ? all : sample(all, count);
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
 * whole in another. The long form leaves out none, nor does `F9_WHOLE=1`.
 * @param share one case in so many is run, each day one in three of these; others with another seed
 * @param groups default: all
 */
export function sparing({ describe, test }: Runner, share: number, groups?: readonly string[]): Runner {
  if (isWhole) return { describe, test };
  const apart = isEveryday ? share * 3 : share;
  let count = seed;
  let own: (() => unknown)[] | undefined;
  const spare = (body: () => void): void => {
    const all: (() => unknown)[] = [];
    const outer = own;
    own = all;
    body();
    own = outer;
    const chosen = all.filter(() => count++ % apart === 0);
    // A group without any case is an error to runners.
    for (const register of chosen.length > 0 ? chosen : all.slice(0, 1)) register();
  };
  return {
    describe: (name, body) => {
      const isSpared = groups === undefined || groups.includes(name);
      return describe(name, isSpared ? () => spare(body) : body);
    },
    test: Object.assign(
      (...given: Parameters<Runner['test']>): unknown =>
        own === undefined ? test(...given) : own.push(() => test(...given)),
      { skip: test.skip },
    ),
  };
}
