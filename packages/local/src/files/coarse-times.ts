import type { Stats } from 'node:fs';
import { pauseFor } from '../io/clock.ts';
import type { Operation } from '../io/runner.ts';
import { futimes, waitFor } from '../io/system-calls.ts';

// Some filesystems count time in whole seconds, FAT in steps of two. On these a version could get the inode number, the size and the
// times, and so the etag, of one that was replaced in the same second.

/** Milliseconds in which such a filesystem may not tell two versions apart. */
const COARSEST = 2000;

/** Whether the version that follows this one now could have the times of one before it. */
export function isTimeCoarse({ mtimeMs, ctimeMs }: Stats): boolean {
  if (mtimeMs % 1000 !== 0 || ctimeMs % 1000 !== 0) return false;
  return Math.max(mtimeMs, ctimeMs) > Date.now() - COARSEST;
}

/** Gives an open file a later time of modification than that of the version it replaces. */
export function* stampAfter(fd: number, { mtimeMs }: Stats): Operation<void> {
  const seconds = (mtimeMs + COARSEST) / 1000;
  yield* futimes(fd, seconds, seconds);
}

/** Waits until the next file of this name gets later times. @throws `signal.reason` */
export function* waitForLaterTimes({ ctimeMs }: Stats, signal: AbortSignal | undefined): Operation<void> {
  const wait = ctimeMs + COARSEST - Date.now();
  if (wait > 0) yield* waitFor(() => pauseFor(Math.min(wait, COARSEST), signal));
}
