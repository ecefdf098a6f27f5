import { readdirSync, rmdirSync } from 'node:fs';
import { type BackendPath, backendError, parentPath, ROOT } from '@f9/core/driver';
import { type Clone, hostPath, lookAt } from '../clone/clone.ts';
import { GitExit, hasErrno } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';

/** Most paths that are named in one error. */
const MOST_NAMED = 5;

/**
 * Makes way for files of a commit where nobody loses anything: empty directories are removed. Gives what blocks the rest: a path
 * itself, a file where its directory would be, or files in a directory where it would be.
 */
export function obstaclesOf(clone: Clone, blocked: readonly BackendPath[]): BackendPath[] {
  return [...new Set(blocked.flatMap((path) => obstaclesAt(clone, path)))];
}

function obstaclesAt(clone: Clone, path: BackendPath): BackendPath[] {
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
    if (lookAt(clone, parent)?.isDirectory() === false) return [parent];
  }
  return lookAt(clone, path)?.isDirectory() === true ? filesOrEmptied(clone, path) : [path];
}

/** The files in a directory, however deep; a directory without any is removed. */
function filesOrEmptied(clone: Clone, directory: BackendPath): BackendPath[] {
  const files = readdirSync(hostPath(clone, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}` as BackendPath;
    return entry.isDirectory() ? filesOrEmptied(clone, path) : [path];
  });
  if (files.length > 0) return files;
  try {
    rmdirSync(hostPath(clone, directory));
    return [];
  } catch (error) {
    // Somebody put a file there just now.
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST')) return [directory];
    throw error;
  }
}

/** Those of `paths` that git ignores here and f9 did not write, which are taken for private. */
export async function privateOnes(
  { git, journal }: Clone,
  paths: readonly BackendPath[],
  options: GitRunOptions,
): Promise<BackendPath[]> {
  const foreign = paths.filter((path) => !journal.has(path));
  if (foreign.length === 0) return [];
  try {
    const output = await git.run(['check-ignore', '-z', '--stdin'], {
      ...options,
      // The command refuses literal pathspecs; paths that begin with a dot are not taken for patterns.
      environment: { GIT_LITERAL_PATHSPECS: '0' },
      input: foreign.map((path) => `./${path}`).join('\0'),
    });
    return output
      .toString()
      .split('\0')
      .filter(Boolean)
      .map((path) => path.slice('./'.length) as BackendPath);
  } catch (error) {
    if (error instanceof GitExit && error.exitCode === 1) return [];
    throw error;
  }
}

/** The error where the remote's files cannot come in. */
export function inTheWay(paths: readonly BackendPath[]): Error {
  const names = paths.slice(0, MOST_NAMED).map((path) => JSON.stringify(path));
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  return backendError(
    'ALREADY_EXISTS',
    `What the remote has cannot come in: ${names.join(', ')}${more} ${paths.length === 1 ? 'is' : 'are'} in the way, and not ` +
      "the vault's (git ignores it, or it has no name that a vault can give it), so that it is neither overwritten nor published; " +
      'move or delete it, and pull again',
    { path: paths[0]! },
  );
}
