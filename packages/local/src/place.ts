import type { Stats } from 'node:fs';
import { type BackendPath, baseName, parentPath } from '@f9/core/driver';
import type { ConfinedRoot, MadeDirectories } from './confined-root.ts';
import type { OpenDirectory } from './open-directory.ts';
import type { Operation } from './runner.ts';
import { lstat } from './system-calls.ts';

/** Where a file is or will be: a name in a directory that is held open. */
export interface Place {
  readonly directory: OpenDirectory;
  /** Its path on the host, by way of the open directory. */
  readonly path: string;
  /** Its real path on the host: what locks go by. */
  readonly key: string;
}

/** Runs `body` on the place of `path`, a symlink itself where it is one. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
export function* withPlace<T>(
  root: ConfinedRoot,
  path: BackendPath,
  body: (place: Place) => Operation<T>,
  made?: MadeDirectories,
): Operation<T> {
  const directory = yield* root.openDirectory(parentPath(path), made);
  try {
    const name = baseName(path);
    return yield* body({
      directory,
      path: directory.entry(name),
      key: directory.realEntry(name),
    });
  } finally {
    yield* directory.close();
  }
}

/** What is at `place` itself; `undefined` if nothing is. */
export function whatIsAt(place: Place): Operation<Stats | undefined> {
  return lstat(place.path);
}
