import { lstatSync } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import { type Clone, hostPath, lookAt } from '../clone/clone.ts';
import { GitExit, hasErrno } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { applyAttributes } from './attributes.ts';

/** The treatment of a path in the index. */
type Fate = 'add or remove' | 'remove' | 'leave';

/**
 * Brings paths into the index as they are on the disk. Gives those that git does not take: paths of a repository inside this one,
 * files that are kept in another form there or cannot be read.
 */
export async function stage(
  clone: Clone,
  paths: readonly BackendPath[],
  options: GitRunOptions,
): Promise<readonly BackendPath[]> {
  const present = paths.filter(
    (path) => fateOf(clone, path) === 'add or remove' && lookAt(clone, path) !== undefined,
  );
  const converted = await applyAttributes(clone, present, options);
  const fates = Map.groupBy(paths, (path) => (converted.has(path) ? 'leave' : fateOf(clone, path)));
  const { git } = clone;
  const gone = fates.get('remove') ?? [];
  if (gone.length > 0) {
    const input = gone.map((path) => `0 ${'0'.repeat(40)}\t${path}\0`).join('');
    await git.run(['update-index', '-z', '--index-info'], { ...options, input });
  }
  const left = [...(fates.get('leave') ?? [])];
  let rest = fates.get('add or remove') ?? [];
  while (rest.length > 0) {
    try {
      // Unlike `add` this takes paths literally: no patterns, nothing below them, no complaint about paths that come and go. Without
      // `--replace`, which would put a file in the place of a gitlink.
      await git.run(['update-index', '--add', '--remove', '-z', '--stdin'], {
        ...options,
        input: rest.join('\0'),
      });
      break;
    } catch (error) {
      const refused = error instanceof GitExit ? refusedPath(error) : undefined;
      if (refused === undefined || !rest.includes(refused as BackendPath)) throw error;
      left.push(refused as BackendPath);
      rest = rest.filter((path) => path !== refused);
    }
  }
  return left;
}

function fateOf(clone: Clone, path: string): Fate {
  if (clone.gitlinks.above(path) !== undefined) return 'leave';
  return isBelowSymlink(clone, path) ? 'remove' : 'add or remove';
}

/** Whether a symlink replaced a directory above `path`: the file is gone, wherever the link leads. */
function isBelowSymlink(clone: Clone, path: string): boolean {
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    try {
      if (lstatSync(hostPath(clone, path.slice(0, end)), { throwIfNoEntry: false })?.isSymbolicLink())
        return true;
    } catch (error) {
      if (hasErrno(error, 'ENOTDIR')) return false;
      throw error;
    }
  }
  return false;
}

/** The path that made git give up. */
function refusedPath({ stderr }: GitExit): string | undefined {
  return /^fatal: Unable to process path (.*)\n$/ms.exec(stderr)?.[1];
}
