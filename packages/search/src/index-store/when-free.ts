import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainSqlite } from './explain-sqlite.ts';

/** How long to wait for others, and for what. */
export interface WhenFreeOptions {
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** The thing that is waited for, in messages: `The vault`. */
  readonly what: string;
}

/**
 * Runs `body`, again as long as another process is in its way, in turns of the event loop. @throws `BUSY`, `signal.reason`, what
 * `body` throws
 */
export async function whenFree<T>(body: () => T, { timeout, signal, what }: WhenFreeOptions): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return body();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw explainSqlite(error, what);
    }
    // At random, so that nobody always comes too late.
    await sleep(1 + Math.random() * 4);
  }
}

/** Whether another process was in the way. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}
