import type { Stats } from 'node:fs';
import { hasErrno } from '../errors.ts';
import type { Operation } from './runner.ts';
import { fchmod, fchown, fstat } from './system-calls.ts';

const PERMISSIONS = 0o777;
/** Mode bits with set-user-ID, set-group-ID and sticky, which mean something else under another owner. */
const MODE = 0o7777;

/** Gives an open file the owner, where that is allowed, and the mode of the file that it replaces, or the mode `permissions`. */
export function* keepOwnerAndMode(
  fd: number,
  { uid, gid, mode }: Stats,
  permissions?: number,
): Operation<void> {
  const given = yield* fstat(fd);
  const isTheirs = given.uid !== uid || given.gid !== gid;
  const isKept = !isTheirs || (yield* tryToOwn(fd, uid, gid));
  const wanted = permissions ?? mode & (isKept ? MODE : PERMISSIONS);
  // The change of owner takes mode bits away.
  if (isTheirs || (given.mode & MODE) !== wanted) yield* fchmod(fd, wanted);
}

function* tryToOwn(fd: number, uid: number, gid: number): Operation<boolean> {
  try {
    yield* fchown(fd, uid, gid);
    return true;
  } catch (error) {
    if (!hasErrno(error, 'EPERM', 'EINVAL', 'ENOSYS')) throw error;
    return false;
  }
}
