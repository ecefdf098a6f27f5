import { type BackendPath, backendError } from '@f9/core/driver';
import { type Clone, commitTree, headOf, remoteHeadOf } from '../clone/clone.ts';
import { nothingToTake } from '../errors.ts';
import { checkOut } from '../worktree/checkout.ts';
import { commitChanges } from '../worktree/commit.ts';
import { inTheWay, obstaclesOf } from '../worktree/in-the-way.ts';
import { keep, snapshotTree } from '../worktree/rescue.ts';
import { isVaultPath } from '../worktree/vault-path.ts';
import { isAncestor } from './merge.ts';

/** Times that files are put out of the way while somebody keeps writing them. */
const ATTEMPTS = 10;

/**
 * Brings the vault to what was fetched, whatever is here; gives the ref that keeps the state that was only here, if there was any.
 */
export async function takeRemote(clone: Clone, signal: AbortSignal | undefined): Promise<string | undefined> {
  const remote = remoteHeadOf(clone);
  if (remote === undefined) throw nothingToTake(clone.remote.place);
  let kept: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    await commitChanges(clone, 'Abandoned changes', { signal });
    const head = headOf(clone);
    if (head === remote) return kept;
    if (head !== undefined && !(await isAncestor(clone, head, remote, { signal })))
      kept = await keep(clone, head);
    const blocked = await checkOut(clone, head, remote);
    const obstacles = obstaclesOf(clone, blocked);
    if (obstacles.length > 0) kept = await putAway(clone, head, obstacles);
  }
  throw backendError(
    'BUSY',
    'Something in the vault is written, again and again, that the remote has as well; try again when that is done',
  );
}

/** Keeps files that are in the way, ignored ones too, in a commit of their own, and removes them. @throws `ALREADY_EXISTS` */
async function putAway(
  clone: Clone,
  head: string | undefined,
  obstacles: readonly BackendPath[],
): Promise<string> {
  const { files } = clone;
  const etags = new Map<BackendPath, string | undefined>();
  for (const path of obstacles) {
    const info = isVaultPath(path) ? await files.stat(path, {}) : undefined;
    if (info?.fileType !== 'file') throw inTheWay([path]);
    etags.set(path, info.etag);
  }
  const tree = await snapshotTree(clone, head, obstacles);
  const commit = await commitTree(clone, tree, head === undefined ? [] : [head], 'What was in the way', {});
  const kept = await keep(clone, commit);
  for (const [path, ifMatch] of etags) await files.remove(path, { ifMatch });
  return kept;
}
