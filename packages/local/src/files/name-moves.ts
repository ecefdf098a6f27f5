import { constants, type Stats } from 'node:fs';
import type { WriteOptions } from '@f9/core/driver';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { close, fstat, link, lstat, open, rename, unlink } from '../io/system-calls.ts';

const { O_WRONLY, O_CREAT, O_EXCL } = constants;

/**
 * Moves a file from one path on the host to another in one step; with `'fail'` no file that exists is ever replaced.
 *
 * @param locked runs more than one step while nobody else changes what is at `to`
 */
export function* moveName(
  from: string,
  to: string,
  ifExists: WriteOptions['ifExists'],
  locked: (steps: Operation<void>) => Operation<void> = (steps) => steps,
): Operation<void> {
  if (ifExists === 'replace') return yield* rename(from, to);
  try {
    yield* link(from, to);
  } catch (error) {
    // Filesystems without hard links, and files of other owners that may not be linked.
    if (!hasErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
    return yield* locked(claimAndRename(from, to));
  }
  yield* unlink(from);
}

/** Takes the name with an empty file first; a kill in between leaves that file. */
function* claimAndRename(from: string, to: string): Operation<void> {
  const fd = yield* open(to, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  let claim: Stats;
  try {
    claim = yield* fstat(fd);
  } finally {
    yield* close(fd);
  }
  try {
    yield* rename(from, to);
  } catch (error) {
    // A file that took its name meanwhile stays.
    const current = yield* lstat(to);
    if (current?.ino === claim.ino && current.size === 0) yield* unlink(to);
    throw error;
  }
}
