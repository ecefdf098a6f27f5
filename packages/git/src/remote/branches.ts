import type { Clone } from '../clone/clone.ts';
import { explainExit, GitBackendError, GitExit } from '../errors.ts';
import { callRemote, REMOTE } from './call.ts';

/** Most branches that are named in an error. */
const MOST_NAMED = 10;

export interface RemoteBranches {
  /** The branch that its HEAD names; `undefined` where that one does not exist. */
  readonly main: string | undefined;
  readonly names: readonly string[];
}

/** Asks the remote for its branches. */
export async function branchesOf(clone: Clone, signal: AbortSignal | undefined): Promise<RemoteBranches> {
  try {
    const args = ['ls-remote', '--symref', '--', REMOTE, 'HEAD', 'refs/heads/*'];
    const lines = (await callRemote(clone, args, signal)).toString().split('\n');
    return {
      main: lines.flatMap((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1] ?? [])[0],
      names: lines.flatMap((line) => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []),
    };
  } catch (error) {
    throw error instanceof GitExit ? explainExit(error, `list the branches of ${clone.remote.place}`) : error;
  }
}

/** The branch to use where none is named; `undefined` where no single branch qualifies. */
export function defaultBranch({ main, names }: RemoteBranches): string | undefined {
  if (main !== undefined) return main;
  return names.length === 1 ? names[0] : ['main', 'master'].find((name) => names.includes(name));
}

/** The error of a named branch that does not exist, or of none where no single branch qualifies. */
export function branchMissing(
  { remote: { place } }: Clone,
  { names }: RemoteBranches,
  branch?: string,
): GitBackendError {
  const what = branch === undefined ? 'no branch that stands out' : `no branch ${branch}`;
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  const others = names.length === 0 ? 'none' : names.slice(0, MOST_NAMED).join(', ') + more;
  return new GitBackendError(
    'NOT_FOUND',
    'branch-missing',
    `${place} has ${what}; there are: ${others}. What is here is safe; name one of them as branch`,
  );
}
