import type { FewHandlesResult } from './children/few-handles.ts';
import type { Report } from './report.ts';
import { linesOf, runProcess, type Workplace } from './workplace.ts';

/** Files that a process may have open: Node itself needs about 20, and the queue of operations is to keep within the second. */
const LIMITS = [24, 256];

/** Lets a process that may open few files read and write 200 at the same time. */
export async function proveFewHandles(workplace: Workplace, report: Report): Promise<void> {
  report.section('200 reads and writes at the same time in a process that may open few files (ulimit -n)');
  const row = report.table('limit, io', 'done', 'refused', 'breaches');
  for (const limit of LIMITS) {
    const { args, env } = workplace.command('few-handles', workplace.newFolder());
    const script = `ulimit -n ${limit}; exec "$0" "$@"`;
    const ended = await runProcess('bash', ['-c', script, process.execPath, ...args], { env });
    for (const { io, done, refused, breaches } of linesOf<FewHandlesResult>(ended)) {
      const name = `ulimit -n ${limit}, ${io}`;
      row(name, done, refused, breaches.length);
      report.breachAll(breaches.map((text) => `${name}: ${text}`));
    }
  }
}
