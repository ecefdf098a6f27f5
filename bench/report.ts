import type { JobResult } from './harness.ts';

/** One job as lines of text: medians side by side, figures, and the goals it met or missed. */
export function describeJob({ job, medians, figures, goals }: JobResult): string {
  const lines = [`\n${job}`];
  const fastest = Math.min(...Object.values(medians));
  for (const [variant, microseconds] of Object.entries(medians)) {
    lines.push(
      `  ${variant.padEnd(44)} ${formatTime(microseconds).padStart(11)} ${`${(microseconds / fastest).toFixed(2)}x`.padStart(8)}`,
    );
  }
  for (const { name, value, unit } of figures) {
    lines.push(`  ${name.padEnd(44)} ${`${round(value)} ${unit}`.padStart(11)}`);
  }
  for (const { what, measured, goal, met } of goals) {
    lines.push(`    ${met ? 'met   ' : 'MISSED'}  ${what}: ${round(measured)} (${goal})`);
  }
  return lines.join('\n');
}

function formatTime(microseconds: number): string {
  if (microseconds >= 1e6) return `${(microseconds / 1e6).toFixed(2)} s`;
  if (microseconds >= 1e3) return `${(microseconds / 1e3).toFixed(2)} ms`;
  return `${microseconds.toFixed(2)} µs`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
