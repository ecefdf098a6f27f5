import { constants } from 'node:fs';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { close, fsync, open } from '../io/system-calls.ts';

const { O_RDONLY, O_DIRECTORY = 0 } = constants;

interface Kept<File> {
  readonly fd: number;
  readonly files: File[];
}

/** Names that were given to files and do not survive a power cut yet. One sync of a directory is enough for all those in it. */
export class NewNames<File> {
  readonly #directories = new Map<string, Kept<File>>();

  /** Notes that `directory` holds a new name of `file`. It is kept open: its path may lead elsewhere by the time of the sync. */
  *add(directory: OpenDirectory, file: File): Operation<void> {
    // Without /proc an open directory cannot be opened once more.
    if (directory.fd !== undefined && directory.path === directory.realPath) return yield* directory.sync();
    const stats = yield* directory.stats();
    const key = `${stats?.dev} ${stats?.ino}`;
    const { files } = this.#directories.get(key) ?? (yield* this.#keep(key, directory));
    files.push(file);
  }

  *#keep(key: string, directory: OpenDirectory): Operation<Kept<File>> {
    const fd = yield* open(directory.path, O_RDONLY | O_DIRECTORY);
    const meanwhile = this.#directories.get(key);
    if (meanwhile !== undefined) {
      yield* close(fd);
      return meanwhile;
    }
    const kept = { fd, files: [] };
    this.#directories.set(key, kept);
    return kept;
  }

  /** Makes them durable, where the system can. Gives the files whose names it could not make so, and why. */
  *sync(): Operation<Map<File, unknown>> {
    const failed = new Map<File, unknown>();
    for (const { fd, files } of this.#directories.values()) {
      try {
        yield* fsync(fd);
      } catch (error) {
        if (hasErrno(error, 'EINVAL', 'EPERM', 'ENOTSUP', 'ENOSYS')) continue;
        for (const file of files) failed.set(file, error);
      }
    }
    return failed;
  }

  *close(): Operation<void> {
    const kept = [...this.#directories.values()];
    this.#directories.clear();
    for (const { fd } of kept) yield* close(fd);
  }
}
