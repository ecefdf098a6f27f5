import { setTimeout as sleep } from 'node:timers/promises';
import { explainSqlite } from '@f9/search';

/** Milliseconds to wait for another process that writes. */
export const DEFAULT_BUSY_TIMEOUT = 5000;

/** Runs `body` until no other process is in its way, in turns of the event loop. @throws `BUSY`, `signal.reason`, what `body` throws */
export async function whenFree<T>(
  body: () => T,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return body();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw explainSqlite(error, 'The vault');
    }
    // At random, so that nobody who waits is always late.
    await sleep(1 + Math.random() * 4);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}
