import { FifoLock } from '@f9/core';
import { type Operation, waitFor } from './system-calls.ts';

// By real path on the host, so that all backends of this process and all symlinks to a directory share them.
const locks = new Map<string, { readonly lock: FifoLock; users: number }>();

/** Runs `body` while nobody else of this process does on the same `key`; whoever waits gets on in order. */
export function* exclusively<T>(key: string, body: Operation<T>, signal?: AbortSignal): Operation<T> {
  const entry = locks.get(key) ?? { lock: new FifoLock(), users: 0 };
  locks.set(key, entry);
  entry.users++;
  try {
    const release = yield* waitFor(() => entry.lock.acquire(Number.POSITIVE_INFINITY, signal));
    try {
      return yield* body;
    } finally {
      release?.();
    }
  } finally {
    if (--entry.users === 0) locks.delete(key);
  }
}
