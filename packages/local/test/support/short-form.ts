import { expect, onTestFinished, test } from 'vitest';
import { Report } from '../../faults/report.ts';
import { Workplace } from '../../faults/workplace.ts';

/** Ends a process that hangs; says nothing about speed. */
const HANGS = 120_000;

/** A test that the fault harness finds no breach; `pnpm --filter @f9/local faults` is the long form. */
export function testFault(
  promise: string,
  whyNot: () => string | undefined,
  prove: (workplace: Workplace, report: Report) => Promise<void>,
): void {
  const reason = whyNot();
  const name = reason === undefined ? promise : `SKIPPED, because ${reason}: ${promise}`;
  test.skipIf(reason !== undefined)(name, { timeout: HANGS }, async () => {
    const workplace = new Workplace();
    onTestFinished(() => workplace[Symbol.dispose]());
    const report = new Report(() => undefined);
    await prove(workplace, report);
    expect(report.breaches).toEqual([]);
  });
}
