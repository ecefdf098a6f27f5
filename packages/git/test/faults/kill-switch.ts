import child_process from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Counts every step of this process that changes something outside of it, and kills the process at the step that is asked for. To be
// imported before anything that takes such steps.

/** `before` the step; or, for a step that starts a process, right after it has started; or together with it, so many milliseconds later. */
export type KillHow = 'before' | 'orphan' | number;

export interface Step {
  readonly name: string;
  /** Milliseconds that the process ran which the step started, if it started one. */
  readonly duration?: number;
}

const killAt = Number(process.env.F9_KILL_AT);
const killHow: KillHow = JSON.parse(process.env.F9_KILL_HOW ?? '"before"');

const steps: { name: string; duration?: number }[] = [];
let isArmed = false;

/** From here on steps count. */
export function arm(): void {
  isArmed = true;
}

/** The steps that were taken since. */
export function disarm(): readonly Step[] {
  isArmed = false;
  return steps;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function isKilledAt(name: string): boolean {
  if (!isArmed) return false;
  steps.push({ name });
  return steps.length === killAt;
}

function patch(module: object, names: readonly string[], isStep = (_: unknown[]): boolean => true): void {
  for (const name of names) {
    const original: unknown = Reflect.get(module, name);
    if (typeof original !== 'function') throw new Error(`There is no ${name} to count`);
    Reflect.set(module, name, function (this: unknown, ...args: unknown[]): unknown {
      if (isStep(args) && isKilledAt(name)) die();
      return Reflect.apply(original, this, args);
    });
  }
}

const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
const opensToWrite = ([, flags]: unknown[]): boolean =>
  typeof flags === 'number'
    ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0
    : /[wa+]/.test(String(flags ?? 'r'));

const changing = [
  'appendFile',
  'chmod',
  'chown',
  'copyFile',
  'cp',
  'fchmod',
  'fchown',
  'ftruncate',
  'futimes',
  'link',
  'lutimes',
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
patch(fs, changing);
patch(
  fs,
  changing.map((name) => `${name}Sync`),
);
patch(fs, ['open', 'openSync'], opensToWrite);
patch(
  fs.promises,
  changing.filter((name) => name in fs.promises),
);
patch(fs.promises, ['open'], opensToWrite);

const { spawn } = child_process;
const killingSpawn = (
  command: string,
  args: readonly string[],
  options: object,
): child_process.ChildProcess => {
  const isLast = isKilledAt(`spawn ${command} ${args[0]}`);
  if (isLast && killHow === 'before') die();
  const started = performance.now();
  const child = spawn(command, args, options);
  if (isLast && killHow === 'orphan') die();
  if (isLast && typeof killHow === 'number') {
    setTimeout(() => {
      child.kill('SIGKILL');
      die();
    }, killHow);
  }
  const step = isArmed ? steps.at(-1) : undefined;
  child.once('exit', () => {
    if (step !== undefined) step.duration = performance.now() - started;
  });
  return child;
};
Object.assign(child_process, { spawn: killingSpawn });
syncBuiltinESMExports();
