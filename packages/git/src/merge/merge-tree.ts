import type { TreeEntry } from '../clone/trees.ts';
import { GitExit } from '../errors.ts';
import type { GitProcess, GitRunOptions } from '../process/git-process.ts';

/** 1 is the common ancestor, 2 ours, 3 theirs. */
export interface StagedEntry extends TreeEntry {
  readonly stage: 1 | 2 | 3;
}

export interface MergeMessage {
  readonly paths: readonly string[];
  /** Stable, for programs: `CONFLICT (modify/delete)`. */
  readonly type: string;
}

export interface MergeResult {
  /** The merged tree. With conflicts it holds marker text, which nobody must ever see. */
  readonly tree: string;
  /** Empty where everything merged. */
  readonly stages: readonly StagedEntry[];
  readonly messages: readonly MergeMessage[];
}

/** Merges two commits without touching index or working tree. */
export async function mergeTree(
  git: GitProcess,
  ours: string,
  theirs: string,
  options: GitRunOptions,
): Promise<MergeResult> {
  const args = [
    'merge-tree',
    '--write-tree',
    '-z',
    '--messages',
    // Both sides may have begun with an empty remote.
    '--allow-unrelated-histories',
    ours,
    theirs,
  ];
  try {
    return parseMergeTree((await git.run(args, options)).toString());
  } catch (error) {
    if (error instanceof GitExit && error.exitCode === 1) return parseMergeTree(error.stdout);
    throw error;
  }
}

/** Reads `merge-tree --write-tree -z --messages`: tree, stages, an empty field, then messages by number of paths. */
function parseMergeTree(output: string): MergeResult {
  const fields = output.split('\0');
  const tree = fields[0]!;
  const stages: StagedEntry[] = [];
  let index = 1;
  for (; index < fields.length && fields[index] !== ''; index++) {
    const [, mode, oid, stage, path] = /^(\d+) ([0-9a-f]+) ([123])\t(.*)$/s.exec(fields[index]!) ?? [];
    if (path === undefined) throw new Error('git merge-tree answered in an unknown form');
    stages.push({ mode: mode!, oid: oid!, stage: Number(stage) as 1 | 2 | 3, path });
  }
  const messages: MergeMessage[] = [];
  for (index++; index + 1 < fields.length; ) {
    const end = index + 1 + Number(fields[index]);
    messages.push({ paths: fields.slice(index + 1, end), type: fields[end]! });
    // Words for people follow the type.
    index = end + 2;
  }
  return { tree, stages, messages };
}
