import type { FileInfo } from '@f9/core';
import { type BackendPath, baseName, parentPath } from '@f9/core/driver';
import type { ConfinedRoot } from '../confined/confined-root.ts';
import type { OpenDirectory } from '../confined/open-directory.ts';
import type { Operation } from '../io/runner.ts';
import { lstat, pause } from '../io/system-calls.ts';
import { describe } from './file-stats.ts';

/** The infos of many paths, in their order; a directory is opened once for neighbours in it. */
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
        directory = yield* root.openDirectoryIfThere(above);
      }
      found.push(yield* statIn(root, directory, path));
    }
    return found;
  } finally {
    if (directory !== undefined) yield* directory.close();
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
