import { backendError } from '@f9/core/driver';
import { type Clone, commitTree, headOf, remoteHeadOf } from '../clone/clone.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { checkOut } from '../worktree/checkout.ts';
import { commitChanges } from '../worktree/commit.ts';
import { mergedTree } from './merged-tree.ts';

/** Times that changes are committed and merged while somebody keeps writing the very files that come in. */
const MERGE_ATTEMPTS = 10;

/**
 * Brings what was fetched into the vault: forward, or by a merge, after a commit of what is not committed yet.
 *
 * @throws SyncConflictError where both sides changed the same, and nothing has changed then
 */
export async function mergeRemote(clone: Clone, signal: AbortSignal | undefined): Promise<void> {
  const options = { signal };
  for (let attempt = 0; attempt < MERGE_ATTEMPTS; attempt++) {
    const remote = remoteHeadOf(clone);
    if (remote === undefined) return;
    let base = await ancestorOfHead(clone, remote, options);
    if (base === remote) return;
    if (await commitChanges(clone, undefined, options)) base = await ancestorOfHead(clone, remote, options);
    const head = headOf(clone);
    const target =
      head === undefined || head === base ? remote : await mergeCommit(clone, head, remote, options);
    // From here on it is all on this disk, and brought to its end.
    const blocked = await checkOut(clone, head, target);
    if (blocked.length === 0) return;
    // What is in the way may be ignored by git: named here, it is in the next commit all the same.
    await clone.journal.during(blocked, async () => undefined);
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

/** `undefined` for histories that began apart, in clones of a remote that was empty. */
export async function commonAncestor(
  { git }: Clone,
  one: string,
  other: string,
  options: GitRunOptions,
): Promise<string | undefined> {
  return one === other ? one : await git.textIfAny(['merge-base', one, other], options);
}
