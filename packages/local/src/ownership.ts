import type { Stats } from 'node:fs';
import { hasErrno } from './errno.ts';
import type { Operation } from './runner.ts';
import { fchmod, fchown, fstat } from './system-calls.ts';

const PERMISSIONS = 0o7777;

/** Gives an open file the mode of what it takes the place of, and its owner where that is allowed. */
export function* keepOwnerAndMode(fd: number, { uid, gid, mode }: Stats): Operation<void> {
  const given = yield* fstat(fd);
  if (given.uid !== uid || given.gid !== gid) {
    try {
      yield* fchown(fd, uid, gid);
    } catch (error) {
      if (!hasErrno(error, 'EPERM', 'EINVAL', 'ENOSYS')) throw error;
    }
  }
  // After the owner: a change of owner takes the set-user-ID bit away.
  if ((given.mode & PERMISSIONS) !== (mode & PERMISSIONS)) yield* fchmod(fd, mode & PERMISSIONS);
}
