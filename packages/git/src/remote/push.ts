import { setTimeout as sleep } from 'node:timers/promises';
import { type FileBackendError, isFileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';
import { branchRef, type Clone, headOf, remoteHeadOf } from '../clone/clone.ts';
import { explainExit, GitBackendError, GitExit } from '../errors.ts';
import { commonAncestor, mergeRemote } from '../merge/merge.ts';
import { commitChanges } from '../worktree/commit.ts';
import { fetchRemote, REMOTE } from './fetch.ts';

/** Times that a push is tried while others keep pushing first. */
const PUSH_ATTEMPTS = 12;
/** Milliseconds to wait at most, at random, after the first time and after the last. */
const SHORTEST_PAUSE = 25;
const LONGEST_PAUSE = 2000;
/** Characters of what a remote says that go into an error. */
const MOST_WORDS = 500;

/** Commits what is not committed and publishes all that is; others that push first are merged. */
export async function pushBranch(
  clone: Clone,
  message: string | undefined,
  signal: AbortSignal | undefined,
  assertHeld: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; attempt <= PUSH_ATTEMPTS; attempt++) {
    signal?.throwIfAborted();
    await commitChanges(clone, message, { signal });
    const head = headOf(clone);
    if (head === undefined) return;
    await assertHeld();
    if ((await tryPush(clone, head, signal)) === 'done') return;
    await fetchRemote(clone, { signal });
    await mergeRemote(clone, signal);
    const longest = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** attempt);
    await sleep(Math.random() * longest, undefined, signal === undefined ? {} : { signal });
  }
  throw new GitBackendError(
    'BUSY',
    'overtaken',
    `Cannot push to ${clone.place}: others pushed first, ${PUSH_ATTEMPTS} times; the commits are safe here, push again`,
  );
}

// What the server says when somebody else was quicker.
const OVERTAKEN =
  /\((fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|failed to lock|incorrect old value provided|reference already exists|remote ref is at)/;

/** @throws what cannot be helped by trying again */
async function tryPush(
  clone: Clone,
  head: string,
  signal: AbortSignal | undefined,
): Promise<'done' | 'overtaken'> {
  const args = ['push', '--porcelain', '--progress', '--', REMOTE, `${head}:${branchRef(clone)}`];
  try {
    await clone.git.run(args, { ...clone.network, signal });
    return 'done';
  } catch (error) {
    if (!(error instanceof GitExit)) throw error;
    const refusal = error.stdout.split('\n').find((line) => line.startsWith('!'));
    if (refusal !== undefined && OVERTAKEN.test(refusal)) return 'overtaken';
    if (refusal?.includes('[remote rejected]') === true) throw refused(clone, refusal, error.stderr);
    const failure = explainExit(error, `push to ${clone.place}`);
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
  return remote !== undefined && (await commonAncestor(clone, head, remote, { signal })) === head;
}

/** A rule of the remote: what it says of it is for the person who pushes. */
function refused({ place }: Clone, refusal: string, stderr: string): FileBackendError {
  const [, why = 'it gives no reason'] = /\[remote rejected\] \((.*)\)/.exec(refusal) ?? [];
  const said = stderr
    .split('\n')
    .flatMap((line) => /^remote: (.*\S)/.exec(line)?.[1] ?? [])
    .join(' ')
    .slice(0, MOST_WORDS);
  return backendError(
    'PERMISSION_DENIED',
    `Cannot push to ${place}: it refuses, ${why}${said === '' ? '' : ` ("${said}")`}; the commits are safe here`,
  );
}
