import { afterAll, beforeAll, describe, test } from 'vitest';
import { daily, sample, seed } from '../../../scripts/test/daily.ts';
import { proveCalls } from '../faults/calls.ts';
import { proveErrors } from '../faults/errors.ts';
import { proveFewHandles } from '../faults/few-handles.ts';
import { proveFullDisk } from '../faults/full-disk.ts';
import { type Configuration, proveKills } from '../faults/kills.ts';
import { OPERATIONS } from '../faults/operations.ts';
import { proveOtherUser } from '../faults/other-user.ts';
import { proveProcesses } from '../faults/processes.ts';
import { Report } from '../faults/report.ts';
import {
  whyNoHandleLimit,
  whyNoMount,
  whyNoOtherUser,
  whyNoRace,
  whyNoShim,
  whyNoSymlinkRace,
  whyNoTrace,
} from '../faults/requirements.ts';
import { proveSessions } from '../faults/sessions.ts';
import { proveSwappedSymlink } from '../faults/swapped-symlink.ts';
import { Workplace } from '../faults/workplace.ts';

// A sample of the fault harness; `pnpm --filter @f9/local faults` is the whole.

const DEFAULTS: readonly Configuration[] = [{ io: 'auto', durability: 'fsync' }];

let workplace: Workplace;
beforeAll(() => {
  workplace = new Workplace();
});
afterAll(() => workplace[Symbol.dispose]());

type Proof = readonly [
  promise: string,
  whyNot: () => string | undefined,
  run: (report: Report) => Promise<void>,
];

const PROOFS: readonly Proof[] = [
  [
    'killed at any call, an operation leaves old or new and nothing else',
    whyNoShim,
    (report) => proveKills(workplace, report, sample(OPERATIONS, 1), DEFAULTS),
  ],
  [
    'after an error of any call, an operation leaves old or new, throws a typed error and keeps no handle',
    whyNoShim,
    (report) => proveErrors(workplace, report, sample(OPERATIONS, 2), DEFAULTS),
  ],
  [
    'no call escapes the shim, and none that is acknowledged is lost in a power cut',
    whyNoTrace,
    (report) => proveCalls(workplace, report, ['auto']),
  ],
  [
    'a full disk leaves the old file whole, and takes no space',
    whyNoMount,
    (report) => proveFullDisk(workplace, report),
  ],
  [
    '200 reads and writes with few handles succeed or get TOO_MANY_OPEN, and leak none',
    whyNoHandleLimit,
    (report) => proveFewHandles(workplace, report),
  ],
  [
    'another user gets PERMISSION_DENIED, changes nothing and learns no path of the host',
    whyNoOtherUser,
    (report) => proveOtherUser(workplace, report),
  ],
  [
    'symlinks swapped in by another process lead nowhere',
    whyNoSymlinkRace,
    (report) => proveSwappedSymlink(workplace, report, { seconds: 1, goodReads: 20 }),
  ],
  [
    'of several processes one creates a file, all replace it whole, and every append lands',
    whyNoRace,
    (report) => proveProcesses(workplace, report, { processes: [3], creations: 20, milliseconds: 150 }),
  ],
  [
    'no two processes hold the session, whoever is killed or stalls',
    whyNoRace,
    (report) => proveSessions(workplace, report, { processes: 4, seconds: 1.5, stall: 200, killEvery: 200 }),
  ],
];

// Most of them wait for other processes.
describe.concurrent(`faults (seed ${seed})`, () => {
  for (const [promise, whyNot, run] of daily(PROOFS, 4)) {
    const reason = whyNot();
    const name = reason === undefined ? promise : `${promise} (${reason})`;
    test.skipIf(reason !== undefined)(name, async ({ expect }) => {
      const report = new Report(() => undefined);
      await run(report);
      expect(report.breaches).toEqual([]);
    });
  }
});
