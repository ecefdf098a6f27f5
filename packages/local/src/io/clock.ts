import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

// Taken when this is loaded: a program's tests may put a clock in their place that stands still, and a lock must not wait for that.

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
