import fs from 'node:fs';
import { join } from 'node:path';
import type { CallsResult, EveryCall } from './children/every-call.ts';
import { CONTROLS, isControl } from './naive.ts';
import { OPERATIONS } from './operations.ts';
import { lostInPowerCut } from './power-cut.ts';
import type { Report } from './report.ts';
import { linesOf, runProcess, type Workplace } from './workplace.ts';

/** Whatever changes a file or a directory, by the names of the kernel. */
const CHANGES =
  'open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,fallocate,truncate,ftruncate,' +
  'fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,' +
  'mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,utime,utimes,utimensat,futimesat,setxattr,fsetxattr,' +
  'io_uring_enter';

/**
 * Looks at the calls of every operation: strace has to see none that the shim does not see, and where they are to be durable none may
 * be missing that makes them so.
 */
export async function proveCalls(
  workplace: Workplace,
  report: Report,
  ios: readonly ('auto' | 'async')[] = ['auto', 'async'],
): Promise<void> {
  report.section(
    'The calls of every operation: as strace sees them, as the shim sees them, and whether a power cut loses any',
  );
  const row = report.table('operation', 'strace', 'shim', 'syncs', 'could be lost');
  const folder = workplace.newFolder();
  const trace = join(workplace.folder, 'trace');
  using shim = workplace.newShim();
  const request: EveryCall = { folder, shim: shim.path, dead: await workplace.deadProcesses(), ios };
  const { args, env } = workplace.command('every-call', request);
  const strace = ['-f', '-y', '-s', '0', '-o', trace, '-e', `trace=${CHANGES}`, '-e', 'signal=none'];
  for (const [name, value] of Object.entries(workplace.underShim(shim, folder)))
    strace.push('-E', `${name}=${value}`);
  const ended = await runProcess('strace', [...strace, process.execPath, ...args], { env });
  const traced = tracedCalls(fs.readFileSync(trace, 'utf8'), folder, shim.path);
  const results = linesOf<CallsResult>(ended).map((result, i) => ({ ...result, traced: traced[i] ?? [] }));
  for (const operation of [...CONTROLS, ...OPERATIONS]) {
    const { name } = operation;
    const own = results.filter((result) => result.operation === name);
    const calls = own.flatMap(({ calls }) => calls);
    const seen = own.flatMap(({ traced }) => traced);
    const lost = own.flatMap(({ calls }) => lostInPowerCut(calls));
    row(name, seen.length, calls.length, calls.filter((call) => /sync /.test(call)).length, lost.length);
    if (seen.length !== calls.filter((call) => !isRefused(call)).length) {
      report.breach(`${name}: the shim sees ${calls.join(', ')}; strace sees ${seen.join(', ')}`);
    }
    if (!isControl(operation))
      report.breachAll(lost.map((what) => `${name}: a power cut could lose ${what}`));
    else if (lost.length === 0) report.breach(`${name}: was not caught, so nothing here would be`);
  }
}

/** What the shim itself refuses, because it leads to another filesystem, does not reach the kernel. */
function isRefused(call: string): boolean {
  const [, from, to] = call.split(' ').map((part) => part.includes('/mounted/'));
  return to !== undefined && from !== to;
}

/** The calls between two that tell the shim to begin and to stop, for each such pair. */
function tracedCalls(trace: string, folder: string, shim: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of trace.split('\n')) {
    const [, name, rest] = /^\d+ +(\w+)\((.*)/.exec(line) ?? [];
    if (name === undefined || rest === undefined) continue;
    if (name.startsWith('pwrite') && rest.includes(`<${shim}>`)) sections.push([]);
    else if (isChange(name, rest, folder)) sections.at(-1)!.push(name);
  }
  return sections.filter((_, i) => i % 2 === 1);
}

function isChange(name: string, rest: string, folder: string): boolean {
  if (name.startsWith('open')) return /O_(CREAT|TRUNC|WRONLY|RDWR)/.test(rest);
  const [, path] = /^\d+<([^>]*)>/.exec(rest) ?? [];
  return path === undefined || path.startsWith(folder);
}
