import { rm, writeFile } from 'node:fs/promises';
import type { ConflictResolution } from '@f9/core';
import {
  type ByteSource,
  backendError,
  chunksOf,
  isWithin,
  normalizePath,
  type ResolveOptions,
} from '@f9/core/driver';
import { choicesOf } from '../clone/choices.ts';
import { type Clone, headOf, remoteHeadOf } from '../clone/clone.ts';
import type { TreeEntry } from '../clone/trees.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { commitChanges } from '../worktree/commit.ts';
import { type Conflict, conflictsBetween, type Merge } from './conflicts.ts';
import { mergeRemote } from './merge.ts';
import { withoutChoice } from './merged-tree.ts';

const NEW_FILE = '100644';
/** Bytes of one name, the limit that filesystems share. */
const MAX_NAME_BYTES = 255;

/**
 * Notes how the conflict at `path` is settled; once it was the last one, the merge is made.
 *
 * @throws `NOT_FOUND` where no conflict stands at `path`
 */
export async function resolveConflict(
  clone: Clone,
  path: string,
  resolution: ConflictResolution,
  { signal, assertMayWrite }: Pick<ResolveOptions, 'signal' | 'assertMayWrite'>,
): Promise<void> {
  // The caller settles the state that he sees, committed or not.
  await commitChanges(clone, undefined, { signal });
  const [head, remote] = [headOf(clone), remoteHeadOf(clone)];
  const merge: Merge =
    head === undefined || remote === undefined
      ? { tree: '', conflicts: [] }
      : await conflictsBetween(clone, head, remote, { signal });
  const conflict =
    merge.conflicts.find((candidate) => candidate.path === path) ??
    merge.conflicts.find(({ paths }) => paths.includes(path));
  if (conflict === undefined) {
    const message = `No conflict stands at ${JSON.stringify(path)}; conflictReport() lists those that do`;
    throw backendError('NOT_FOUND', message, { path });
  }
  const outcome = await outcomeOf(clone, merge.tree, conflict, resolution, { signal });
  for (const entry of outcome) assertMayWrite?.(normalizePath(entry.path));
  const known = choicesOf(clone).read() ?? {};
  const current = merge.conflicts.filter(({ key }) => known[key] !== undefined);
  const choices = {
    ...Object.fromEntries(current.map(({ key }) => [key, known[key]!])),
    [conflict.key]: outcome,
  };
  choicesOf(clone).write(choices);
  if (withoutChoice(merge.conflicts, choices).length === 0) await mergeRemote(clone, signal);
}

/** The files that replace a conflict. */
async function outcomeOf(
  clone: Clone,
  tree: string,
  conflict: Conflict,
  resolution: ConflictResolution,
  options: GitRunOptions,
): Promise<readonly TreeEntry[]> {
  const { local, remote, target } = conflict;
  if ('data' in resolution) {
    const mode = [...local, ...remote].find(({ path }) => path === target)?.mode ?? NEW_FILE;
    return [{ mode, oid: await storeBlob(clone, resolution.data, options), path: target }];
  }
  if (resolution.accept === 'local') return local;
  if (resolution.accept === 'remote') return remote;
  const collides = (path: string): boolean =>
    local.some((entry) => isWithin(entry.path, path) || isWithin(path, entry.path));
  if (!remote.some(({ path }) => collides(path))) return [...local, ...remote];
  const beside = await besidePath(clone, tree, target, options);
  return [
    ...local,
    ...remote.map((entry) =>
      isWithin(entry.path, target) ? { ...entry, path: beside + entry.path.slice(target.length) } : entry,
    ),
  ];
}

async function storeBlob(
  { git, stateDirectory }: Clone,
  data: ByteSource,
  options: GitRunOptions,
): Promise<string> {
  const file = `${stateDirectory}/resolution`;
  try {
    await writeFile(file, chunksOf(data));
    return await git.text(['hash-object', '-w', '--no-filters', '--', file], options);
  } finally {
    await rm(file, { force: true });
  }
}

/** `plan (remote).md`, or with a number if there is such a file. */
async function besidePath(
  { git }: Clone,
  tree: string,
  path: string,
  options: GitRunOptions,
): Promise<string> {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  const name = path.slice(directory.length);
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const args = ['ls-tree', '-z', '--name-only', '--full-tree', tree];
  const taken = (await git.run(directory === '' ? args : [...args, '--', directory], options))
    .toString()
    .split('\0');
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? ' (remote)' : ` (remote ${count})`;
    const candidate = `${directory}${shorten(stem, suffix + extension)}${suffix}${extension}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

/** As much of `stem` as leaves room for `rest` in one name. */
function shorten(stem: string, rest: string): string {
  let characters = [...stem];
  while (Buffer.byteLength(characters.join('') + rest) > MAX_NAME_BYTES) characters = characters.slice(0, -1);
  return characters.join('');
}
