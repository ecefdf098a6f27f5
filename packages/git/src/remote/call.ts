import { branchRef, type Clone, trackingRef } from '../clone/clone.ts';

/** The name under which git is told of the remote, call by call; what the clone's own configuration names is not used. */
export const REMOTE = 'f9';

/** Runs a git command that talks to the remote. @throws GitExit and what `GitProcess.run` throws */
export async function callRemote(
  clone: Clone,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  return await clone.remote.call(clone.git, args, {
    signal,
    // So that a push moves what is known of the remote.
    config: [[`remote.${REMOTE}.fetch`, `${branchRef(clone)}:${trackingRef(clone)}`]],
  });
}
