import child_process from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Counts every step of this process that changes something outside of it, and kills the process at the step that is asked for. To be
// imported before anything that takes such steps.

/** `before` the step; or, for a step that starts a process, right after it has started, or a moment later together with it. */
export type KillHow = 'before' | 'orphan' | 'both';

export interface Step {
  readonly name: string;
  readonly isSpawn: boolean;
}

const killAt = Number(process.env.F9_KILL_AT);
const killHow = process.env.F9_KILL_HOW as KillHow | undefined;
/** Milliseconds that a process gets to do half of its work. */
const MOMENT = 4;

const steps: Step[] = [];
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

function isKilledAt(name: string, isSpawn: boolean): boolean {
  if (!isArmed) return false;
  steps.push({ name, isSpawn });
  return steps.length === killAt;
}

type AnyFunction = (...args: unknown[]) => unknown;

function patch(
  module: Record<string, unknown>,
  names: readonly string[],
  isStep = (_: unknown[]): boolean => true,
): void {
  for (const name of names) {
    const original = module[name] as AnyFunction;
    module[name] = function (this: unknown, ...args: unknown[]): unknown {
      if (isStep(args) && isKilledAt(name, false)) die();
      return original.apply(this, args);
    };
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
  'fchmod',
  'ftruncate',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'truncate',
  'unlink',
  'write',
  'writeFile',
  'writev',
];
const sync = fs as unknown as Record<string, unknown>;
patch(sync, changing);
patch(
  sync,
  changing.map((name) => `${name}Sync`),
);
patch(sync, ['open', 'openSync'], opensToWrite);
const promises = fs.promises as unknown as Record<string, unknown>;
patch(
  promises,
  changing.filter((name) => name in promises),
);
patch(promises, ['open'], opensToWrite);

const { spawn } = child_process;
const killingSpawn = (
  command: string,
  args: readonly string[],
  options: object,
): child_process.ChildProcess => {
  const isLast = isKilledAt(`spawn ${command} ${args[0]}`, true);
  if (isLast && killHow === 'before') die();
  const child = spawn(command, args, options);
  if (isLast && killHow === 'orphan') die();
  if (isLast && killHow === 'both') {
    setTimeout(() => {
      child.kill('SIGKILL');
      die();
    }, MOMENT);
  }
  return child;
};
Object.assign(child_process, { spawn: killingSpawn });
syncBuiltinESMExports();
