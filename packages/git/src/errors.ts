import { stripVTControlCharacters } from 'node:util';
import { type ErrorCode, FileBackendError } from '@f9/core';
import { backendError, type FileBackendErrorOptions } from '@f9/core/driver';

/** The reason why git, or the remote, did not do what was asked. */
export type GitFailure =
  /** The remote could not be reached, or went away in the middle. */
  | 'offline'
  /** Nothing was heard for `timeout` milliseconds. */
  | 'timeout'
  /** There is no repository at the URL, or none that these credentials may see. */
  | 'repository-missing'
  /** The branch is not there, or not any more. */
  | 'branch-missing'
  /** The remote branch no longer holds what this clone got from it: it was force-pushed or replaced. */
  | 'history-rewritten'
  /** The repository has moved; redirects are not followed, since they could lead to somebody else's server. */
  | 'redirected'
  /** A rule of the remote refuses this push: a hook, a protected branch, a quota. */
  | 'refused'
  /** Other clones kept pushing first. */
  | 'overtaken'
  /** Another git command is at work in this clone. */
  | 'locked'
  /** git ended in a way that is not one of these. */
  | 'failed';

/** A failure between this clone and its remote, or in git itself. */
export class GitBackendError extends FileBackendError {
  /** The reason, closer than the code. */
  readonly reason: GitFailure;

  constructor(code: ErrorCode, reason: GitFailure, message: string, options?: FileBackendErrorOptions) {
    super(code, message, options);
    this.reason = reason;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), reason: this.reason };
  }
}

