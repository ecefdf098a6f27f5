import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AcquireSessionOptions,
  backendError,
  type DriverSession,
  FifoLock,
  queueSession,
} from '@f9/core/driver';
import { openSessions } from './database.ts';
import { isBusy } from './errors.ts';

/** Milliseconds between two tries for what another process holds. */
const POLL = 10;

/** Where all backends of this process queue, by the path of the database. */
const queues = new Map<string, FifoLock>();

/**
 * Holds the session of a vault against every process of the host. What excludes others is a transaction that stays open, in a file
 * beside the vault: the system ends it when its process dies, and never before.
 *
 * @throws `LOCK_TIMEOUT` naming the holder; `signal.reason`
 */
export async function acquireSession(
  name: string,
  path: string,
  options: AcquireSessionOptions,
): Promise<DriverSession> {
  const deadline = performance.now() + options.timeout;
  const queue = queues.get(path) ?? new FifoLock();
  queues.set(path, queue);
  const queued = await queueSession(name, queue, options);
  const sessions = openSessions(path);
  const leave = async (): Promise<void> => {
    sessions.close();
    await queued.release();
  };
  try {
    while (!hold(sessions)) {
      if (performance.now() >= deadline) throw timedOut(name, options.timeout, holderOf(sessions));
      await sleep(POLL, undefined, { signal: options.signal }).catch(() => options.signal?.throwIfAborted());
    }
    return { ...queued, release: leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

/** Begins a transaction that no other process can begin, in a file that tells the others who did. */
function hold(sessions: DatabaseSync): boolean {
  try {
    sessions.exec('BEGIN IMMEDIATE');
    while (holderOf(sessions) !== process.pid) {
      // Others see the name only once it is committed, and that ends the transaction: it has to be begun again.
      sessions.exec(
        `DELETE FROM holder; INSERT INTO holder VALUES (${process.pid}); COMMIT; BEGIN IMMEDIATE`,
      );
    }
    return true;
  } catch (error) {
    if (!isBusy(error)) throw error;
    return false;
  }
}

function holderOf(sessions: DatabaseSync): number {
  return Number(sessions.prepare('SELECT pid FROM holder').get()?.pid);
}

function timedOut(name: string, timeout: number, holder: number): Error {
  return backendError(
    'LOCK_TIMEOUT',
    `Waited ${timeout} ms for the session of the ${name} backend, which process ${holder} holds; wait longer (timeout) or end that process`,
  );
}
