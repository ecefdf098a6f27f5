import { createHash } from 'node:crypto';
import type { ConflictKind, ConflictSide, ConflictStatus, SyncConflict } from '@f9/core';
import { backendError, isWithin } from '@f9/core/driver';
import type { Clone } from '../clone/clone.ts';
import { GITLINK, listTree, type TreeEntry } from '../clone/trees.ts';
import type { GitProcess, GitRunOptions } from '../process/git-process.ts';
import { type MergeMessage, mergeTree, type StagedEntry } from './merge-tree.ts';

// Conflicts are derived from two commits, never stored: the working tree stays clean, and a crash leaves nothing half merged.

/** A conflict, and all that is needed to settle it. */
export interface Conflict {
  /** The path of the local version, if there is one. */
  readonly path: string;
  readonly kind: ConflictKind;
  readonly status: ConflictStatus;
  /** Every name of the conflict's file. */
  readonly paths: readonly string[];
  /** The path of the merged file; another one than `path` where the remote renamed it. */
  readonly target: string;
  readonly base: TreeEntry | undefined;
  /** The files of each side; several where one side has a directory. */
  readonly local: readonly TreeEntry[];
  readonly remote: readonly TreeEntry[];
  /** Paths in the merged tree that the outcome replaces. */
  readonly replaced: readonly string[];
  /** Stays the same as long as both sides do. */
  readonly key: string;
}

export interface Merge {
  /** With conflicts it holds files with marker text. */
  readonly tree: string;
  readonly conflicts: readonly Conflict[];
}

/** Kinds by git's messages; the first message counts. */
const KINDS: readonly (readonly [type: string, kind: ConflictKind])[] = [
  ['CONFLICT (file/directory)', 'file/directory'],
  ['CONFLICT (rename/rename)', 'rename/rename'],
  ['CONFLICT (rename/delete)', 'rename/delete'],
  ['CONFLICT (modify/delete)', 'modify/delete'],
  ['CONFLICT (binary)', 'binary'],
];

/** Statuses by the stages of a path. */
const STATUSES: Readonly<Record<string, ConflictStatus>> = {
  '123': 'UU',
  '23': 'AA',
  '12': 'UD',
  '13': 'DU',
  '2': 'AU',
  '3': 'UA',
  '1': 'DD',
};

/** Merges two commits, and gives the conflicts. */
export async function conflictsBetween(
  { git }: Clone,
  head: string,
  remote: string,
  options: GitRunOptions,
): Promise<Merge> {
  const { tree, stages, messages } = await mergeTree(git, head, remote, options);
  if (stages.length === 0) return { tree, conflicts: [] };
  // git moves a file that is in the way of a directory aside, to a name with the commit in it.
  const aside = new RegExp(`~(?:${head}|${remote})(?:_\\d+)?$`);
  const named = (path: string): string => path.replace(aside, '');
  const renames = await renamesOf(git, head, remote, options);
  const conflicts: Conflict[] = [];
  for (const names of groupNames(stages, messages, named)) {
    const types = new Set(
      messages.filter(({ paths }) => paths.some((path) => names.has(named(path)))).map(({ type }) => type),
    );
    const own = stages.filter(({ path }) => names.has(named(path)));
    const entries = own.map((entry) => ({ ...entry, path: named(entry.path) }));
    const kind = KINDS.find(([type]) => types.has(type))?.[1] ?? 'content';
    const target = kind === 'file/directory' ? outermost(names) : mainName(entries);
    const side = async (stage: 2 | 3, commit: string): Promise<TreeEntry[]> => {
      const staged = entries.filter((entry) => entry.stage === stage).map(withoutStage);
      if (kind !== 'file/directory') return staged;
      return [
        ...staged.filter(({ path }) => !isWithin(path, target)),
        ...(await listTree(git, commit, target, options)),
      ];
    };
    const [local, theirs] = [await side(2, head), await side(3, remote)];
    const renamedThere = renames.remote.get(target);
    for (const before of [renames.local.get(target), renamedThere])
      if (before !== undefined) names.add(before);
    const isHere = renamedThere === undefined || (await listTree(git, head, target, options)).length > 0;
    const path = isHere ? target : renamedThere;
    const base = entries.find(({ stage }) => stage === 1);
    conflicts.push({
      path,
      kind,
      status: STATUSES[stagesAt(entries, target)] ?? 'UU',
      paths: [path, ...[...names].filter((name) => name !== path)],
      target,
      base: base && withoutStage(base),
      local,
      remote: theirs,
      replaced: [...new Set([...own, ...local, ...theirs].map((entry) => entry.path).concat([...names]))],
      key: createHash('sha256')
        .update(JSON.stringify([target, local, theirs]))
        .digest('hex'),
    });
  }
  return { tree, conflicts };
}

