import type { JobResult } from '../../bench/harness.ts';
import { barChart, time } from './charts.ts';
import { table } from './markers.ts';

/** What `pnpm bench --json` wrote. */
export interface BenchFigures {
  readonly machine: {
    readonly node: string;
    readonly cores: number;
    readonly model: string;
    readonly quick: boolean;
  };
  readonly date: string;
  readonly results: readonly JobResult[];
}

/** A chart for every job that f9 and others did side by side, by file name. */
export function charts({ results }: BenchFigures): Map<string, string> {
  const drawn = results.filter(
    ({ job, medians }) => Object.keys(medians).length > 1 && !job.includes('grows linearly'),
  );
  return new Map(
    drawn.map(({ job, medians }) => {
      const bars = Object.entries(medians)
        .map(([name, value]) => ({ name, value, isOurs: name.startsWith('f9') || name === 'writes at once' }))
        .sort((a, b) => a.value - b.value);
      return [`${fileName(job)}.svg`, barChart(job, bars, time)] as const;
    }),
  );
}

/** The charts, and every goal with what was measured, those that were missed too. */
export function figuresSection(figures: BenchFigures): string {
  const { machine, date, results } = figures;
  const images = [...charts(figures).keys()].map(
    (file) => `![${file.replace('.svg', '').replaceAll('-', ' ')}](charts/${file})`,
  );
  const goals = results.flatMap((result) => result.goals);
  const missed = goals.filter(({ met }) => !met).length;
  const rows = goals.map(({ job, what, measured, goal, met }) => [
    job,
    what,
    String(Number(measured.toPrecision(3))),
    goal,
    met ? 'met' : '**missed**',
  ]);
  return [
    `Measured on ${date.slice(0, 10)} with Node ${machine.node} on ${machine.cores} cores (${machine.model})${machine.quick ? ', the quick form' : ''}; medians over rotated rounds. Shorter is faster.`,
    images.join('\n\n'),
    `${goals.length - missed} of ${goals.length} goals were met:`,
    table(['job', 'ratio or figure', 'measured', 'goal', ''], rows),
  ].join('\n\n');
}

function fileName(job: string): string {
  return job
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
