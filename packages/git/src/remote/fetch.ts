import { branchRef, type Clone, remoteHeadOf, trackingRef } from '../clone/clone.ts';
import { StateFile } from '../clone/state-file.ts';
import { explainExit, GitBackendError, GitExit } from '../errors.ts';
import { branchesOf, branchMissing } from './branches.ts';
import { callRemote, REMOTE } from './call.ts';

/** Brings what the remote has into the clone, not into the working tree. @throws GitBackendError and others, see `explainExit` */
export async function fetchRemote(
  clone: Clone,
  { signal, force = false }: { readonly signal?: AbortSignal | undefined; readonly force?: boolean },
): Promise<void> {
  const { branch, depth } = clone;
  const { place } = clone.remote;
  const isFirst = remoteHeadOf(clone) === undefined;
  const args = [
    'fetch',
    // Progress messages keep the watch on silence from ending git.
    '--progress',
    '--no-tags',
    '--no-write-fetch-head',
    ...(isFirst && depth !== undefined ? [`--depth=${depth}`] : []),
    '--',
    REMOTE,
    // Without a plus git refuses a history that does not continue the known one, so that a rewritten history is noticed.
    `${force ? '+' : ''}${branchRef(clone)}:${trackingRef(clone)}`,
  ];
  try {
    await callRemote(clone, args, signal);
    noteAnswer(clone);
  } catch (error) {
    if (!(error instanceof GitExit)) throw error;
    if (/\[rejected\]/.test(error.stderr)) throw historyRewritten(clone);
    if (/couldn't find remote ref/.test(error.stderr)) {
      noteAnswer(clone);
      // A branch that nobody has pushed to yet is no failure.
      if (isFirst) return;
      throw branchMissing(clone, await branchesOf(clone, signal), branch);
    }
    throw explainExit(error, `fetch branch ${branch} from ${place}`);
  }
}

/** Notes that the remote answered just now. */
export function noteAnswer(clone: Pick<Clone, 'stateDirectory'>): void {
  lastFetch(clone).write(new Date().toISOString());
}

/** The time when the remote last answered, by the clock of this host. */
export function lastFetch({ stateDirectory }: Pick<Clone, 'stateDirectory'>): StateFile<string> {
  return new StateFile(`${stateDirectory}/fetched`);
}

function historyRewritten({ remote: { place }, branch }: Clone): GitBackendError {
  return new GitBackendError(
    'HISTORY_REWRITTEN',
    'history-rewritten',
    `Branch ${branch} of ${place} no longer continues what this vault got from it: it was force-pushed, reset or replaced. ` +
      'What is here is safe; abandonLocalChanges() takes the remote as it is now, and keeps what is here under a ref',
  );
}
