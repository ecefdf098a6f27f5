import type { AcquireSessionOptions, DriverSession } from '../driver/options.ts';
import type { FifoLock } from '../tasks/fifo-lock.ts';
import { heldInThisProcess } from './session-held.ts';

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
