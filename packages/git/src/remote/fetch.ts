import { branchRef, type Clone, remoteHeadOf, trackingRef } from '../clone/clone.ts';
import { explainExit, GitBackendError, GitExit } from '../errors.ts';

/** Brings what the remote has into the clone, not into the working tree. @throws GitBackendError and others, see `explainExit` */
export async function fetchRemote(
  clone: Clone,
  { signal, force = false }: { readonly signal?: AbortSignal | undefined; readonly force?: boolean },
): Promise<void> {
  const { branch, depth, place } = clone;
  const isFirst = remoteHeadOf(clone) === undefined;
  const args = [
    'fetch',
    // Keeps the watch on silence awake.
    '--progress',
    '--no-tags',
    '--no-write-fetch-head',
    ...(isFirst && depth !== undefined ? [`--depth=${depth}`] : []),
    '--',
    REMOTE,
    // Without a plus git refuses what does not continue what was there: nobody loses sight of a history that was rewritten.
    `${force ? '+' : ''}${branchRef(clone)}:${trackingRef(clone)}`,
  ];
  try {
    await clone.git.run(args, { ...clone.network, signal });
  } catch (error) {
    if (!(error instanceof GitExit)) throw error;
    if (/\[rejected\]/.test(error.stderr)) throw historyRewritten(clone);
    // A branch that nobody has pushed to yet is nothing that went wrong.
    if (/couldn't find remote ref/.test(error.stderr) && isFirst) return;
    throw explainExit(error, `fetch branch ${branch} from ${place}`);
  }
}

/** The name under which git is told of the remote, call by call; what the clone's own configuration names is not used. */
export const REMOTE = 'f9';

/** Whether the remote has no branch at all. */
export async function isRemoteEmpty(
  { git, network, place }: Clone,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await git.run(['ls-remote', '--heads', '--', REMOTE], { ...network, signal })).length === 0;
  } catch (error) {
    throw error instanceof GitExit ? explainExit(error, `list the branches of ${place}`) : error;
  }
}

function historyRewritten({ place, branch }: Clone): GitBackendError {
  return new GitBackendError(
    'UNAVAILABLE',
    'history-rewritten',
    `Branch ${branch} of ${place} no longer continues what this vault got from it: it was force-pushed or replaced. ` +
      'What is here is safe; abandonLocalChanges() takes the remote as it is now',
    { retryable: false },
  );
}
