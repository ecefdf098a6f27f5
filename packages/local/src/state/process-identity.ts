import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from every other one that was ever given its number. */
export interface ProcessIdentity {
  /** Boot and PID namespace, hashed: where the number means something. */
  readonly machine: string;
  readonly pid: number;
  /** Ticks from boot to its start; empty where the system does not tell. */
  readonly startedAt: string;
}

let machine: string | undefined;
let startedAt: string | undefined;

/** This process. */
export function thisProcess(): ProcessIdentity {
  machine ??= identifyMachine();
  startedAt ??= readProcess(process.pid)?.startedAt ?? '';
  return { machine, pid: process.pid, startedAt };
}

/** Whether a process runs; of another machine, container or boot nothing is known. */
export function fateOf({ machine, pid, startedAt }: ProcessIdentity): 'running' | 'gone' | 'unknown' {
  if (machine !== thisProcess().machine) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Anything but "no such process" means that it is there and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  if (startedAt === '') return 'running';
  const now = readProcess(pid);
  return now === undefined || now.isDead || now.startedAt !== startedAt ? 'gone' : 'running';
}

// Another copy of this module may run in the same process: in a worker thread, or a second installed version.
const instance = randomBytes(4).toString('hex');
let count = 0;

/** A name that nobody else uses, and that tells who does. */
export function ownName(): string {
  return ownPrefix() + (count++).toString(36);
}

/** Whether this copy of this module made the name. */
export function isOwnName(name: string): boolean {
  return name.startsWith(ownPrefix());
}

function ownPrefix(): string {
  const { machine, pid, startedAt } = thisProcess();
  return `${machine}.${pid}.${startedAt}.${instance}`;
}

const OWN_NAME = /^([0-9a-f]{12})\.(\d+)\.(\d*)\.[0-9a-f]{8}[0-9a-z]+$/;

/** Whose name it is, where `ownName` made it. */
export function ownerOf(name: string): ProcessIdentity | undefined {
  const [, machine, pid, startedAt] = OWN_NAME.exec(name) ?? [];
  if (machine === undefined || pid === undefined || startedAt === undefined) return undefined;
  return { machine, pid: Number(pid), startedAt };
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

/** `undefined` where /proc does not tell. */
function readProcess(pid: number): { readonly startedAt: string; readonly isDead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program comes second, in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startedAt: fields[19]!, isDead: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}
