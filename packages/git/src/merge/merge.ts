import { type BackendPath, backendError } from '@f9/core/driver';
import { type Clone, commitTree, headOf, remoteHeadOf } from '../clone/clone.ts';
import { looseCommit } from '../clone/loose-commit.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { checkOut } from '../worktree/checkout.ts';
import { commitChanges } from '../worktree/commit.ts';
import { inTheWay, obstaclesOf, privateOnes } from '../worktree/in-the-way.ts';
import { mergedTree } from './merged-tree.ts';

/** Times that changes are committed and merged while somebody keeps writing the same files that come in. */
const MERGE_ATTEMPTS = 10;

/**
 * Brings what was fetched into the vault: forward, or by a merge, after a commit of what is not committed yet.
 *
 * @throws SyncConflictError where both sides changed the same, `ALREADY_EXISTS` where a file that is not the vault's is in the way;
 * nothing has changed then
 */
export async function mergeRemote(clone: Clone, signal: AbortSignal | undefined): Promise<void> {
  const options = { signal };
  let before: readonly BackendPath[] = [];
  for (let attempt = 0; attempt < MERGE_ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    const remote = remoteHeadOf(clone);
    if (remote === undefined) return;
    let base = await ancestorOfHead(clone, remote, options);
    if (base === remote) return;
    const { isMade } = await commitChanges(clone, undefined, options);
    if (isMade) base = await ancestorOfHead(clone, remote, options);
    const head = headOf(clone);
    const target =
      head === undefined || head === base ? remote : await mergeCommit(clone, head, remote, options);
    // From here on everything is on this disk, and is done to the end.
    const blocked = await checkOut(clone, head, target);
    if (blocked.length === 0) return;
    const obstacles = obstaclesOf(clone, blocked);
    const hidden = await privateOnes(clone, obstacles, options);
    if (hidden.length > 0) throw inTheWay(hidden);
    // A file that was in the way the last time as well is there to stay, committed or not.
    if (!isMade && obstacles.length > 0 && obstacles.every((path) => before.includes(path)))
      throw inTheWay(obstacles);
    before = obstacles;
    // Work that nobody committed yet: noted here, it is in the next commit.
    await clone.journal.during(obstacles, async () => undefined);
  }
  throw backendError(
    'BUSY',
    'Something in the vault is written, again and again, that the remote changed as well; try again when that is done',
  );
}

async function mergeCommit(
  clone: Clone,
  head: string,
  remote: string,
  options: GitRunOptions,
): Promise<string> {
  const tree = await mergedTree(clone, head, remote, options);
  return await commitTree(clone, tree, [head, remote], 'Merge what the remote has', options);
}

async function ancestorOfHead(
  clone: Clone,
  commit: string,
  options: GitRunOptions,
): Promise<string | undefined> {
  const head = headOf(clone);
  return head && (await commonAncestor(clone, head, commit, options));
}

/** The last common commit; `undefined` for histories that began apart, in clones of an empty remote. */
export async function commonAncestor(
  { git }: Clone,
  one: string,
  other: string,
  options: GitRunOptions,
): Promise<string | undefined> {
  return one === other ? one : await git.textIfAny(['merge-base', one, other], options);
}

/** Whether `commit` is `ancestor`, or comes after it. */
export async function isAncestor(
  { git }: Clone,
  ancestor: string,
  commit: string,
  options: GitRunOptions,
): Promise<boolean> {
  if (ancestor === commit) return true;
  if (looseCommit(git.gitDirectory, commit)?.parents.includes(ancestor) === true) return true;
  return (await git.textIfAny(['merge-base', '--is-ancestor', ancestor, commit], options)) !== undefined;
}
