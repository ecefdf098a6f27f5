// Every error at every call that writes to the file of a vault: `pnpm --filter @f9/sqlite faults`.
import { Report } from '../../local/faults/report.ts';
import { whyNoShim } from '../../local/faults/requirements.ts';
import { Workplace } from '../../local/faults/workplace.ts';
import { proveEveryCall } from './every-call.ts';

using workplace = new Workplace();
const report = new Report(console.log);
const reason = whyNoShim();
if (reason === undefined) await proveEveryCall(workplace, report);
else report.skip('every call', reason);
console.log(`\n${report.breaches.length} breaches`);
if (report.breaches.length > 0) process.exitCode = 1;
