import { fileURLToPath } from 'node:url';
import type { Report } from '../../local/faults/report.ts';
import { onSmallDisk } from '../../local/faults/requirements.ts';
import { linesOf, runProcess, type Workplace } from '../../local/faults/workplace.ts';
import type { FullDisk, FullDiskResult } from './children/full-disk.ts';

/** Writes to a vault on a disk that has no page left, then one, and so on: what a call that is made to fail cannot show, as shared memory. */
export async function proveFullDisk(workplace: Workplace, report: Report): Promise<void> {
  report.section('A full disk (tmpfs of 1 MB), with a page more each time until the write fits');
  const row = report.table('write', 'refused', 'done with pages', 'breaches');
  const request: FullDisk = { disk: workplace.newFolder(), folder: workplace.newFolder() };
  const script = fileURLToPath(new URL('children/full-disk.ts', import.meta.url));
  const args = ['--conditions=@f9/source', '--no-warnings', script, JSON.stringify(request)];
  const [program, ...rest] = onSmallDisk(request.disk, [process.execPath, ...args]);
  for (const { job, refused, pages, breaches } of linesOf<FullDiskResult>(
    await runProcess(program!, rest, {}),
  )) {
    row(job, refused, pages, breaches.length);
    report.breachAll(breaches);
    if (refused === 0) report.breach(`${job}: the disk was never full`);
  }
}
