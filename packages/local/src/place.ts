import type { Stats } from 'node:fs';
import { sep } from 'node:path';
import { type BackendPath, baseName, parentPath } from '@f9/core';
import type { ConfinedRoot, MadeDirectories, Pinned } from './confined-root.ts';
import { hasErrno } from './errno.ts';
import { close, lstat, type Operation } from './system-calls.ts';

/** Where a file is or will be: a name in a directory that is held open. */
export interface Place {
  readonly directory: Pinned;
  /** Its path on the host, by way of the open directory. */
  readonly path: string;
  /** Its real path on the host: what locks go by. */
  readonly key: string;
}

export interface PlaceOptions {
  /** Whether the place is what a symlink leads to, or the symlink itself. */
  readonly follow: boolean;
  /** Make missing parents, and add them here. */
  readonly made?: MadeDirectories;
}

/** Runs `body` on the place of `path`. @throws `PATH_OUTSIDE_ROOT` and errors of the system */
export function* withPlace<T>(
  root: ConfinedRoot,
  path: BackendPath,
  { follow, made }: PlaceOptions,
  body: (place: Place) => Operation<T>,
): Operation<T> {
  const directory = yield* root.openDirectory(parentPath(path), made);
  let target: BackendPath | undefined;
  try {
    const name = baseName(path);
    const place = { directory, path: root.inside(directory, name), key: directory.realPath + sep + name };
    target = follow ? yield* targetOf(root, path, place) : undefined;
    if (target === undefined) return yield* body(place);
  } finally {
    yield* close(directory.fd);
  }
  return yield* withPlace(root, target, { follow: false, ...(made === undefined ? {} : { made }) }, body);
}

/** Where the symlink at `place` leads; `undefined` if it is none, or leads nowhere. */
function* targetOf(root: ConfinedRoot, path: BackendPath, place: Place): Operation<BackendPath | undefined> {
  if ((yield* whatIsAt(place))?.isSymbolicLink() !== true) return undefined;
  try {
    return yield* root.resolve(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

/** What is at `place` itself; `undefined` if nothing is. */
export function* whatIsAt(place: Place): Operation<Stats | undefined> {
  try {
    return yield* lstat(place.path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
