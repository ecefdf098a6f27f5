import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { backendError, KeyedLock } from '@f9/core/driver';

/** What a sabotaged lock does wrong. */
export interface LockFaults {
  /** It excludes only who runs in this process. */
  readonly isWithinProcess?: boolean;
  /** It takes the threads of a process for one. */
  readonly ignoresThreads?: boolean;
  /** Milliseconds after which it is taken from its holder, dead or alive. */
  readonly robsAfter?: number;
  /** It is never taken from the dead. */
  readonly keepsForDead?: boolean;
  /** Who does not get it at once is refused. */
  readonly isImpatient?: boolean;
}

/** A lock that is held. */
export interface Held {
  /** Whether it still is. */
  isHeld(): boolean;
  release(): void;
}

const withinProcess = new KeyedLock();

/** Runs `body` while no process of this host, and nobody in this one, holds the lock of that name. */
export async function locked<T>(
  folder: string,
  name: string,
  faults: LockFaults,
  body: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return await withinProcess.run(
    join(folder, name),
    async () => {
      const held = await hold(folder, name, faults, signal);
      try {
        return await body();
      } finally {
        held.release();
      }
    },
    signal,
  );
}

/** Holds a lock: a hard link of a file that says whose it is, which is there whole or not at all. */
export async function hold(
  folder: string,
  name: string,
  faults: LockFaults,
  signal?: AbortSignal,
): Promise<Held> {
  const lock = join(folder, name);
  const token = join(folder, `token-${crypto.randomUUID()}`);
  const owner = `${process.pid} ${faults.ignoresThreads === true ? 0 : threadId} ${token}`;
  if (faults.isWithinProcess === true) return { isHeld: () => true, release: () => undefined };
  fs.writeFileSync(token, owner);
  try {
    while (!tryLink(token, lock)) {
      const holder = read(lock);
      if (holder === undefined) continue;
      if (faults.ignoresThreads === true && holder.startsWith(`${process.pid} `)) break;
      if (isToBeTakenFrom(holder, lock, faults)) {
        await takeAway(lock, holder, token);
        continue;
      }
      if (faults.isImpatient === true)
        throw backendError('LOCK_TIMEOUT', `Process ${pidOf(holder)} holds it`);
      await sleep(1, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
  } finally {
    fs.unlinkSync(token);
  }
  const isHeld = (): boolean => read(lock) === owner;
  return {
    isHeld,
    release: () => {
      if (isHeld()) fs.unlinkSync(lock);
    },
  };
}

/** The process that holds a lock. */
export function holderOf(folder: string, name: string): number | undefined {
  const holder = read(join(folder, name));
  return holder === undefined ? undefined : pidOf(holder);
}

function isToBeTakenFrom(holder: string, lock: string, faults: LockFaults): boolean {
  if (faults.robsAfter !== undefined && ageOf(lock) > faults.robsAfter) return true;
  return faults.keepsForDead !== true && isDead(pidOf(holder));
}

/** Removes the lock if it is still that of `holder`; of several who want to, one does. */
async function takeAway(lock: string, holder: string, token: string): Promise<void> {
  const claim = `${lock}.claim`;
  if (tryLink(token, claim)) {
    if (read(lock) === holder) fs.unlinkSync(lock);
    fs.unlinkSync(claim);
    return;
  }
  const claimant = read(claim);
  if (claimant !== undefined && isDead(pidOf(claimant))) fs.rmSync(claim, { force: true });
  await sleep(1);
}

function tryLink(token: string, lock: string): boolean {
  try {
    fs.linkSync(token, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function read(lock: string): string | undefined {
  try {
    return fs.readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}

function ageOf(lock: string): number {
  const stats = fs.statSync(lock, { throwIfNoEntry: false });
  return stats === undefined ? 0 : Date.now() - stats.ctimeMs;
}

function pidOf(owner: string): number {
  return Number(owner.split(' ', 1)[0]);
}

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
