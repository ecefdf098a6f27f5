import { lstatSync, type Stats } from 'node:fs';
import type { BackendDriver } from '@f9/core/driver';
import { hasErrno } from '../errors.ts';
import type { GitProcess, GitRunOptions } from '../process/git-process.ts';
import type { DirtyJournal } from './dirty-journal.ts';
import type { Gitlinks } from './gitlinks.ts';
import { looseCommit } from './loose-commit.ts';
import { readRef } from './refs.ts';

/** A clone on this disk, as all the parts that work on it see it. */
export interface Clone {
  readonly git: GitProcess;
  /** The working tree. */
  readonly files: BackendDriver;
  readonly journal: DirtyJournal;
  readonly gitlinks: Gitlinks;
  /** f9's own folder inside `.git`. */
  readonly stateDirectory: string;
  readonly branch: string;
  /** The name and address in commits: `f9 <f9@localhost>`. */
  readonly committer: string;
  /** The message of commits for which the caller gives none. */
  readonly commitMessage: string | undefined;
  readonly remote: Remote;
  /** Commits of history to fetch; `undefined` for all. */
  readonly depth: number | undefined;
  /** Whether files survive a power cut before they are committed. */
  readonly isDurable: boolean;
}

/** A remote, as the parts that talk to it see it. */
export interface Remote {
  /** For messages: `github.com`. */
  readonly place: string;
  /** Runs a git command that talks to the remote, with what it takes to reach it and to log in. */
  call(
    git: GitProcess,
    args: readonly string[],
    options: Pick<GitRunOptions, 'signal' | 'config'>,
  ): Promise<Buffer>;
}

export function branchRef({ branch }: Pick<Clone, 'branch'>): string {
  return `refs/heads/${branch}`;
}

/** The ref of the remote's commit when it was last seen. */
export function trackingRef({ branch }: Pick<Clone, 'branch'>): string {
  return `refs/remotes/origin/${branch}`;
}

/** The commit that the vault is at; `undefined` before the first. */
export function headOf(clone: Clone): string | undefined {
  return readRef(clone.git.gitDirectory, branchRef(clone));
}

/** The remote's commit when it was last seen. */
export function remoteHeadOf(clone: Clone): string | undefined {
  return readRef(clone.git.gitDirectory, trackingRef(clone));
}

export async function treeOf({ git }: Clone, commit: string, options: GitRunOptions): Promise<string> {
  return (
    looseCommit(git.gitDirectory, commit)?.tree ??
    (await git.text(['rev-parse', `${commit}^{tree}`], options))
  );
}

/** Makes a commit of a tree that is already stored. Nothing refers to it yet. */
export async function commitTree(
  { git }: Clone,
  tree: string,
  parents: readonly string[],
  message: string,
  options: GitRunOptions,
): Promise<string> {
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
  return await git.text(args, { ...options, input: message });
}

/** Moves the branch, if it still is where it was. */
export async function moveBranch(
  clone: Clone,
  from: string | undefined,
  to: string,
  why: string,
): Promise<void> {
  // All zeros: the branch must not exist yet.
  const expected = from ?? '0'.repeat(to.length);
  await clone.git.run(['update-ref', '-m', `f9: ${why}`, branchRef(clone), to, expected]);
}

export function hostPath({ git }: Clone, path: string): string {
  return `${git.directory}/${path}`;
}

/** The stats of a path itself, symlinks not followed; `undefined` where nothing is. */
export function lookAt(clone: Clone, path: string): Stats | undefined {
  try {
    return lstatSync(hostPath(clone, path), { throwIfNoEntry: false });
  } catch (error) {
    // A file is where a directory would have to be.
    if (hasErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
