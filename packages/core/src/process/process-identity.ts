import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  /** The number that the system gave it. */
  readonly pid: number;
  /** The machine, and the PID namespace in which the number means something; empty where neither can be known. */
  readonly machine: string;
  /** When it began, as the kernel counts; empty where that cannot be found out. */
  readonly started: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, machine: machine(), started: startOf(process.pid) ?? '' };
}

/** The name of this thread in messages. */
export function ownName(): string {
  return `${hostname()} pid ${process.pid}${threadId === 0 ? '' : ` thread ${threadId}`}`;
}

/**
 * Whether a process is known to have ended; one that cannot be looked at from here counts as running. Where no machine can be known,
 * all are taken for this one.
 */
export function hasEnded({ pid, machine: theirs, started }: ProcessIdentity): boolean {
  if (theirs !== machine()) return false;
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
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

let known: string | undefined;

/**
 * The boot of the kernel and the PID namespace, since containers on one kernel count their processes apart. Empty where neither can
 * be known.
 */
function machine(): string {
  known ??= machineOf();
  return known;
}

function machineOf(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
