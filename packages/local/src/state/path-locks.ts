import type { Operation } from '../io/runner.ts';
import { waitFor } from '../io/system-calls.ts';
import { WaitingLine } from '../io/waiting-line.ts';

// Who waits for which path: by real path on the host, so that all backends of this process share it, and all symlinks to a directory.
const lines = new Map<string, WaitingLine>();

/** Runs `body` while nobody else of this process does on the same path; whoever waits gets on in order. @throws `signal.reason` */
export function* exclusively<T>(path: string, body: Operation<T>, signal?: AbortSignal): Operation<T> {
  const line = lines.get(path);
  if (line === undefined) lines.set(path, new WaitingLine());
  else yield* waitFor(() => line.wait(signal));
  try {
    return yield* body;
  } finally {
    // Whoever is next holds the path from now on.
    const held = lines.get(path)!;
    if (held.isEmpty) lines.delete(path);
    else held.call(1);
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
