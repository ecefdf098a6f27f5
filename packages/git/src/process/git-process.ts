import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { backendError } from '@f9/core/driver';
import { GitBackendError, GitExit } from '../errors.ts';
import { baseEnvironment, type ConfigEntry, configEnvironment, type GitIdentity } from './environment.ts';
import { runGitCheaply } from './helper.ts';
import type { Secret } from './secret.ts';

export interface GitRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Written to standard input, which is empty without it. */
  readonly input?: string | Buffer;
  /** Milliseconds without a byte from git after which it is ended. Default: no limit. */
  readonly silence?: number;
  /** Added to the environment of this call alone. */
  readonly environment?: Readonly<Record<string, string | Secret>>;
  /** Added to git's configuration for this call alone. */
  readonly config?: readonly ConfigEntry[];
}

/** git in one repository, with nothing of the user's own configuration or environment in it. Calls may overlap. */
export class GitProcess {
  /** The working tree. */
  readonly directory: string;
  readonly gitDirectory: string;
  readonly #environment: Readonly<Record<string, string>>;

  /** @param protocols what git may speak, in the form of `GIT_ALLOW_PROTOCOL` */
  constructor(directory: string, identity: GitIdentity, protocols: string) {
    this.directory = directory;
    this.gitDirectory = `${directory}/.git`;
    this.#environment = baseEnvironment(directory, identity, protocols);
  }

  /** Standard output of a git that succeeded. @throws GitExit, the signal's reason, `TIMEOUT`, `UNSUPPORTED` without git */
  async run(args: readonly string[], options: GitRunOptions = {}): Promise<Buffer> {
    const { signal, input, silence } = options;
    signal?.throwIfAborted();
    const request = {
      directory: this.directory,
      args,
      environment: this.environmentFor(options),
      input,
      silence,
    };
    const outcome = await runGitCheaply(request, signal);
    switch (outcome.kind) {
      case 'done':
        return Buffer.from(outcome.stdout.buffer, outcome.stdout.byteOffset, outcome.stdout.byteLength);
      case 'exit':
        throw new GitExit(outcome.exitCode, outcome.stdout, outcome.stderr);
      case 'silent':
        throw silent(silence!);
      case 'aborted':
        throw signal!.reason;
      case 'failed':
        throw this.#explainStart(outcome.errno, outcome.message);
    }
  }

  /** Starts a git that the caller talks to and ends. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams {
    const environment = Object.entries(this.environmentFor({}));
    return spawn('git', args, {
      cwd: this.directory,
      env: Object.fromEntries(environment.map(([name, value]) => [name, String(value)])),
      windowsHide: true,
    });
  }

  /** Standard output as text, without the newline at its end. */
  async text(args: readonly string[], options?: GitRunOptions): Promise<string> {
    return (await this.run(args, options)).toString().replace(/\n$/, '');
  }

  /** Like `text`; `undefined` where git answers no (1). */
  async textIfAny(args: readonly string[], options?: GitRunOptions): Promise<string | undefined> {
    try {
      return await this.text(args, options);
    } catch (error) {
      if (error instanceof GitExit && error.exitCode === 1) return undefined;
      throw error;
    }
  }

  /** The environment that a call with `options` runs in. */
  environmentFor({ environment = {}, config = [] }: GitRunOptions): Record<string, string | Secret> {
    return { ...this.#environment, ...environment, ...configEnvironment(config) };
  }

  #explainStart(errno: string | undefined, message: string): Error {
    if (!existsSync(this.directory))
      return backendError('IO', 'The folder of the clone is gone; open the vault again, which clones anew');
    if (errno === 'ENOENT')
      return backendError('UNSUPPORTED', 'There is no git command on the PATH; install git 2.38 or newer');
    return Object.assign(new Error(message), errno === undefined ? {} : { code: errno });
  }
}

function silent(milliseconds: number): GitBackendError {
  return new GitBackendError(
    'TIMEOUT',
    'timeout',
    `The remote was silent for ${milliseconds} ms; try again, or give it longer (timeout)`,
  );
}
