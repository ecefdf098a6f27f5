import { constants, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { close, fstat, fsync, lstat, open } from '../io/system-calls.ts';

const { O_RDONLY, O_DIRECTORY = 0 } = constants;

/** A directory that was seen to lie inside the root. It stays the same one, whatever happens to its path. */
export class OpenDirectory {
  /** Its real path on the host at the time it was opened. */
  readonly realPath: string;
  /** The path to reach it by. */
  readonly path: string;
  readonly fd: number | undefined;
  #stats: Stats | undefined;

  /** @param fd none for the root, whose path nobody can lead elsewhere */
  constructor(realPath: string, fd: number | undefined, hasProc: boolean) {
    this.realPath = realPath;
    this.path = hasProc && fd !== undefined ? `/proc/self/fd/${fd}` : realPath;
    this.fd = fd;
  }

  /** The path on the host to an entry of it. */
  entry(name: string): string {
    return this.path.endsWith(sep) ? this.path + name : this.path + sep + name;
  }

  /** The real path on the host of an entry of it. */
  realEntry(name: string): string {
    return this.realPath.endsWith(sep) ? this.realPath + name : this.realPath + sep + name;
  }

  /** The stats of the directory when they were first asked for; `undefined` if it was the root and is gone. */
  *stats(): Operation<Stats | undefined> {
    this.#stats ??= yield* this.statsNow();
    return this.#stats;
  }

  *statsNow(): Operation<Stats | undefined> {
    return this.fd === undefined ? yield* lstat(this.path) : yield* fstat(this.fd);
  }

  /** Makes the names in it durable, where the system can: Windows and some network filesystems cannot. */
  *sync(): Operation<void> {
    const fd = this.fd ?? (yield* open(this.path, O_RDONLY | O_DIRECTORY));
    try {
      yield* fsync(fd);
    } catch (error) {
      if (!hasErrno(error, 'EINVAL', 'EPERM', 'ENOTSUP', 'ENOSYS')) throw error;
    } finally {
      if (fd !== this.fd) yield* close(fd);
    }
  }

  *close(): Operation<void> {
    if (this.fd !== undefined) yield* close(this.fd);
  }
}
