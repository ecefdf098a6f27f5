import { inspect, parseArgs } from 'node:util';
import { proveCalls } from './calls.ts';
import { proveErrors } from './errors.ts';
import { proveFewHandles } from './few-handles.ts';
import { proveFullDisk } from './full-disk.ts';
import { proveKills } from './kills.ts';
import { OPERATIONS } from './operations.ts';
import { proveOtherUser } from './other-user.ts';
import { proveProcesses } from './processes.ts';
import { Report } from './report.ts';
import {
  whyNoHandleLimit,
  whyNoMount,
  whyNoOtherUser,
  whyNoRace,
  whyNoShim,
  whyNoSymlinkRace,
  whyNoTrace,
} from './requirements.ts';
import { proveSessions } from './sessions.ts';
import { proveSwappedSymlink } from './swapped-symlink.ts';
import { Workplace } from './workplace.ts';

// Every fault against real processes: `pnpm --filter @f9/local faults [--only kill] [--seconds 60]`.

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seconds: { type: 'string', default: '60' } },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error('--seconds takes a number: how long to race');

const workplace = new Workplace();
process.once('exit', () => workplace[Symbol.dispose]());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const report = new Report(console.log);
const faults = [
  { name: 'calls', whyNot: whyNoTrace, prove: () => proveCalls(workplace, report) },
  { name: 'kills', whyNot: whyNoShim, prove: () => proveKills(workplace, report, OPERATIONS) },
  { name: 'errors', whyNot: whyNoShim, prove: () => proveErrors(workplace, report, OPERATIONS) },
  { name: 'full disk', whyNot: whyNoMount, prove: () => proveFullDisk(workplace, report) },
  { name: 'few handles', whyNot: whyNoHandleLimit, prove: () => proveFewHandles(workplace, report) },
  { name: 'other user', whyNot: whyNoOtherUser, prove: () => proveOtherUser(workplace, report) },
  {
    name: 'swapped symlink',
    whyNot: whyNoSymlinkRace,
    prove: () => proveSwappedSymlink(workplace, report, { seconds, goodReads: 1000 }),
  },
  {
    name: 'processes',
    whyNot: whyNoRace,
    prove: () =>
      proveProcesses(workplace, report, { processes: [2, 3, 4, 8], creations: 100, milliseconds: 3000 }),
  },
  {
    name: 'sessions',
    whyNot: whyNoRace,
    prove: () => proveSessions(workplace, report, { processes: 4, seconds, stall: 3000, killEvery: 700 }),
  },
];

const chosen = faults.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`--only takes one of: ${faults.map(({ name }) => name).join(', ')}`);
for (const { name, whyNot, prove } of chosen) {
  try {
    const reason = whyNot();
    if (reason === undefined) await prove();
    else report.skip(name, reason);
  } catch (error) {
    report.breach(`${name} did not come to its end: ${inspect(error)}`);
  }
}
console.log(`\n${report.breaches.length} breaches`);
if (report.breaches.length > 0) process.exitCode = 1;
