// Every error at every call that writes to the file of a vault, and a disk that is full: `pnpm --filter @f9/sqlite faults`.
import { Report } from '../../local/faults/report.ts';
import { whyNoMount, whyNoShim } from '../../local/faults/requirements.ts';
import { Workplace } from '../../local/faults/workplace.ts';
import { proveEveryCall } from './every-call.ts';
import { proveFullDisk } from './full-disk.ts';

using workplace = new Workplace();
const report = new Report(console.log);
const noShim = whyNoShim();
if (noShim === undefined) await proveEveryCall(workplace, report);
else report.skip('every call', noShim);
const noMount = whyNoMount();
if (noMount === undefined) await proveFullDisk(workplace, report);
else report.skip('a full disk', noMount);
console.log(`\n${report.breaches.length} breaches`);
if (report.breaches.length > 0) process.exitCode = 1;
