import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { backendError } from '@f9/core/driver';
import { type Clone, remoteHeadOf } from '../clone/clone.ts';
import { StateFile } from '../clone/state-file.ts';
import { GitBackendError, hasErrno } from '../errors.ts';
import { assertGitVersion } from '../process/git-version.ts';
import { fetchRemote, isRemoteEmpty } from '../remote/fetch.ts';
import { checkOutNote } from '../worktree/checkout.ts';

/** f9's own folder in a clone. */
export function stateDirectoryOf(directory: string): string {
  return join(directory, '.git', 'f9');
}

/** A git that outlived whoever started it may still write there, until it finds its folder gone. */
const WHOLLY = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

/** What a clone is of. */
interface Origin {
  readonly remote: string;
  readonly branch: string;
}

/** There since the clone was whole. */
function originFile(directory: string): StateFile<Origin> {
  return new StateFile(join(stateDirectoryOf(directory), 'origin'));
}

/**
 * Makes the clone in `directory`, unless it is there. It comes into being in one step, beside its place: whoever is interrupted leaves
 * nothing there.
 *
 * @param cloneAt the clone that would be in some folder
 * @throws `INVALID_ARGUMENT` if something else is there, and all that `fetchRemote` throws
 */
export async function ensureClone(
  directory: string,
  origin: Origin,
  cloneAt: (directory: string) => Clone,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (isOurs(directory, origin)) return;
  const parent = dirname(directory);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent, directory);
  const building = join(
    parent,
    `.${basename(directory)}.f9-clone-${process.pid}-${randomBytes(4).toString('hex')}`,
  );
  try {
    await buildClone(cloneAt(building), origin, signal);
    // Where there is an empty folder; not every system lets it be replaced.
    await rmdir(directory).catch(() => undefined);
    await rename(building, directory);
  } catch (error) {
    await rm(building, WHOLLY);
    // Another process was quicker.
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') && isOurs(directory, origin)) return;
    throw error;
  }
}

/** @throws `INVALID_ARGUMENT`, `PERMISSION_DENIED` */
function isOurs(directory: string, { remote, branch }: Origin): boolean {
  const found = originFile(directory).read();
  if (found === undefined) {
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw backendError(
        'INVALID_ARGUMENT',
        'The folder at path holds something that f9 did not clone; name an empty or a new folder',
      );
    }
    return false;
  }
  if (found.remote !== remote || found.branch !== branch) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The folder at path holds branch ${found.branch} of another remote, or another branch; name another folder`,
    );
  }
  const { uid } = lstatSync(join(directory, '.git'));
  if (process.getuid !== undefined && uid !== process.getuid()) {
    // git runs what the configuration of a repository says; here nobody else may say it.
    throw backendError(
      'PERMISSION_DENIED',
      'The folder at path belongs to another user; name one of your own',
    );
  }
  return true;
}

async function buildClone(clone: Clone, origin: Origin, signal: AbortSignal | undefined): Promise<void> {
  const { git, branch, place } = clone;
  await mkdir(git.directory);
  await assertGitVersion(git);
  await git.run(['init', '--quiet', '--object-format=sha1', '--template=', `--initial-branch=${branch}`]);
  await mkdir(stateDirectoryOf(git.directory));
  await mkdir(join(git.gitDirectory, 'info'), { recursive: true });
  // Nothing that is committed changes how bytes get in and out, or how they merge.
  await writeFile(
    join(git.gitDirectory, 'info', 'attributes'),
    '* -text -filter -ident -working-tree-encoding !eol !merge !diff\n',
  );
  await writeFile(join(git.gitDirectory, 'info', 'exclude'), '/.f9/\n');
  nameOrigin(git.gitDirectory, origin);
  await fetchRemote(clone, { signal });
  const head = remoteHeadOf(clone);
  if (head !== undefined) {
    // The files come in by the check-out that this asks for.
    checkOutNote(clone).write({ from: null, to: head });
  } else if (!(await isRemoteEmpty(clone, signal))) {
    throw new GitBackendError(
      'UNAVAILABLE',
      'branch-missing',
      `There is no branch ${branch} in ${place}; check branch`,
      { retryable: false },
    );
  }
  originFile(git.directory).write(origin);
}

/** For people who use git in the clone; f9 itself does not read it. */
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

/** What processes that were killed while they cloned left beside the folder. */
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
