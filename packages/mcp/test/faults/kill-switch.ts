// Imported before a server: from SIGUSR2 on it counts every call of this process that changes a filesystem or starts a process, kills
// the process at the one that F9_KILL_AT names, and says at the end how many there were.
import child_process from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.F9_KILL_AT);
/** Whether to count processes that are started alone, and to be killed once such a one runs. */
const leavesOrphans = process.env.F9_KILL_HOW === 'orphan';

let isArmed = false;
let steps = 0;

process.on('SIGUSR2', () => {
  isArmed = true;
  process.stderr.write('armed\n');
});
process.once('exit', () => process.stderr.write(`steps: ${steps}\n`));

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const isLastStep = (): boolean => isArmed && ++steps === killAt;

const CHANGES = [
  'appendFile',
  'chmod',
  'copyFile',
  'cp',
  'ftruncate',
  'link',
  'mkdir',
  'mkdtemp',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'truncate',
  'unlink',
  'utimes',
  'write',
  'writeFile',
  'writev',
];

function patch(
  target: object,
  names: readonly string[],
  isStep = (_: readonly unknown[]): boolean => true,
): void {
  for (const name of names) {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== 'function') continue;
    Reflect.set(target, name, function (this: unknown, ...args: unknown[]): unknown {
      if (!leavesOrphans && isStep(args) && isLastStep()) die();
      return Reflect.apply(original, this, args);
    });
  }
}

const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
const opensToWrite = ([, flags]: readonly unknown[]): boolean =>
  typeof flags === 'number'
    ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0
    : /[wa+]/.test(String(flags ?? 'r'));

for (const target of [fs, fs.promises]) {
  patch(target, [...CHANGES, ...CHANGES.map((name) => `${name}Sync`)]);
  patch(target, ['open', 'openSync'], opensToWrite);
}

const { spawn } = child_process;
Object.assign(child_process, {
  spawn: (...args: Parameters<typeof spawn>): child_process.ChildProcess => {
    const isLast = isLastStep();
    if (isLast && !leavesOrphans) die();
    const child = spawn(...args);
    if (isLast) die();
    return child;
  },
});
syncBuiltinESMExports();
