import { resolve } from 'node:path';
import type { BackendOptions } from '@f9/core';
import { assertBackendOptions, backendError } from '@f9/core/driver';
import type { Durability } from '@f9/local';
import type { GitIdentity } from './process/environment.ts';
import { parseRemote, type RemoteAddress } from './remote/address.ts';
import { assertBranchName } from './remote/branch-name.ts';
import type { Credentials } from './remote/credentials.ts';
import { defaultFolder } from './remote/default-folder.ts';

/** The repository, the login, and the times to pull and push. */
export interface GitSyncFileBackendOptions extends BackendOptions {
  /**
   * The address of the repository: `https://…`, `ssh://…`, `git@host:owner/repository.git`, `file:///…` or an absolute path. A secret
   * in it is not kept.
   */
  readonly remoteUrl: string;
  /** The folder of the clone: new, empty, or one that f9 cloned. Default: one per remote, user and branch in the user's data folder. */
  readonly path?: string;
  /** The branch. Default: the one that the remote's HEAD names; in an empty repository `main`, which the first push makes. */
  readonly branch?: string;
  /** The name of the author and committer. Default `f9`. */
  readonly authorName?: string;
  /** The email address of the author and committer. Default `f9@localhost`. */
  readonly authorEmail?: string;
  /** The user to log in as. Default: the one in the URL; for ssh `git`. */
  readonly username?: string;
  /** A password or a token, for https. */
  readonly password?: string;
  /**
   * `'git'`: where no password is given and the remote wants one, git's own credential helpers are asked for it (https). Default
   * `'none'`: they are not.
   */
  readonly credentials?: 'git' | 'none';
  /** The private key to log in with over ssh. Default: those of the agent, and ssh's own defaults. */
  readonly sshKeyPath?: string;
  /** The known_hosts file that names the server. Default: the user's own. */
  readonly knownHosts?: string;
  /** Trust an ssh server that was never seen before, and remember its key. Default false. */
  readonly acceptNewHostKey?: boolean;
  /** Pull before reads, and at the start of a session. Default false. */
  readonly autoPull?: boolean;
  /** Commit and push after writes, and at the end of a session. Default false. */
  readonly autoPush?: boolean;
  /** Milliseconds for which `autoPull` takes the last pull for recent enough. Default 0. */
  readonly maxStale?: number;
  /** Commits of history to clone. Default: all. */
  readonly depth?: number;
  /** The message of commits that are given none. Default: which file changed, or how many. */
  readonly commitMessage?: string;
  /** Milliseconds that the remote may be silent before it is given up. Default 60,000. */
  readonly timeout?: number;
  /**
   * `'fsync'`: an acknowledged write survives a power cut. `'none'`: it survives one only once it is committed, and before that a
   * crash of the process. Default `'none'`.
   */
  readonly durability?: Durability;
  /** Allow `http://` and `git://`, which everybody on the way can read and change. Default false. */
  readonly allowInsecure?: boolean;
}

/** The options, checked and complete. */
export interface GitSettings extends GitIdentity {
  readonly address: RemoteAddress;
  readonly directory: string;
  /** The branch; `undefined` means that of the clone that is there, else of the remote. */
  readonly branch: string | undefined;
  readonly credentials: Credentials;
  readonly autoPull: boolean;
  readonly autoPush: boolean;
  readonly maxStale: number;
  readonly depth: number | undefined;
  readonly commitMessage: string | undefined;
  readonly timeout: number;
  readonly durability: Durability;
}

const DEFAULT_TIMEOUT = 60_000;

const NAMES = Object.keys({
  remoteUrl: true,
  path: true,
  branch: true,
  authorName: true,
  authorEmail: true,
  username: true,
  password: true,
  credentials: true,
  sshKeyPath: true,
  knownHosts: true,
  acceptNewHostKey: true,
  autoPull: true,
  autoPush: true,
  maxStale: true,
  depth: true,
  commitMessage: true,
  timeout: true,
  durability: true,
  allowInsecure: true,
} satisfies Record<Exclude<keyof GitSyncFileBackendOptions, keyof BackendOptions>, true>);

/** @throws `INVALID_ARGUMENT` */
export function toSettings(options: GitSyncFileBackendOptions): GitSettings {
  assertBackendOptions(options, NAMES);
  const { branch, authorName = 'f9', authorEmail = 'f9@localhost', depth, path } = options;
  const { maxStale = 0, timeout = DEFAULT_TIMEOUT, durability = 'none' } = options;
  if (branch !== undefined) assertBranchName(branch);
  assertPerson('authorName', authorName);
  assertPerson('authorEmail', authorEmail);
  if (!(maxStale >= 0)) throw invalid('maxStale', 'a number of milliseconds, 0 or more');
  if (!(timeout > 0)) throw invalid('timeout', 'a number of milliseconds, more than 0');
  if (depth !== undefined && !(Number.isSafeInteger(depth) && depth > 0)) {
    throw invalid('depth', 'a number of commits, 1 or more');
  }
  if (durability !== 'none' && durability !== 'fsync') throw invalid('durability', "'none' or 'fsync'");
  if (path !== undefined && (typeof path !== 'string' || path === '')) throw invalid('path', 'a folder');
  const address = parseRemote(options.remoteUrl, options.allowInsecure ?? false);
  const { username, password, sshKeyPath, knownHosts, acceptNewHostKey } = options;
  const { credentials: source = 'none' } = options;
  if (source !== 'git' && source !== 'none') throw invalid('credentials', "'git' or 'none'");
  const credentials: Credentials = { username, password, sshKeyPath, knownHosts, acceptNewHostKey, source };
  return {
    address,
    directory: path === undefined ? defaultFolder(address, credentials, branch) : resolve(path),
    branch,
    authorName,
    authorEmail,
    credentials,
    autoPull: options.autoPull ?? false,
    autoPush: options.autoPush ?? false,
    maxStale,
    depth,
    commitMessage: options.commitMessage,
    timeout,
    durability,
  };
}

function assertPerson(option: string, value: string): void {
  // git drops these characters, and nothing may be left of the name.
  if (typeof value !== 'string' || value.trim() === '' || /[<>\p{Cc}]/u.test(value)) {
    throw invalid(option, 'a text without <, > and line breaks');
  }
}

function invalid(option: string, what: string): Error {
  return backendError('INVALID_ARGUMENT', `${option} must be ${what}`);
}
