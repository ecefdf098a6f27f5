import type { Operation } from './runner.ts';
import { waitFor } from './system-calls.ts';

// Who waits for which path: by real path on the host, so that all backends of this process share it, and all symlinks to a directory.
const queues = new Map<string, (() => void)[]>();

/** Runs `body` while nobody else of this process does on the same path; whoever waits gets on in order. @throws `signal.reason` */
export function* exclusively<T>(path: string, body: Operation<T>, signal?: AbortSignal): Operation<T> {
  const queue = queues.get(path);
  if (queue === undefined) queues.set(path, []);
  else yield* waitFor(() => turnIn(queue, signal));
  try {
    return yield* body;
  } finally {
    // Whoever is next holds it from now on.
    const next = queues.get(path)?.shift();
    if (next === undefined) queues.delete(path);
    else next();
  }
}

/** The same for two paths, which may be one. */
export function exclusivelyOnBoth<T>(
  a: string,
  b: string,
  body: Operation<T>,
  signal?: AbortSignal,
): Operation<T> {
  if (a === b) return exclusively(a, body, signal);
  // In one order everywhere, so that two never wait for each other.
  const [first, second] = a < b ? [a, b] : [b, a];
  return exclusively(first, exclusively(second, body, signal), signal);
}

function turnIn(queue: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const proceed = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const abort = (): void => {
      queue.splice(queue.indexOf(proceed), 1);
      reject(signal?.reason);
    };
    if (signal?.aborted === true) return reject(signal.reason);
    signal?.addEventListener('abort', abort, { once: true });
    queue.push(proceed);
  });
}
