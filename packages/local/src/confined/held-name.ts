import type { Stats } from 'node:fs';
import { type BackendPath, baseName, parentPath } from '@f9/core/driver';
import type { Operation } from '../io/runner.ts';
import { lstat } from '../io/system-calls.ts';
import type { ConfinedRoot, MadeDirectories } from './confined-root.ts';
import type { OpenDirectory } from './open-directory.ts';

/** A name in a directory that is held open, whether or not a file is there yet. */
export interface HeldName {
  readonly directory: OpenDirectory;
  /** Its path on the host, through the open directory. */
  readonly path: string;
  /** Its real path on the host, by which it is locked. */
  readonly key: string;
}

/** Runs `body` on the name of `path`; a symlink there is not followed. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
export function* withHeldName<T>(
  root: ConfinedRoot,
  path: BackendPath,
  body: (held: HeldName) => Operation<T>,
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

/** The stats of the file there, symlinks not followed; `undefined` if there is none. */
export function whatIsAt(held: HeldName): Operation<Stats | undefined> {
  return lstat(held.path);
}
