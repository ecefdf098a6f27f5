import { hasErrno } from './errno.ts';
import { fsync, type Operation } from './system-calls.ts';

/** Whether what was acknowledged survives a power cut: `'fsync'`; or only a crash of the process: `'none'`. */
export type Durability = 'none' | 'fsync';

/** Makes names in a directory durable, where the system can: Windows and some network filesystems cannot sync a directory. */
export function* syncDirectory(fd: number): Operation<void> {
  try {
    yield* fsync(fd);
  } catch (error) {
    if (!hasErrno(error, 'EINVAL', 'EPERM', 'EBADF', 'ENOTSUP', 'ENOSYS')) throw error;
  }
}
