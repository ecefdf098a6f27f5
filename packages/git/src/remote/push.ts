import { type FileBackendError, isFileBackendError } from '@f9/core';
import { backendError, pause } from '@f9/core/driver';
import { branchRef, type Clone, headOf, remoteHeadOf } from '../clone/clone.ts';
import { cleaned, explainExit, GitBackendError, GitExit } from '../errors.ts';
import { isAncestor, mergeRemote } from '../merge/merge.ts';
import type { GitRunOptions } from '../process/git-process.ts';
import { commitChanges } from '../worktree/commit.ts';
import { callRemote, REMOTE } from './call.ts';
import { fetchRemote } from './fetch.ts';
import { forgetRefused, noteRefused, remakeRefused } from './refused.ts';

/** Times that a push is tried while others keep pushing first. */
const PUSH_ATTEMPTS = 12;
/** Most milliseconds of a random wait, after the first try and after the last. */
const SHORTEST_PAUSE = 25;
const LONGEST_PAUSE = 2000;
/** Most characters of a remote's message in an error. */
const MOST_WORDS = 500;
/** Most paths that are named in one error. */
const MOST_NAMED = 5;

/**
 * Commits what is not committed and publishes all commits; where others pushed first, merges theirs.
 *
 * @throws `UNSUPPORTED` where git does not take some of the paths, once all others are published
 */
export async function pushBranch(
  clone: Clone,
  message: string | undefined,
  signal: AbortSignal | undefined,
  assertHeld: () => Promise<void>,
): Promise<void> {
  const options = { signal };
  for (let attempt = 1; attempt <= PUSH_ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    const { left } = await commitChanges(clone, message, options);
    // Another tool may have fetched, and so moved the ref of the remote's last commit.
    if (!(await continuesRemote(clone, options))) await mergeRemote(clone, signal);
    await remakeRefused(clone, message, options);
    const head = headOf(clone);
    await assertHeld();
    if (head === undefined || (await tryPush(clone, head, signal)) === 'done') {
      if (left.length > 0) throw leftOut(left);
      return;
    }
    await fetchRemote(clone, options);
    await mergeRemote(clone, signal);
    const longest = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** attempt);
    await pause(Math.random() * longest, signal);
  }
  throw new GitBackendError(
    'BUSY',
    'overtaken',
    `Cannot push to ${clone.remote.place}: others pushed first, ${PUSH_ATTEMPTS} times; the commits are safe here, push again`,
  );
}

/** Whether the branch holds everything that the remote was last seen at: only then may it replace that. */
async function continuesRemote(clone: Clone, options: GitRunOptions): Promise<boolean> {
  const [head, remote] = [headOf(clone), remoteHeadOf(clone)];
  return head === undefined || remote === undefined || (await isAncestor(clone, remote, head, options));
}

function leftOut(paths: readonly string[]): Error {
  const names = paths.slice(0, MOST_NAMED).map((path) => JSON.stringify(path));
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  return backendError(
    'UNSUPPORTED',
    `Everything is published but ${names.join(', ')}${more}, which git does not take as it is: it cannot be read, lies in a repository of its own, or .gitattributes give it another form there`,
    { path: paths[0]! },
  );
}

// Messages of servers where somebody else pushed first.
const OVERTAKEN =
  /\((fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|failed to lock|incorrect old value provided|reference already exists|remote ref is at)/;

/** Pushes once. @throws errors that trying again cannot help */
async function tryPush(
  clone: Clone,
  head: string,
  signal: AbortSignal | undefined,
): Promise<'done' | 'overtaken'> {
  const ref = branchRef(clone);
  const args = [
    'push',
    '--porcelain',
    '--progress',
    // Only if the remote is still where it was seen last, so that what was withdrawn there is not published again. `head` continues
    // it.
    `--force-with-lease=${ref}:${remoteHeadOf(clone) ?? ''}`,
    '--',
    REMOTE,
    `${head}:${ref}`,
  ];
  try {
    await callRemote(clone, args, signal);
    forgetRefused(clone);
    return 'done';
  } catch (error) {
    if (!(error instanceof GitExit)) throw error;
    const refusal = error.stdout.split('\n').find((line) => line.startsWith('!'));
    if (refusal !== undefined && OVERTAKEN.test(refusal)) return 'overtaken';
    if (refusal?.includes('[remote rejected]') === true) {
      noteRefused(clone, head);
      throw refused(clone, refusal, error.stderr);
    }
    const failure = explainExit(error, `push to ${clone.remote.place}`);
    // A push that is reported to have failed may have landed.
    if (failure.retryable && (await hasLanded(clone, head, signal))) return 'done';
    throw failure;
  }
}

async function hasLanded(clone: Clone, head: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await fetchRemote(clone, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (isFileBackendError(error)) return false;
    throw error;
  }
  const remote = remoteHeadOf(clone);
  return remote !== undefined && (await isAncestor(clone, head, remote, { signal }));
}

/** The error of a rule of the remote, with its message for the person who pushes. */
function refused({ remote: { place } }: Clone, refusal: string, stderr: string): FileBackendError {
  const [, why = 'it gives no reason'] = /\[remote rejected\] \((.*)\)/.exec(refusal) ?? [];
  const said = stderr
    .split('\n')
    .flatMap((line) => /^remote: (.*\S)/.exec(line)?.[1] ?? [])
    .join(' ');
  return new GitBackendError(
    'PERMISSION_DENIED',
    'refused',
    `Cannot push to ${place}: it refuses, ${cleaned(why)}${said === '' ? '' : ` ("${cleaned(said).slice(0, MOST_WORDS)}")`}; ` +
      'everything is safe here. Take out what it refuses and push again: the next commit is made without it',
  );
}
