import type { VaultChange, VaultChanges } from '@f9/core';
import { ROOT } from '@f9/core/driver';
import { type Clone, headOf, lookAt } from '../clone/clone.ts';
import { EMPTY_TREE } from '../clone/trees.ts';
import { GitExit } from '../errors.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { changedPaths, STATUS } from '../worktree/status.ts';
import { isVaultPath } from '../worktree/vault-path.ts';

/**
 * The changes since the commit that `cursor` names, and those that are not committed yet, which are told again until they are.
 * Without a cursor no changes, and a cursor for now.
 */
export async function changesSince(
  clone: Clone,
  cursor: string | undefined,
  options: GitRunOptions,
): Promise<VaultChanges> {
  const head = headOf(clone) ?? EMPTY_TREE;
  if (cursor === undefined) return { changes: [], cursor: head };
  const committed = await pathsBetween(clone, cursor, head, options);
  if (committed === undefined) return { changes: [{ path: ROOT, kind: 'overflow' }], cursor: head };
  const status = (await clone.git.run(STATUS, options)).toString();
  const paths = new Set([...committed, ...changedPaths(status)]);
  return { changes: [...paths].filter(isVaultPath).map((path) => changeAt(clone, path)), cursor: head };
}

/**
 * Paths that changed; `undefined` where the cursor names no commit that is here: of another vault, or of a history that was
 * rewritten.
 */
async function pathsBetween(
  { git }: Clone,
  cursor: string,
  head: string,
  options: GitRunOptions,
): Promise<string[] | undefined> {
  if (!/^[0-9a-f]{40}$/.test(cursor)) return undefined;
  if (cursor === head) return [];
  try {
    const output = await git.run(
      ['diff-tree', '-r', '-z', '--name-only', '--no-renames', cursor, head],
      options,
    );
    return output.toString().split('\0').filter(Boolean);
  } catch (error) {
    if (error instanceof GitExit) return undefined;
    throw error;
  }
}

function changeAt(clone: Clone, path: string): VaultChange {
  const stats = lookAt(clone, path);
  return { path, kind: stats === undefined || stats.isDirectory() ? 'removed' : 'written' };
}