/** A git process that did not succeed, as the process saw it. Never leaves this package: its output may hold host paths. */
export class GitExit extends Error {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(exitCode: number | undefined, stdout: string, stderr: string) {
    super('git did not succeed');
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

interface Explanation {
  readonly sign: RegExp;
  readonly code: ErrorCode;
  /** None for codes with a class of their own, which cannot carry it. */
  readonly reason?: GitFailure;
  readonly why: string;
}

const REFUSED_LOGIN =
  /could not read (Username|Password)|Authentication failed|returned error: 401|terminal prompts disabled|Permission denied \(/i;

// Messages of git in English (LC_ALL=C), of curl and of OpenSSH. The first that matches counts.
const EXPLANATIONS: readonly Explanation[] = [
  {
    sign: REFUSED_LOGIN,
    code: 'UNAUTHENTICATED',
    why: "it does not accept these credentials, or wants some and got none; check username and password (or F9_GIT_PASSWORD), sshKeyPath, or let git's own helpers answer (credentials: 'git')",
  },
  {
    sign: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known/i,
    code: 'PERMISSION_DENIED',
    why: 'its host key is not the one that is known, or none is; give the right file as knownHosts, or acceptNewHostKey',
  },
  {
    sign: /dubious ownership|unsafe repository/i,
    code: 'PERMISSION_DENIED',
    why: 'the repository belongs to another user of this machine',
  },
  {
    sign: /Load key .*(invalid format|error in libcrypto|Permission denied)|Identity file .* not accessible/i,
    code: 'UNAUTHENTICATED',
    why: 'the file at sshKeyPath cannot be used as a private key',
  },
  {
    sign: /returned error: 403|access denied(?! or repository not exported)|not authorized|forbidden/i,
    code: 'PERMISSION_DENIED',
    why: 'these credentials may not do that there',
  },
  {
    sign: /returned error: 429|rate limit/i,
    code: 'RATE_LIMITED',
    why: 'it asks to be left alone for a while; try again later',
  },
  {
    sign: /returned error: 30\d|unable to update url base from redirection/i,
    code: 'NOT_FOUND',
    reason: 'redirected',
    why: 'it redirects to another address, which is not followed; give the address itself as remoteUrl',
  },
  {
    sign: /returned error: 404|repository .*not found|does not appear to be a git repository|not exported|no such repository|Could not find repository/i,
    code: 'NOT_FOUND',
    reason: 'repository-missing',
    why: 'there is no such repository, or these credentials may not see it; check remoteUrl',
  },
  {
    sign: /couldn't find remote ref|Remote branch .* not found/i,
    code: 'NOT_FOUND',
    reason: 'branch-missing',
    why: 'it has no such branch; check branch',
  },
  {
    sign: /No space left on device/i,
    code: 'NO_SPACE',
    why: 'a disk is full; make room',
  },
  {
    sign: /Disk quota exceeded/i,
    code: 'QUOTA_EXCEEDED',
    why: 'a disk quota is used up',
  },
  {
    sign: /Unable to create '.*\.lock': File exists|cannot lock ref|could not lock config file/i,
    code: 'BUSY',
    reason: 'locked',
    why: 'another git command is at work in this clone; try again when it is done',
  },
  {
    sign: /object file .* is empty|loose object .* is corrupt|bad object|unable to read (tree|sha1|[0-9a-f]{40})|missing blob|invalid sha1 pointer/i,
    code: 'INTEGRITY',
    why: 'the clone is damaged; open it again, which repairs what can be repaired',
  },
  {
    sign: /invalid path|malformedPath|unsupported protocol|transport '.*' not allowed/i,
    code: 'UNSUPPORTED',
    why: 'git refuses it as dangerous',
  },
  {
    sign: /Could not resolve host|unable to look up|Connection (refused|reset|timed out|closed)|Failed to connect|Couldn't connect|unable to connect|Empty reply|early EOF|hung up|RPC failed|unexpected disconnect|unexpected EOF|bad (band|line length)|protocol error|invalid index-pack|index-pack failed|pack has bad object|inflate|unpack-objects|Network is unreachable|No route to host|Operation timed out|returned error: 5\d\d|transfer closed|Recv failure|Send failure|Broken pipe|SSL|TLS|kex_exchange|Could not read from remote repository|fetch-pack: (invalid|unexpected)|expected (flush|pack)|unable to access|failed to push some refs/i,
    code: 'UNAVAILABLE',
    reason: 'offline',
    why: 'it cannot be reached, or broke off; try again when it can',
  },
];

/** The meaning of a failure to the caller, without any words of git, which could hold a host path or a secret. */
export function explainExit(exit: GitExit, doing: string): FileBackendError {
  const known = EXPLANATIONS.find(({ sign }) => sign.test(exit.stderr));
  if (known === undefined) {
    const words = scrub(exit.stderr);
    return exit.exitCode === undefined
      ? new GitBackendError('BUSY', 'failed', `Cannot ${doing}: git was killed${words}; try again`)
      : new GitBackendError(
          'UNKNOWN',
          'failed',
          `Cannot ${doing}: git ended with code ${exit.exitCode}${words}`,
        );
  }
  const { code, reason, why } = known;
  const message = `Cannot ${doing}: ${why}`;
  return reason === undefined ? backendError(code, message) : new GitBackendError(code, reason, message);
}

/** Whether the remote wants another login. */
export function isRefusedLogin({ stderr }: GitExit): boolean {
  return REFUSED_LOGIN.test(stderr);
}

/** Runs `body`; a failure in git's own words becomes an error of ours. */
export async function explained<T>(doing: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof GitExit ? explainExit(error, doing) : error;
  }
}

/** Passes `items` on; a failure in git's own words becomes an error of ours. */
export async function* explainedAll<T>(
  doing: string,
  items: AsyncIterable<T>,
): AsyncGenerator<T, void, void> {
  try {
    yield* items;
  } catch (error) {
    throw error instanceof GitExit ? explainExit(error, doing) : error;
  }
}

/** The error of going back to a remote that has nothing. */
export function nothingToTake(place: string): GitBackendError {
  return new GitBackendError(
    'NOT_FOUND',
    'branch-missing',
    `There is nothing to go back to: ${place} is empty`,
  );
}

/** git's last complaint, with everything left out that could be a path or an address. */
function scrub(stderr: string): string {
  const line = stderr.split('\n').findLast((candidate) => /^(fatal|error):/.test(candidate));
  return line === undefined ? '' : ` (${cleaned(line.replace(/\S*[/\\@]\S*/g, '…'))})`;
}

// Control characters, and marks that turn the direction of text.
const UNSPEAKABLE = /\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Words of a remote as an error may repeat them: nothing that a terminal obeys, no user or password of a URL. */
export function cleaned(words: string): string {
  return stripVTControlCharacters(words)
    .replace(UNSPEAKABLE, ' ')
    .replace(/(\w+:\/\/)[^\s/@]+@/g, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Whether the same may succeed later, so that a read goes on with what is here. */
export function isOffline(error: unknown): boolean {
  return error instanceof FileBackendError && error.retryable;
}

/** Whether the operating system says one of `codes`: `ENOENT`, `EEXIST`, … */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
