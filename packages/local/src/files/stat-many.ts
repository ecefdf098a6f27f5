import type { FileInfo } from '@f9/core';
import { type BackendPath, baseName, parentPath } from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import type { Operation } from '../io/runner.ts';
import { lstat, pause } from '../io/system-calls.ts';
import { describe } from './file-stats.ts';

/** The infos of many paths, in their order; neighbours in one directory take one look at the directory. */
export function* statMany(
  root: ConfinedRoot,
  paths: readonly BackendPath[],
): Operation<(FileInfo | undefined)[]> {
  const found: (FileInfo | undefined)[] = [];
  let above: BackendPath | undefined;
  let directory: OpenDirectory | undefined;
  try {
    for (const path of paths) {
      yield* pause();
      if (parentPath(path) !== above) {
        if (directory !== undefined) yield* directory.close();
        directory = undefined;
        above = parentPath(path);
        directory = yield* openIfThere(root, above);
      }
      found.push(yield* statIn(root, directory, path));
    }
    return found;
  } finally {
    if (directory !== undefined) yield* directory.close();
  }
}

function* openIfThere(root: ConfinedRoot, path: BackendPath): Operation<OpenDirectory | undefined> {
  try {
    return yield* root.openDirectory(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

function* statIn(
  root: ConfinedRoot,
  directory: OpenDirectory | undefined,
  path: BackendPath,
): Operation<FileInfo | undefined> {
  if (directory === undefined) return undefined;
  const name = baseName(path);
  const stats = name === '' ? undefined : yield* lstat(directory.entry(name));
  const followed = name === '' || stats?.isSymbolicLink() === true ? yield* root.stat(path) : stats;
  return followed && describe(path, followed);
}
