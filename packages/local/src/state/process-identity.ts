import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The owner of locks and staged files: a thread, told apart from every other one that was ever given its number. Where the system
 * does not number threads it is the process.
 */
export interface Owner {
  /** Boot and PID namespace, hashed: the number means something only there. */
  readonly machine: string;
  /** The number of the thread; that of the first thread is the number of the process. */
  readonly pid: number;
  /** Ticks from boot to its start; empty where the system does not tell. */
  readonly startedAt: string;
}

let self: Owner | undefined;

export function thisThread(): Owner {
  if (self === undefined) {
    const pid = threadNumber();
    self = { machine: identifyMachine(), pid, startedAt: readProcess(pid)?.startedAt ?? '' };
  }
  return self;
}

/** Whether the owner runs; `'unknown'` for one of another machine, container or boot. */
export function fateOf({ machine, pid, startedAt }: Owner): 'running' | 'gone' | 'unknown' {
  if (machine !== thisThread().machine) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any error but "no such process" means that it runs and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  // A /proc that hides the processes of other users (hidepid) tells as little as none: unseen is not gone.
  const seen = startedAt === '' ? undefined : readProcess(pid);
  return seen !== undefined && (seen.isDead || seen.startedAt !== startedAt) ? 'gone' : 'running';
}

/** Whether both are the same thread. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.machine === other.machine && one.pid === other.pid && one.startedAt === other.startedAt;
}

// Another copy of this module, a second installed version, may run in the same thread.
const instance = randomBytes(4).toString('hex');
let count = 0;

/** A name that is used once, and that tells its owner. */
export function ownName(): string {
  return ownPrefix() + (count++).toString(36);
}

/** Whether this copy of this module made the name. */
export function isOwnName(name: string): boolean {
  return name.startsWith(ownPrefix());
}

function ownPrefix(): string {
  const { machine, pid, startedAt } = thisThread();
  return `${machine}.${pid}.${startedAt}.${instance}`;
}

const OWN_NAME = /^([0-9a-f]{12})\.(\d+)\.(\d*)\.[0-9a-f]{8}[0-9a-z]+$/;

/** The owner in a name that `ownName` made; `undefined` for any other name. */
export function ownerOf(name: string): Owner | undefined {
  const [, machine, pid, startedAt] = OWN_NAME.exec(name) ?? [];
  if (machine === undefined || pid === undefined || startedAt === undefined) return undefined;
  return { machine, pid: Number(pid), startedAt };
}

function threadNumber(): number {
  try {
    const [, , thread] = readlinkSync('/proc/thread-self').split('/');
    return Number(thread);
  } catch {
    return process.pid;
  }
}

function identifyMachine(): string {
  let description: string;
  try {
    description = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid');
  } catch {
    description = `${process.platform} ${hostname()}`;
  }
  return createHash('sha256').update(description).digest('hex').slice(0, 12);
}

/** A process as /proc describes it; `undefined` where it does not. */
function readProcess(pid: number): { readonly startedAt: string; readonly isDead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, which may hold any text.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
    // A process that was killed may have a thread left that is still in the middle of a system call.
    return { startedAt: fields[19]!, isDead: hasEnded && Number(fields[17]) <= 1 };
  } catch {
    return undefined;
  }
}
