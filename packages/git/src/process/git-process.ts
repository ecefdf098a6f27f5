import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { backendError } from '@f9/core/driver';
import { GitBackendError, GitExit, hasErrno } from '../errors.ts';
import { baseEnvironment, type ConfigEntry, configEnvironment, type GitIdentity } from './environment.ts';
import { endProcessTree } from './process-tree.ts';
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
    options.signal?.throwIfAborted();
    const child = this.start(args, options.input === undefined ? 'ignore' : 'pipe', options);
    using watch = new Watch(child, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => {
      watch.heard();
      stdout.push(chunk);
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      watch.heard();
      stderr.push(chunk);
    });
    // A git that ends before it has read everything says why in its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    const failure = await closed(child);
    watch.throwIfStopped();
    if (failure !== undefined) throw this.#explainStart(failure);
    if (child.exitCode === 0) return Buffer.concat(stdout);
    throw new GitExit(
      child.exitCode ?? undefined,
      Buffer.concat(stdout).toString(),
      Buffer.concat(stderr).toString(),
    );
  }

  /** A git that the caller talks to and ends. */
  start(args: readonly string[], stdin: 'pipe' | 'ignore', options: GitRunOptions = {}): ChildProcess {
    // Strings at the last moment: whoever prints an environment before sees no secret.
    const environment = Object.entries(this.environmentFor(options));
    return spawn('git', args, {
      cwd: this.directory,
      env: Object.fromEntries(environment.map(([name, value]) => [name, String(value)])),
      stdio: [stdin, 'pipe', 'pipe'],
      windowsHide: true,
    });
  }

  /** Standard output as text, without the newline at its end. */
  async text(args: readonly string[], options?: GitRunOptions): Promise<string> {
    return (await this.run(args, options)).toString().replace(/\n$/, '');
  }

  /** Like `text`, and `undefined` where git says no (1). */
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

  #explainStart(error: Error): Error {
    if (!hasErrno(error, 'ENOENT')) return error;
    return existsSync(this.directory)
      ? backendError('UNSUPPORTED', 'There is no git command on the PATH; install git 2.38 or newer')
      : backendError('IO', 'The folder of the clone is gone; open the vault again, which clones anew');
  }
}

/** Waits until a process has ended and all it wrote has arrived; gives why it could not be started. */
function closed(child: ChildProcess): Promise<Error | undefined> {
  return new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', () => resolve(undefined));
  });
}

/** Ends a git whose caller has gone, or that has gone silent. */
class Watch implements Disposable {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal | undefined;
  readonly #silence: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(child: ChildProcess, { signal, silence }: GitRunOptions) {
    this.#child = child;
    this.#signal = signal;
    this.#silence = silence;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.heard();
  }

  heard(): void {
    if (this.#silence === undefined || this.#stopped !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop(silent(this.#silence!)), this.#silence);
  }

  /** @throws why git was ended */
  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#stop(this.#signal?.reason);

  #stop(reason: unknown): void {
    clearTimeout(this.#timer);
    this.#stopped ??= { reason };
    endProcessTree(this.#child);
  }
}

function silent(milliseconds: number): GitBackendError {
  return new GitBackendError(
    'TIMEOUT',
    'timeout',
    `The remote was silent for ${milliseconds} ms; try again, or give it longer (timeout)`,
  );
}
