import { performance } from 'node:perf_hooks';

/** One way to do a job. */
export interface Variant {
  /** What must be so before each run; not measured. */
  before?(): Promise<void>;
  /** Does the job once, or `operations` times where it says so. */
  run(): unknown;
  /** Runs of the operation in one call of `run`. Default 1. */
  readonly operations?: number;
}

/** A ratio to reach between two variants of a job. */
export interface Goal {
  readonly variant: string;
  readonly against: string;
  /** At most so many times the time of `against`. */
  readonly atMost?: number;
  /** At least so many times faster than `against`. */
  readonly timesFaster?: number;
}

/** Something that is not a ratio of times: a count, a size, a delay. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Job {
  readonly name: string;
  /** Rounds at full length; a quarter of it with `--quick`. */
  readonly rounds?: number;
  /** Makes what the variants work on. Freed by `dispose`. */
  prepare(scale: Scale): Promise<PreparedJob>;
}

export interface PreparedJob {
  readonly variants?: Readonly<Record<string, Variant>>;
  readonly goals?: readonly Goal[];
  /** Measured once, after the variants. */
  figures?(): Promise<readonly Figure[]>;
  dispose?(): Promise<void>;
}

export interface Scale {
  readonly quick: boolean;
  /** `full` at full length, else about a tenth of it. */
  size(full: number): number;
}

export interface GoalResult {
  readonly job: string;
  readonly what: string;
  readonly measured: number;
  readonly goal: string;
  readonly met: boolean;
}

export interface JobResult {
  readonly job: string;
  /** Median microseconds of one operation, by variant. */
  readonly medians: Readonly<Record<string, number>>;
  readonly figures: readonly Figure[];
  readonly goals: readonly GoalResult[];
}

/** Milliseconds that each variant runs before anything is measured, and once at least: what is compiled late is measured compiled. */
const WARM_UP = 500;

/**
 * Runs every variant once per round, in an order that changes from round to round, after a warm-up and with the garbage collected
 * between: tools that finish one variant before the next are misled by the drift of the machine.
 */
export async function runJob(job: Job, scale: Scale): Promise<JobResult> {
  const prepared = await job.prepare(scale);
  try {
    const variants = Object.entries(prepared.variants ?? {});
    const times = new Map<string, number[]>(variants.map(([name]) => [name, []]));
    const rounds = scale.quick ? Math.max(3, Math.ceil((job.rounds ?? 12) / 4)) : (job.rounds ?? 12);
    for (const [, variant] of variants) {
      const start = performance.now();
      do {
        await variant.before?.();
        await variant.run();
      } while (!scale.quick && performance.now() - start < WARM_UP);
    }
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < variants.length; i++) {
        const [name, variant] = variants[(i + round) % variants.length]!;
        await variant.before?.();
        globalThis.gc?.();
        const start = performance.now();
        await variant.run();
        times.get(name)!.push(((performance.now() - start) * 1000) / (variant.operations ?? 1));
      }
    }
    const medians = Object.fromEntries(Array.from(times, ([name, samples]) => [name, median(samples)]));
    const figures = (await prepared.figures?.()) ?? [];
    const goals = [
      ...(prepared.goals ?? []).map((goal) => judgeRatio(job.name, goal, medians)),
      ...figures.flatMap((figure) => judgeFigure(job.name, figure)),
    ];
    return { job: job.name, medians, figures, goals };
  } finally {
    await prepared.dispose?.();
  }
}

function judgeRatio(job: string, goal: Goal, medians: Readonly<Record<string, number>>): GoalResult {
  const ratio = medians[goal.variant]! / medians[goal.against]!;
  const what = `${goal.variant} : ${goal.against}`;
  if (goal.timesFaster !== undefined) {
    const faster = 1 / ratio;
    return {
      job,
      what,
      measured: faster,
      goal: `at least ${goal.timesFaster}x faster`,
      met: faster >= goal.timesFaster,
    };
  }
  return { job, what, measured: ratio, goal: `at most ${goal.atMost}x`, met: ratio <= goal.atMost! };
}

function judgeFigure(job: string, { name, value, unit, atMost, atLeast }: Figure): GoalResult[] {
  if (atMost !== undefined) {
    return [{ job, what: name, measured: value, goal: `at most ${atMost} ${unit}`, met: value <= atMost }];
  }
  if (atLeast !== undefined) {
    return [{ job, what: name, measured: value, goal: `at least ${atLeast} ${unit}`, met: value >= atLeast }];
  }
  return [];
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
