import { lstatSync } from 'node:fs';
import { type Clone, hostPath } from '../clone/clone.ts';
import { GitExit, hasErrno } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';

/** What becomes of a path in the index. */
type Fate = 'add or remove' | 'remove' | 'leave';

/**
 * Brings paths into the index as they are on the disk. Gives those that git does not take: what belongs to a repository inside this
 * one, or cannot be read.
 */
export async function stage(
  clone: Clone,
  paths: readonly string[],
  options: GitRunOptions,
): Promise<readonly string[]> {
  const fates = Map.groupBy(paths, (path) => fateOf(clone, path));
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
      // Unlike `add` this takes paths as they are: no patterns, nothing below them, no complaint about what came and went. Without
      // `--replace`, which would put a file in the place of a gitlink.
      await git.run(['update-index', '--add', '--remove', '-z', '--stdin'], {
        ...options,
        input: rest.join('\0'),
      });
      break;
    } catch (error) {
      const refused = error instanceof GitExit ? refusedPath(error) : undefined;
      if (refused === undefined || !rest.includes(refused)) throw error;
      left.push(refused);
      rest = rest.filter((path) => path !== refused);
    }
  }
  return left;
}

function fateOf(clone: Clone, path: string): Fate {
  if (clone.gitlinks.above(path) !== undefined) return 'leave';
  return isBelowSymlink(clone, path) ? 'remove' : 'add or remove';
}

/** Whether a symlink took the place of a directory above `path`: the file is gone, whatever the link leads to. */
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
