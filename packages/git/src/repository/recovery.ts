import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { pause } from '@f9/core/driver';
import { branchRef, type Clone, headOf, remoteHeadOf, trackingRef } from '../clone/clone.ts';
import { GitExit, hasErrno } from '../errors.ts';
import { checkOutNote, finishCheckOut } from '../worktree/checkout.ts';
import { isTakenAway, takeBack } from '../worktree/rescue.ts';

/** Milliseconds after which a lock file that no process is seen to use counts as left behind. */
const LOCK_AGE = process.platform === 'linux' ? 1000 : 10_000;
/** Milliseconds to wait for processes that a killed one left running. */
const PATIENCE = 15_000;

/** The marker that exists while somebody holds the vault, and remains if they were killed. */
export function markerOf({ stateDirectory }: Pick<Clone, 'stateDirectory'>): string {
  return `${stateDirectory}/in-use`;
}

/** Whether there is something to recover from; costs a few looks at the disk. */
export function needsRecovery(clone: Clone): boolean {
  return (
    existsSync(markerOf(clone)) ||
    existsSync(`${clone.git.gitDirectory}/index.lock`) ||
    existsSync(`${clone.stateDirectory}/merge-index.lock`) ||
    checkOutNote(clone).read() !== undefined ||
    isTakenAway(clone)
  );
}

/** Brings a clone back in order, whatever happened to it. The vault is held. */
export async function recover(clone: Clone, signal: AbortSignal | undefined): Promise<void> {
  await removeLeftLocks(clone, signal);
  await repairObjects(clone);
  if (isTakenAway(clone)) await takeBack(clone);
  await finishCheckOut(clone);
}

/** Removes locks and half-written files of git processes that are gone; waits for processes that still run. */
async function removeLeftLocks(clone: Clone, signal: AbortSignal | undefined): Promise<void> {
  const { directory } = clone.git;
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline) {
    const left = temporaryFiles(clone);
    if (left.length === 0 && !isInUse(directory)) return;
    const youngest = Math.max(
      0,
      ...left.map((path) => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0),
    );
    if (Date.now() - youngest > LOCK_AGE && !isInUse(directory)) {
      for (const path of left) rmSync(path, { recursive: true, force: true });
      return;
    }
    await pause(50, signal);
  }
}

function temporaryFiles({ git: { gitDirectory }, stateDirectory }: Clone): string[] {
  const found: string[] = [];
  const look = (directory: string, isTemporary: (name: string) => boolean, deep: boolean): void => {
    for (const entry of entriesOf(directory)) {
      const path = `${directory}/${entry.name}`;
      if (isTemporary(entry.name)) found.push(path);
      else if (deep && entry.isDirectory()) look(path, isTemporary, true);
    }
  };
  const isLock = (name: string): boolean => name.endsWith('.lock');
  const isIndex = (name: string): boolean => /-index(\.lock)?$/.test(name);
  const isPart = (name: string): boolean => /^(tmp_|\.tmp-)/.test(name);
  look(gitDirectory, isLock, false);
  look(`${gitDirectory}/refs`, isLock, true);
  look(`${gitDirectory}/logs`, isLock, true);
  look(`${gitDirectory}/objects`, isPart, true);
  look(stateDirectory, isIndex, false);
  return found;
}

/** Whether a git process works in `directory`, where the system tells. */
function isInUse(directory: string): boolean {
  if (process.platform !== 'linux') return false;
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === directory &&
        readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('git')
      );
    } catch {
      return false;
    }
  });
}

/**
 * Removes files of no length, which a power cut can leave in place of objects, refs or the index, and which git notices only when it
 * needs them. The working tree still has everything that was lost: the branch goes back to its last whole commit, and the next commit
 * holds the rest.
 */
async function repairObjects(clone: Clone): Promise<void> {
  const { git } = clone;
  const empty = emptyFiles(git.gitDirectory, branchRef(clone), trackingRef(clone));
  if (empty.length === 0) return;
  for (const path of empty) rmSync(path, { force: true });
  const tracked = remoteHeadOf(clone);
  // Without the ref the next fetch brings everything again.
  if (tracked !== undefined && !(await isWhole(clone, tracked)))
    await git.run(['update-ref', '-d', trackingRef(clone)]);
  const tip = await lastWholeCommit(clone);
  if (tip !== headOf(clone)) {
    const ref = branchRef(clone);
    await git.run(tip === undefined ? ['update-ref', '-d', ref] : ['update-ref', ref, tip]);
    // The reflog names commits that are lost.
    await git.run(['reflog', 'expire', '--expire=all', '--all']);
  }
  await git.run(tip === undefined ? ['read-tree', '--empty'] : ['read-tree', '--reset', tip]);
}

async function lastWholeCommit(clone: Clone): Promise<string | undefined> {
  const candidates = new Set([headOf(clone), ...reflogOf(clone), remoteHeadOf(clone)]);
  for (const commit of candidates) {
    if (commit !== undefined && (await isWhole(clone, commit))) return commit;
  }
  return undefined;
}

/** Whether everything that a commit is made of is there. */
async function isWhole({ git }: Clone, commit: string): Promise<boolean> {
  try {
    await git.run(['rev-list', '--objects', '--quiet', commit, '--']);
    return true;
  } catch (error) {
    if (error instanceof GitExit) return false;
    throw error;
  }
}

/** Former commits of the branch, newest first. */
function reflogOf(clone: Clone): string[] {
  try {
    const lines = readFileSync(`${clone.git.gitDirectory}/logs/${branchRef(clone)}`, 'utf8').split('\n');
    return lines.flatMap((line) => /^[0-9a-f]+ ([0-9a-f]+) /.exec(line)?.[1] ?? []).reverse();
  } catch {
    return [];
  }
}

function emptyFiles(gitDirectory: string, ...refs: readonly string[]): string[] {
  const loose = entriesOf(`${gitDirectory}/objects`)
    .filter(({ name }) => /^[0-9a-f]{2}$/.test(name))
    .flatMap(({ name }) =>
      entriesOf(`${gitDirectory}/objects/${name}`).map(
        (entry) => `${gitDirectory}/objects/${name}/${entry.name}`,
      ),
    );
  const candidates = [...loose, ...refs.map((ref) => `${gitDirectory}/${ref}`), `${gitDirectory}/index`];
  return candidates.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.size === 0);
}

function entriesOf(directory: string): { readonly name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
