import { rmSync } from 'node:fs';
import { type Choices, choicesOf } from '../clone/choices.ts';
import { type Clone, headOf, remoteHeadOf } from '../clone/clone.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { type Conflict, conflictsBetween, conflictsStand, type Merge } from './conflicts.ts';

/** The conflicts between the vault and what was last fetched, without those for which a choice was made. */
export async function openConflicts(clone: Clone, options: GitRunOptions): Promise<readonly Conflict[]> {
  const [head, remote] = [headOf(clone), remoteHeadOf(clone)];
  if (head === undefined || remote === undefined || head === remote) return [];
  const { conflicts } = await conflictsBetween(clone, head, remote, options);
  return withoutChoice(conflicts, choicesOf(clone).read() ?? {});
}

/** The tree that holds both sides. @throws SyncConflictError while conflicts stand for which no choice was made */
export async function mergedTree(
  clone: Clone,
  head: string,
  remote: string,
  options: GitRunOptions,
): Promise<string> {
  const merge = await conflictsBetween(clone, head, remote, options);
  const choices = choicesOf(clone).read() ?? {};
  const open = withoutChoice(merge.conflicts, choices);
  if (open.length > 0) throw conflictsStand(open);
  return merge.conflicts.length === 0 ? merge.tree : await applyChoices(clone, merge, choices, options);
}

/** The merged tree with every conflict replaced by its choice, made in an index of its own. */
async function applyChoices(
  { git, stateDirectory }: Clone,
  { tree, conflicts }: Merge,
  choices: Choices,
  options: GitRunOptions,
): Promise<string> {
  const index = `${stateDirectory}/merge-index`;
  const inIndex = { ...options, environment: { GIT_INDEX_FILE: index } };
  const removals = conflicts.flatMap(({ replaced }) =>
    replaced.map((path) => `0 ${'0'.repeat(40)}\t${path}`),
  );
  const additions = conflicts
    .flatMap(({ key }) => choices[key]!)
    .map(({ mode, oid, path }) => `${mode} ${oid}\t${path}`);
  try {
    await git.run(['read-tree', tree], inIndex);
    await git.run(['update-index', '-z', '--index-info'], {
      ...inIndex,
      input: `${[...removals, ...additions].join('\0')}\0`,
    });
    return await git.text(['write-tree'], inIndex);
  } finally {
    rmSync(index, { force: true });
  }
}

/** The conflicts that still stand. */
export function withoutChoice(conflicts: readonly Conflict[], choices: Choices): readonly Conflict[] {
  return conflicts.filter(({ key }) => choices[key] === undefined);
}
