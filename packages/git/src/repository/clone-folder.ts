import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { backendError } from '@f9/core/driver';
import { branchRef, type Clone, remoteHeadOf } from '../clone/clone.ts';
import { StateFile } from '../clone/state-file.ts';
import { hasErrno } from '../errors.ts';
import { assertGitVersion } from '../process/git-version.ts';
import { branchesOf, branchMissing, defaultBranch, type RemoteBranches } from '../remote/branches.ts';
import { fetchRemote, noteAnswer } from '../remote/fetch.ts';
import { fillWorkTree } from '../worktree/checkout.ts';

/** f9's own folder in a clone. */
export function stateDirectoryOf(directory: string): string {
  return join(directory, '.git', 'f9');
}

/** Retries, since a git that outlived the process that started it may still write there until its folder is gone. */
const WHOLLY = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

/** The remote and the branch that a clone is of. */
export interface Origin {
  readonly remote: string;
  readonly branch: string;
}

/** The remote and the branch that are wanted; without a branch, the one of the clone that is there, else the remote's. */
type WantedOrigin = Pick<Origin, 'remote'> & { readonly branch: string | undefined };

/** The branch of an empty remote where none is named. */
const EMPTY_REMOTE_BRANCH = 'main';

/** The note of the origin, which exists once the clone is whole. */
function originFile(directory: string): StateFile<Origin> {
  return new StateFile(join(stateDirectoryOf(directory), 'origin'));
}

/**
 * Makes the clone in `directory`, unless it is there; gives its origin, also where no branch was named. The clone is made beside its
 * place and moved there in one step, so that an interruption leaves nothing.
 *
 * @param cloneAt the clone that would be in some folder
 * @throws `INVALID_ARGUMENT` if something else is there, and all that `fetchRemote` throws
 */
export async function ensureClone(
  directory: string,
  wanted: WantedOrigin,
  cloneAt: (directory: string, branch: string) => Clone,
  signal: AbortSignal | undefined,
): Promise<Origin> {
  const found = originOf(directory, wanted);
  if (found !== undefined) return found;
  const parent = dirname(directory);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent, directory);
  const building = join(
    parent,
    `.${basename(directory)}.f9-clone-${process.pid}-${randomBytes(4).toString('hex')}`,
  );
  try {
    const origin = await buildClone(building, wanted, cloneAt, signal);
    // The empty folder is removed first, since not every system replaces it.
    await rmdir(directory).catch(() => undefined);
    await rename(building, directory);
    return origin;
  } catch (error) {
    await rm(building, WHOLLY);
    // Another process made it first.
    const other = hasErrno(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') ? originOf(directory, wanted) : undefined;
    if (other !== undefined) return other;
    throw error;
  }
}

/** The origin of the clone in `directory`; `undefined` where there is none yet. @throws `INVALID_ARGUMENT`, `PERMISSION_DENIED` */
function originOf(directory: string, { remote, branch }: WantedOrigin): Origin | undefined {
  const found = originFile(directory).read();
  if (found === undefined) {
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw backendError(
        'INVALID_ARGUMENT',
        'The folder at path holds something that f9 did not clone; name an empty or a new folder',
      );
    }
    return undefined;
  }
  if (found.remote !== remote || (branch !== undefined && found.branch !== branch)) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The folder at path holds branch ${found.branch} of another remote, or another branch; name another folder`,
    );
  }
  const { uid } = lstatSync(join(directory, '.git'));
  if (process.getuid !== undefined && uid !== process.getuid()) {
    // git runs commands from a repository's configuration, so that nobody else may write it.
    throw backendError(
      'PERMISSION_DENIED',
      'The folder at path belongs to another user; name one of your own',
    );
  }
  return found;
}

async function buildClone(
  directory: string,
  wanted: WantedOrigin,
  cloneAt: (directory: string, branch: string) => Clone,
  signal: AbortSignal | undefined,
): Promise<Origin> {
  await mkdir(directory);
  const nameless = cloneAt(directory, wanted.branch ?? EMPTY_REMOTE_BRANCH);
  const { git } = nameless;
  await assertGitVersion(git);
  await git.run([
    'init',
    '--quiet',
    '--object-format=sha1',
    '--template=',
    `--initial-branch=${nameless.branch}`,
  ]);
  const offered = wanted.branch === undefined ? await branchesOf(nameless, signal) : undefined;
  const branch = wanted.branch ?? chooseBranch(nameless, offered!);
  const clone = cloneAt(directory, branch);
  if (branch !== nameless.branch) await git.run(['symbolic-ref', 'HEAD', branchRef(clone)]);
  await mkdir(stateDirectoryOf(directory));
  await mkdir(join(git.gitDirectory, 'info'), { recursive: true });
  // No committed attribute may change how bytes get in and out, or how they merge.
  await writeFile(
    join(git.gitDirectory, 'info', 'attributes'),
    '* -text -filter -ident -working-tree-encoding !eol !merge !diff\n',
  );
  await writeFile(join(git.gitDirectory, 'info', 'exclude'), '/.f9/\n');
  const origin = { remote: wanted.remote, branch };
  nameOrigin(git.gitDirectory, origin);
  if (offered?.names.length === 0) noteAnswer(clone);
  else await fillFromRemote(clone, signal);
  originFile(directory).write(origin);
  return origin;
}

async function fillFromRemote(clone: Clone, signal: AbortSignal | undefined): Promise<void> {
  await fetchRemote(clone, { signal });
  const head = remoteHeadOf(clone);
  if (head !== undefined) return await fillWorkTree(clone, head, { signal });
  const branches = await branchesOf(clone, signal);
  if (branches.names.length > 0) throw branchMissing(clone, branches, clone.branch);
}

function chooseBranch(clone: Clone, branches: RemoteBranches): string {
  if (branches.names.length === 0) return EMPTY_REMOTE_BRANCH;
  const branch = defaultBranch(branches);
  if (branch === undefined) throw branchMissing(clone, branches);
  return branch;
}

/** Names the remote for people who use git in the clone; f9 itself does not read it. */
function nameOrigin(gitDirectory: string, { remote, branch }: Origin): void {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const lines = [
    '[remote "origin"]',
    `\turl = ${quote(remote)}`,
    `\tfetch = ${quote(`+refs/heads/${branch}:refs/remotes/origin/${branch}`)}`,
    `[branch ${quote(branch)}]`,
    '\tremote = origin',
    `\tmerge = ${quote(`refs/heads/${branch}`)}`,
  ];
  appendFileSync(join(gitDirectory, 'config'), `${lines.join('\n')}\n`);
}

/** Removes half-made clones of killed processes beside the folder. */
async function removeLeftovers(parent: string, directory: string): Promise<void> {
  const prefix = `.${basename(directory)}.f9-clone-`;
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (isRunning(pid)) continue;
    await rm(join(parent, name), WHOLLY);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrno(error, 'EPERM');
  }
}
