import { backendError } from '@f9/core';
import { checkOut } from './checkout.ts';
import { choicesOf, mergedTree } from './choices.ts';
import { type Clone, commitTree, headOf, remoteHeadOf } from './clone.ts';
import { commitChanges } from './commit.ts';
import type { GitRunOptions } from './git-process.ts';

/** Times that changes are committed and merged while somebody keeps writing the very files that come in. */
const MERGE_ATTEMPTS = 10;

/**
 * Brings what was fetched into the vault: forward, or by a merge, after a commit of what is not committed yet.
 *
 * @throws SyncConflictError where both sides changed the same, and nothing has changed then
 */
export async function mergeRemote(clone: Clone, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; attempt < MERGE_ATTEMPTS; attempt++) {
    const remote = remoteHeadOf(clone);
    if (remote === undefined || remote === headOf(clone)) return;
    if (await contains(clone, headOf(clone), remote)) return;
    await commitChanges(clone, undefined, { signal });
    const head = headOf(clone);
    const target = await targetOf(clone, head, remote, { signal });
    // From here on it is all on this disk, and brought to its end.
    const blocked = await checkOut(clone, head, target);
    if (blocked.length === 0) return choicesOf(clone).remove();
    // What is in the way may be ignored by git: named here, it is in the next commit all the same.
    await clone.journal.during(blocked, async () => undefined);
  }
  throw backendError(
    'BUSY',
    'Something in the vault is written, again and again, that the remote changed as well; try again when that is done',
  );
}

/** The commit that holds both. */
async function targetOf(
  clone: Clone,
  head: string | undefined,
  remote: string,
  options: GitRunOptions,
): Promise<string> {
  if (head === undefined || (await contains(clone, remote, head))) return remote;
  const tree = await mergedTree(clone, head, remote, options);
  return await commitTree(clone, tree, [head, remote], 'Merge what the remote has', options);
}

/** Whether `commit` is `head` or in its history. */
export async function contains({ git }: Clone, head: string | undefined, commit: string): Promise<boolean> {
  if (head === undefined) return false;
  return (
    head === commit || (await git.textIfAny(['merge-base', '--is-ancestor', commit, head])) !== undefined
  );
}
