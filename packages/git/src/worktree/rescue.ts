import { existsSync, readFileSync, rmSync } from 'node:fs';
import { branchRef, type Clone, commitTree, headOf, remoteHeadOf } from '../clone/clone.ts';
import { changesBetween, rewriteFiles } from './checkout.ts';
import { changedPaths, STATUS } from './status.ts';
import { isVaultPath } from './vault-path.ts';

/** Files that other tools leave in `.git` in the middle of a merge, a rebase, a cherry-pick, a revert or a bisection. */
const HALF_DONE = [
  'MERGE_HEAD',
  'MERGE_MSG',
  'MERGE_MODE',
  'MERGE_AUTOSTASH',
  'AUTO_MERGE',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'REBASE_HEAD',
  'SQUASH_MSG',
  'rebase-merge',
  'rebase-apply',
  'sequencer',
  'BISECT_LOG',
  'BISECT_START',
] as const;

const AUTOSTASHES = ['MERGE_AUTOSTASH', 'rebase-merge/autostash', 'rebase-apply/autostash'] as const;

/** Whether another tool left the clone on another branch or commit, or in the middle of something. */
export function isTakenAway(clone: Clone): boolean {
  return (
    currentRef(clone) !== branchRef(clone) ||
    HALF_DONE.some((name) => existsSync(`${clone.git.gitDirectory}/${name}`))
  );
}

/**
 * Takes the clone back from a tool that left it elsewhere or half done: the whole state becomes a commit under `refs/f9/rescue/`,
 * then the vault is at its branch again. Edits of files that the tool did not touch stay.
 */
export async function takeBack(clone: Clone): Promise<void> {
  const { git } = clone;
  const tip = headOf(clone) ?? remoteHeadOf(clone);
  const at = await git.textIfAny(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const [snapshot, unmerged] = [await snapshotTree(clone, at), await unmergedPaths(clone)];
  const touched = new Set([
    ...unmerged,
    ...(at === undefined ? [] : await names(clone, ['diff-index', '--cached', at])),
    ...(at === undefined || tip === undefined ? [] : await names(clone, ['diff-tree', '-r', at, tip])),
  ]);
  const rescued = await commitTree(
    clone,
    snapshot,
    at === undefined ? [] : [at],
    'What another tool left half done, or on another branch',
    {},
  );
  for (const commit of [rescued, ...autostashes(clone)]) await keep(clone, commit);
  if (tip !== undefined) {
    const changes = await changesBetween(clone, snapshot, tip);
    await rewriteFiles(
      clone,
      changes.filter(({ path }) => touched.has(path)),
    );
    await git.run(['update-ref', branchRef(clone), tip]);
  }
  await git.run(tip === undefined ? ['read-tree', '--empty'] : ['read-tree', '--reset', tip]);
  await git.run(['symbolic-ref', 'HEAD', branchRef(clone)]);
  for (const name of HALF_DONE) rmSync(`${git.gitDirectory}/${name}`, { recursive: true, force: true });
}

/** Commits of work that a tool set aside, and would have put back at its end. */
function autostashes({ git }: Clone): string[] {
  return AUTOSTASHES.map((name) => `${git.gitDirectory}/${name}`)
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim());
}

/** Keeps a commit under a ref, where it can be found and is never collected. */
export async function keep({ git }: Clone, commit: string): Promise<string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const ref = `refs/f9/rescue/${time}-${commit.slice(0, 8)}`;
  await git.run(['update-ref', ref, commit]);
  return ref;
}

/** The working tree as a tree, made in an index of its own; `more` names files that git ignores. */
export async function snapshotTree(
  { git, stateDirectory }: Clone,
  commit: string | undefined,
  more: readonly string[] = [],
): Promise<string> {
  const index = `${stateDirectory}/rescue-index`;
  const environment = { GIT_INDEX_FILE: index };
  try {
    await git.run(commit === undefined ? ['read-tree', '--empty'] : ['read-tree', commit], { environment });
    const status = (await git.run(STATUS, { environment })).toString();
    const input = [...changedPaths(status).filter(isVaultPath), ...more].join('\0');
    if (input !== '')
      await git.run(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
        environment,
        input,
      });
    return await git.text(['write-tree'], { environment });
  } finally {
    rmSync(index, { force: true });
  }
}

async function unmergedPaths({ git }: Clone): Promise<string[]> {
  const lines = (await git.run(['ls-files', '--unmerged', '-z'])).toString().split('\0');
  return lines.filter(Boolean).map((line) => line.slice(line.indexOf('\t') + 1));
}

async function names({ git }: Clone, diff: readonly string[]): Promise<string[]> {
  const [command, ...rest] = diff;
  return (await git.run([command!, '--name-only', '--no-renames', '-z', ...rest, '--']))
    .toString()
    .split('\0')
    .filter(Boolean);
}

/** The branch that is checked out; a commit where none is. */
function currentRef({ git }: Clone): string {
  return readFileSync(`${git.gitDirectory}/HEAD`, 'utf8')
    .trim()
    .replace(/^ref: /, '');
}
