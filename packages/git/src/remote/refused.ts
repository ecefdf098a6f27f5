import { type Clone, commitTree, headOf, moveBranch, remoteHeadOf, treeOf } from '../clone/clone.ts';
import { StateFile } from '../clone/state-file.ts';
import { EMPTY_TREE } from '../clone/trees.ts';
import { isAncestor } from '../merge/merge.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { describe } from '../worktree/commit.ts';
import { keep } from '../worktree/rescue.ts';

/** The note of the commit that a rule of the remote refused: as long as history holds it, no later commit gets through either. */
function noteOf({ stateDirectory }: Clone): StateFile<{ readonly commit: string }> {
  return new StateFile(`${stateDirectory}/refused`);
}

export function noteRefused(clone: Clone, commit: string): void {
  noteOf(clone).write({ commit });
}

/** Forgets the note once everything is published. */
export function forgetRefused(clone: Clone): void {
  noteOf(clone).remove();
}

/**
 * Rebuilds a commit that the remote refused, once something was changed since: the present state becomes one commit on the remote's,
 * and the old commits are kept under `refs/f9/rescue/`. Commits that somebody made with git stay as they are.
 */
export async function remakeRefused(
  clone: Clone,
  message: string | undefined,
  options: GitRunOptions,
): Promise<void> {
  const { git } = clone;
  const refused = noteOf(clone).read()?.commit;
  const [head, remote] = [headOf(clone), remoteHeadOf(clone)];
  // The same commit again: the rule may be another by now.
  if (refused === undefined || head === undefined || head === refused) return;
  if (await isAncestor(clone, refused, head, options)) {
    const range = remote === undefined ? [head] : [head, `^${remote}`];
    const committers = (await git.text(['log', '--format=%cn <%ce>', ...range, '--'], options)).split('\n');
    if (committers.some((committer) => committer !== clone.committer)) return;
    const tree = await treeOf(clone, head, options);
    const isNothing = remote !== undefined && tree === (await treeOf(clone, remote, options));
    const changed = (
      await git.text(['diff-tree', '-r', '-z', '--name-only', remote ?? EMPTY_TREE, head], options)
    )
      .split('\0')
      .filter(Boolean);
    const target = isNothing
      ? remote
      : await commitTree(
          clone,
          tree,
          remote === undefined ? [] : [remote],
          message ?? describe(clone, changed),
          options,
        );
    await keep(clone, head);
    await moveBranch(clone, head, target, 'make anew what the remote refused');
  }
  forgetRefused(clone);
}
