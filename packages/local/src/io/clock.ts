import { performance } from 'node:perf_hooks';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

// Taken when this module is loaded: a program's tests may later put in their place a clock that stands still, for which no lock must
// wait.

/** Milliseconds that only grow. */
export const now: () => number = performance.now.bind(performance);

/** Waits `milliseconds`, or for the next turn of the event loop. @throws `signal.reason` */
export function pauseFor(milliseconds: number | 'a turn', signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    if (milliseconds === 'a turn') return void setImmediate(resolve);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
