import { statSync } from 'node:fs';
import type { BackendPath } from '@f9/core/driver';
import { type Clone, commitTree, headOf, lookAt, moveBranch, treeOf } from '../clone/clone.ts';
import { GitExit } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { takeBack } from './rescue.ts';
import { stage } from './staging.ts';
import { changedPaths, hasUnmerged, STATUS } from './status.ts';
import { isVaultPath } from './vault-path.ts';

export interface CommitResult {
  /** Whether there was something to commit. */
  readonly isMade: boolean;
  /** Paths that git does not take; they stay noted for the next commit. */
  readonly left: readonly BackendPath[];
}

/**
 * Commits everything that is not committed yet: writes through f9, also to ignored files, and changes by others in the working tree,
 * without ignored files. A path that git does not take holds no other back.
 */
export async function commitChanges(
  clone: Clone,
  message: string | undefined,
  options: GitRunOptions,
): Promise<CommitResult> {
  const { git, journal } = clone;
  let status = (await git.run(STATUS, options)).toString();
  if (hasUnmerged(status)) {
    await takeBack(clone);
    status = (await git.run(STATUS, options)).toString();
  }
  const written = [...journal.take()]
    .filter(isVaultPath)
    .filter((path) => lookAt(clone, path)?.isDirectory() !== true);
  const changed = changedPaths(status).filter(isVaultPath);
  const paths = removalsFirst(clone, [...new Set([...changed, ...written])]);
  const left = await stage(clone, paths, options);
  const isMade =
    paths.length > left.length && (await commitIndex(clone, message ?? describe(clone, changed), options));
  if (left.length === 0) journal.clear();
  else await journal.during(left, async () => journal.clear());
  return { isMade, left };
}

/** Puts removals first: a file goes before something below its name comes, and the other way round. */
function removalsFirst(clone: Clone, paths: readonly BackendPath[]): BackendPath[] {
  const { gone = [], there = [] } = Object.groupBy(paths, (path) => {
    const stats = lookAt(clone, path);
    return stats === undefined || stats.isDirectory() ? 'gone' : 'there';
  });
  return [...gone, ...there];
}

/**
 * Bytes of an index, of some ten thousand files, from which on `git commit`, which looks at every file again, takes longer than its
 * single steps.
 */
const LARGE_INDEX = 1024 * 1024;

async function commitIndex(clone: Clone, message: string, options: GitRunOptions): Promise<boolean> {
  const index = statSync(`${clone.git.gitDirectory}/index`, { throwIfNoEntry: false });
  return index === undefined || index.size < LARGE_INDEX
    ? await commitAtOnce(clone, message, options)
    : await commitInSteps(clone, message, options);
}

async function commitAtOnce(clone: Clone, message: string, options: GitRunOptions): Promise<boolean> {
  const head = headOf(clone);
  const args = ['commit', '-q', '--no-verify', '--cleanup=verbatim', '--allow-empty-message', '-F', '-'];
  try {
    await clone.git.run(args, { ...options, input: message });
    return true;
  } catch (error) {
    // The files have the same content as before.
    if (error instanceof GitExit && error.exitCode === 1 && headOf(clone) === head) return false;
    throw error;
  }
}

async function commitInSteps(clone: Clone, message: string, options: GitRunOptions): Promise<boolean> {
  const head = headOf(clone);
  const [tree, before] = await Promise.all([
    clone.git.text(['write-tree'], options),
    head === undefined ? undefined : treeOf(clone, head, options),
  ]);
  if (tree === before) return false;
  const commit = await commitTree(clone, tree, head === undefined ? [] : [head], message, options);
  await moveBranch(clone, head, commit, 'commit');
  return true;
}

/** The message of a commit for which none was given. */
export function describe(
  { commitMessage }: Pick<Clone, 'commitMessage'>,
  changed: readonly string[],
): string {
  if (commitMessage !== undefined) return commitMessage;
  return changed.length === 1 ? `Update ${changed[0]}` : `Update ${changed.length} files`;
}
