import { WaitingLine } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { waitFor } from '../io/system-calls.ts';

// The queue of each path, for all backends of this thread. The key is the real path on the host, so that every symlink to it leads to
// the same queue.
const lines = new Map<string, WaitingLine>();

/** Runs `body` while nothing else of this thread runs in the same line; the others wait in order. @throws `signal.reason` */
export function* inLine<T>(key: string, body: Operation<T>, signal?: AbortSignal): Operation<T> {
  const line = lines.get(key);
  if (line === undefined) lines.set(key, new WaitingLine());
  else yield* waitFor(() => line.wait(signal));
  try {
    return yield* body;
  } finally {
    // The next in line has the path from now on.
    if (lines.get(key)!.call() === 0) lines.delete(key);
  }
}

/** Like `inLine`, in two lines, which may be the same. */
export function inBothLines<T>(a: string, b: string, body: Operation<T>, signal?: AbortSignal): Operation<T> {
  if (a === b) return inLine(a, body, signal);
  // Always in the same order, so that two never wait for each other.
  const [first, second] = a < b ? [a, b] : [b, a];
  return inLine(first, inLine(second, body, signal), signal);
}

/** One text for all spellings of a path that some filesystem takes for the same. */
export function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
