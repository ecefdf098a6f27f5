import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Rounds before anything is measured: caches fill, and code is compiled. */
const WARM_UP = 100;
/** Bytes that the heap may have grown by. */
const MAY_GROW = 1024 * 1024;
/** How often it is measured until once nothing is left. */
const MEASUREMENTS = 4;
/** Bytes between two looks at the heap from which on it is taken to be at rest, and how many looks it gets. */
const AT_REST = 16 * 1024;
const LOOKS = 20;
/** Milliseconds that what was let go gets to be closed. */
const CLOSES_WITHIN = 5000;

export interface Growth {
  readonly bytes: number;
  /** What is open more than before, by kind. */
  readonly left: Readonly<Record<string, number>>;
}

/** Does it again and again, and tells what is left of it. */
export async function growthOf(rounds: number, work: (round: number) => Promise<unknown>): Promise<Growth> {
  for (let round = 0; round < Math.min(WARM_UP, rounds); round++) await work(round);
  // Code that is compiled late, and what is kept for a while on purpose, is there once: a leak grows each time.
  for (let measured = 1; ; measured++) {
    const growth = await growthOnce(rounds, work);
    if (!isLeak(growth) || measured === MEASUREMENTS) return growth;
  }
}

async function growthOnce(rounds: number, work: (round: number) => Promise<unknown>): Promise<Growth> {
  const before = { heap: await heap(), open: openResources() };
  for (let round = 0; round < rounds; round++) await work(round);
  const left = await leftOver(before.open);
  return { bytes: (await heap()) - before.heap, left };
}

export function isLeak({ bytes, left }: Growth): boolean {
  return bytes > MAY_GROW || Object.keys(left).length > 0;
}

/** Bytes that are in use when all that nobody holds is gone: buffers outside the heap too. */
async function heap(): Promise<number> {
  let before = Number.POSITIVE_INFINITY;
  for (let look = 1; ; look++) {
    // What a collection finds is let go by turns: sockets that close, callbacks of what was collected.
    await sleep(10);
    globalThis.gc!();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const bytes = heapUsed + arrayBuffers;
    if (look === LOOKS || (look > 2 && Math.abs(before - bytes) < AT_REST)) return bytes;
    before = bytes;
  }
}

/** Timers, sockets, processes and other things that keep Node alive, and on Linux open files and child processes. */
export function openResources(): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of process.getActiveResourcesInfo()) add(kind);
  if (process.platform === 'linux') {
    for (const fd of readdirSync('/proc/self/fd')) add(`handle of ${targetOf(fd)}`);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (parentOf(pid) === process.pid) add('child process');
    }
  }
  return counts;
}

/** What is still more than before, once what was let go had time to be closed. */
export async function leftOver(before: ReadonlyMap<string, number>): Promise<Record<string, number>> {
  for (let waited = 0; ; waited += 100) {
    const more = [...openResources()].map(
      ([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const,
    );
    const left = Object.fromEntries(more.filter(([, count]) => count > 0));
    if (Object.keys(left).length === 0 || waited >= CLOSES_WITHIN) return left;
    await sleep(100);
  }
}

/** What an open handle is of: a path, a pipe, a socket. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]/, '');
  } catch {
    return 'what is closed by now'; // The one that this listing itself was read through.
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // What stands before is the name of the program, which may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // It has ended.
  }
}