/** A conflict as users get to see it. */
export function describeConflict({ git }: Clone, conflict: Conflict): SyncConflict {
  const { path, status, kind, paths } = conflict;
  return {
    path,
    status,
    kind,
    paths,
    read: async (side) => {
      const entry = versionOf(conflict, side);
      return entry === undefined ? undefined : await git.run(['cat-file', 'blob', entry.oid]);
    },
  };
}

function versionOf({ target, base, local, remote }: Conflict, side: ConflictSide): TreeEntry | undefined {
  const entries = side === 'base' ? (base === undefined ? [] : [base]) : side === 'local' ? local : remote;
  // A rename has a name on each side; a directory has no single version.
  const entry =
    entries.find(({ path }) => path === target) ?? (entries.length === 1 ? entries[0] : undefined);
  if (entry === undefined || entry.mode === GITLINK) return undefined;
  return isWithin(entry.path, target) && entry.path !== target ? undefined : entry;
}

/** The error of going on while conflicts stand. */
export function conflictsStand(conflicts: readonly Conflict[]): Error {
  const paths = conflicts.map(({ path }) => JSON.stringify(path));
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return backendError(
    'SYNC_CONFLICT',
    `Both this vault and the remote changed ${paths.slice(0, 5).join(', ')}${more}; conflictReport() shows how, ` +
      'conflictAcceptLocal(), conflictAcceptRemote(), conflictKeepBoth() and conflictResolve() settle it',
    conflicts.length === 1 ? { path: conflicts[0]!.path } : {},
  );
}

/** Groups of names that belong together: those of one message, and those below a directory that a file is in the way of. */
function groupNames(
  stages: readonly StagedEntry[],
  messages: readonly MergeMessage[],
  named: (path: string) => string,
): Set<string>[] {
  let groups: Set<string>[] = [];
  const join = (names: readonly string[], belongs: (name: string) => boolean): void => {
    const joined = groups.filter((group) => [...group].some(belongs));
    groups = groups.filter((group) => !joined.includes(group));
    groups.push(new Set([...names, ...joined.flatMap((group) => [...group])]));
  };
  for (const { path } of stages) join([named(path)], (name) => name === named(path));
  for (const { type, paths } of messages.filter((message) => message.type.startsWith('CONFLICT'))) {
    const names = paths.map(named);
    const isDirectory = type === 'CONFLICT (file/directory)';
    join(names, (name) => names.some((other) => (isDirectory ? isWithin(name, other) : name === other)));
  }
  return groups;
}

/** The path of the outcome: our name, or theirs where we have none. */
function mainName(entries: readonly StagedEntry[]): string {
  const byStage = (stage: number): StagedEntry | undefined => entries.find((entry) => entry.stage === stage);
  return (byStage(2) ?? byStage(3) ?? entries[0]!).path;
}

function outermost(names: ReadonlySet<string>): string {
  return (
    [...names].find((name) => [...names].every((other) => isWithin(other, name))) ?? [...names].sort()[0]!
  );
}

function stagesAt(entries: readonly StagedEntry[], path: string): string {
  const stages = new Set(entries.filter((entry) => entry.path === path).map(({ stage }) => stage));
  return [...stages].sort().join('');
}

function withoutStage({ mode, oid, path }: StagedEntry): TreeEntry {
  return { mode, oid, path };
}

/** For each side, the former names of renamed files. */
async function renamesOf(
  git: GitProcess,
  head: string,
  remote: string,
  options: GitRunOptions,
): Promise<Record<'local' | 'remote', Map<string, string>>> {
  const base = await git.textIfAny(['merge-base', head, remote], options);
  const since = async (commit: string): Promise<Map<string, string>> => {
    if (base === undefined) return new Map();
    const args = ['diff-tree', '-r', '-z', '-M', '--name-status', '--diff-filter=R', base, commit];
    const fields = (await git.run(args, options)).toString().split('\0');
    const renames = new Map<string, string>();
    for (let index = 0; index + 2 < fields.length; index += 3)
      renames.set(fields[index + 2]!, fields[index + 1]!);
    return renames;
  };
  return { local: await since(head), remote: await since(remote) };
}
