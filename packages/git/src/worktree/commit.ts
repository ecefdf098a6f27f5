import { type Clone, headOf, lookAt } from '../clone/clone.ts';
import { GitExit } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { takeBack } from './rescue.ts';
import { changedPaths, hasUnmerged, STATUS } from './status.ts';
import { isVaultPath } from './vault-path.ts';

/**
 * Commits everything that is not committed yet: what was written through f9, ignored files too, and what others changed in the
 * working tree, ignored files left out. True if there was something.
 */
export async function commitChanges(
  clone: Clone,
  message: string | undefined,
  options: GitRunOptions,
): Promise<boolean> {
  const { git, journal } = clone;
  let status = (await git.run(STATUS, options)).toString();
  if (hasUnmerged(status)) {
    await takeBack(clone);
    status = (await git.run(STATUS, options)).toString();
  }
  const written = [...journal.take()].filter(
    (path) => isVaultPath(path) && lookAt(clone, path)?.isDirectory() !== true,
  );
  const changed = changedPaths(status).filter(isVaultPath);
  const paths = [...new Set([...changed, ...written])];
  if (paths.length > 0) {
    // Unlike `add` this takes paths as they are: no patterns, nothing below them, no complaint about what came and went.
    await git.run(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
      ...options,
      input: paths.join('\0'),
    });
  }
  const isCommitted =
    paths.length > 0 && (await commitIndex(clone, message ?? describe(clone, changed), options));
  journal.clear();
  return isCommitted;
}

async function commitIndex(clone: Clone, message: string, options: GitRunOptions): Promise<boolean> {
  const head = headOf(clone);
  try {
    await clone.git.run(['commit', '-q', '--no-verify', '--cleanup=verbatim', '-F', '-'], {
      ...options,
      input: message,
    });
    return true;
  } catch (error) {
    // What was written is what was there before.
    if (error instanceof GitExit && error.exitCode === 1 && headOf(clone) === head) return false;
    throw error;
  }
}

function describe({ commitMessage }: Clone, changed: readonly string[]): string {
  if (commitMessage !== undefined) return commitMessage;
  return changed.length === 1 ? `Update ${changed[0]}` : `Update ${changed.length} files`;
}
