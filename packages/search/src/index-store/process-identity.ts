import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  /** The number that the system gave it. */
  readonly pid: number;
  /** When and on which machine it began, as the kernel counts; empty where that cannot be found out. */
  readonly started: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? '' };
}

/** The name of this thread, in messages and as a holder. */
export function ownName(): string {
  return `${hostname()} pid ${process.pid}${threadId === 0 ? '' : ` thread ${threadId}`}`;
}

/** Whether a process is known to have ended; one that cannot be looked at counts as running. */
export function hasEnded({ pid, started }: ProcessIdentity): boolean {
  if (started !== '' && !started.startsWith(machine())) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startOf(pid);
  return now !== undefined && started !== '' && now !== started;
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name may hold spaces and parentheses, so fields are counted from its last parenthesis.
    return `${machine()} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined;
  }
}

let known: string | undefined;

function machine(): string {
  known ??= `${hostname()} ${bootOf()}`;
  return known;
}

function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
