import type { FullDiskResult } from './children/full-disk.ts';
import type { Report } from './report.ts';
import { onSmallDisk } from './requirements.ts';
import { linesOf, runProcess, type Workplace } from './workplace.ts';

/** Writes to a disk of 1 MB what does not fit. */
export async function proveFullDisk(workplace: Workplace, report: Report): Promise<void> {
  report.section('A full disk (tmpfs of 1 MB)');
  const row = report.table('operation', 'io', 'error', 'breaches');
  const disk = workplace.newFolder();
  const { args, env } = workplace.command('full-disk', disk);
  const [program, ...rest] = onSmallDisk(disk, [process.execPath, ...args]);
  const results = linesOf<FullDiskResult>(await runProcess(program!, rest, { env }));
  for (const { job, io, code, breaches } of results) {
    row(job, io, code, breaches.length);
    const isControl = job.startsWith('control');
    if (!isControl) report.breachAll(breaches.map((text) => `${job} (${io}) on a full disk: ${text}`));
    else if (!breaches.some((text) => text.startsWith('not as before'))) {
      report.breach(`${job} on a full disk: was not caught, so nothing here would be`);
    }
  }
}
