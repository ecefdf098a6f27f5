import process from 'node:process';
import type { AcquireSessionOptions, DriverSession } from '../driver/options.ts';
import { backendError } from '../errors.ts';
import type { FifoLock } from '../tasks/fifo-lock.ts';

/**
 * A session of this process alone, for backends that have nothing else to hold: `lock` is the vault's.
 *
 * @throws `LOCK_TIMEOUT`
 */
export async function queueSession(
  name: string,
  lock: FifoLock,
  { timeout, signal }: AcquireSessionOptions,
): Promise<DriverSession> {
  const release = await lock.acquire(timeout, signal);
  if (release === undefined) throw heldInThisProcess(name, timeout);
  return { commitOnSuccess: false, commit: async () => undefined, release: async () => release() };
}

/** `LOCK_TIMEOUT` */
export function heldInThisProcess(name: string, timeout: number): Error {
  return backendError(
    'LOCK_TIMEOUT',
    `Waited ${timeout} ms for the session of the ${name} backend, which another session of this process ` +
      `(pid ${process.pid}) holds; wait longer (timeout) or end that session`,
  );
}
