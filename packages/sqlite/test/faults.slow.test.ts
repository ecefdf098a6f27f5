import { expect, test } from 'vitest';
import { Report } from '../../local/faults/report.ts';
import { whyNoMount, whyNoShim } from '../../local/faults/requirements.ts';
import { Workplace } from '../../local/faults/workplace.ts';
import { proveEveryCall } from '../faults/every-call.ts';
import { proveFullDisk } from '../faults/full-disk.ts';

const reason = whyNoShim();
const noMount = whyNoMount();

// The short form: one call in so many; `pnpm --filter @f9/sqlite faults` is the long one.
test.skipIf(reason !== undefined)(
  `after a full disk or an error at any call a vault is whole, old or new, and its words are those of its files${reason === undefined ? '' : ` (${reason})`}`,
  { timeout: 300_000 },
  async () => {
    using workplace = new Workplace();
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line));
    await proveEveryCall(workplace, report, 60);
    expect(report.breaches, lines.join('\n')).toEqual([]);
  },
);

test.skipIf(noMount !== undefined)(
  `however many pages a full disk has left, a write is NO_SPACE or done, and nothing else changes${noMount === undefined ? '' : ` (${noMount})`}`,
  { timeout: 300_000 },
  async () => {
    using workplace = new Workplace();
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line));
    await proveFullDisk(workplace, report);
    expect(report.breaches, lines.join('\n')).toEqual([]);
  },
);
