import { fileURLToPath } from 'node:url';
import type { Report } from '../../local/faults/report.ts';
import { linesOf, runProcess, type Workplace } from '../../local/faults/workplace.ts';
import type { CallResult, EveryCall } from './children/every-call.ts';
import { OPERATIONS } from './operations.ts';

/** Has every call fail that writes to the file of a vault, and looks at what is left: old or new, whole, and searched as it is. */
export async function proveEveryCall(workplace: Workplace, report: Report, every = 1): Promise<void> {
  report.section('An error at every call that writes to the file: the disk is full, writes half, or fails');
  const row = report.table('operation, error', 'points', 'tried', 'injected', 'old', 'new', 'breaches');
  const folder = workplace.newFolder();
  using shim = workplace.newShim();
  const request: EveryCall = { folder, shim: shim.path, every };
  const script = fileURLToPath(new URL('children/every-call.ts', import.meta.url));
  const ended = await runProcess(
    process.execPath,
    ['--conditions=@f9/source', '--no-warnings', script, JSON.stringify(request)],
    { env: { ...process.env, NODE_OPTIONS: '', ...workplace.underShim(shim, folder) } },
  );
  const caught = new Set<string>();
  for (const { operation, fault, found, tried, injected, old, done, breaches } of linesOf<CallResult>(
    ended,
  )) {
    const name = `${operation}, ${fault}`;
    row(name, found, tried, injected, old, done, breaches.length);
    if (tried !== injected) report.breach(`${name}: ${injected} of ${tried} errors were injected`);
    if (found === 0) report.breach(`${name}: no call was seen`);
    if (OPERATIONS.find((each) => each.name === operation)?.isControl !== true) report.breachAll(breaches);
    else if (breaches.length > 0) caught.add(operation);
  }
  for (const { name } of OPERATIONS.filter(({ isControl }) => isControl)) {
    if (!caught.has(name)) report.breach(`${name}: was not caught, so nothing here would be`);
  }
}
