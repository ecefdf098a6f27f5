import { branchRef, type Clone, trackingRef } from '../clone/clone.ts';

/** The name of the remote, given to git call by call; the clone's own configuration is not used. */
export const REMOTE = 'f9';

/** Runs a git command that talks to the remote. @throws GitExit and what `GitProcess.run` throws */
export async function callRemote(
  clone: Clone,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  return await clone.remote.call(clone.git, args, {
    signal,
    // Lets a push note the remote's new commit.
    config: [[`remote.${REMOTE}.fetch`, `${branchRef(clone)}:${trackingRef(clone)}`]],
  });
}
