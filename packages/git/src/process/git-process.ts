import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { backendError } from '@f9/core/driver';
import { simpleGit } from 'simple-git';
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
    const { input } = options;
    options.signal?.throwIfAborted();
    const environment = this.environmentFor(options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    using watch = new Watch(options);
    const git = simpleGit({
      baseDir: this.directory,
      // With `onExit: false` each command waits for a promise that never settles, which keeps all of it for ever.
      completion: { onClose: true, onExit: true },
      // By default only what is written to standard error makes an error, and a killed git succeeds.
      errors: (_error, { exitCode }) => (exitCode === 0 ? undefined : new GitExit(exitCode, '', '')),
      allowEnvironment: Object.keys(environment),
      unsafe: UNSAFE,
      input: () => (input === undefined || input.length === 0 ? undefined : input),
    });
    git.env(environment);
    git.outputHandler((_command, out, err) => {
      // simple-git decodes what `raw` returns, which breaks binary output.
      out.on('data', (chunk: Buffer) => {
        watch.heard();
        stdout.push(chunk);
      });
      err.on('data', (chunk: Buffer) => {
        watch.heard();
        stderr.push(chunk);
      });
      // simple-git waits 50 ms for commands that print nothing.
      process.nextTick(() => out.emit('data', Buffer.alloc(0)));
    });
    try {
      await watching.run(watch, async () => await git.raw([...args]));
      // The last bytes may arrive after the exit.
      await watch.closed;
      watch.throwIfStopped();
      return Buffer.concat(stdout);
    } catch (error) {
      await watch.closed;
      watch.throwIfStopped();
      if (watch.child === undefined || watch.failure !== undefined)
        throw this.#explainStart(watch.failure ?? error);
      const [out, err] = [stdout, stderr].map((chunks) => Buffer.concat(chunks).toString());
      throw new GitExit(watch.child.exitCode ?? undefined, out!, err!);
    }
  }

  /** A git that the caller talks to and ends. */
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

  #explainStart(error: unknown): unknown {
    if (existsSync(this.directory) && !hasErrno(error, 'ENOENT')) return error;
    return existsSync(this.directory)
      ? backendError('UNSUPPORTED', 'There is no git command on the PATH; install git 2.38 or newer')
      : backendError('IO', 'The folder of the clone is gone; open the vault again, which clones anew');
  }
}

/** Guards against arguments that callers make up; every argument here is this package's own. */
const UNSAFE = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} as const;

/** Ends a git whose caller has gone, or that has gone silent. */
class Watch implements Disposable {
  child: ChildProcess | undefined;
  /** Why the process could not be started. */
  failure: Error | undefined;
  /** Settles when the process has ended and all it wrote has arrived; at once where there is none. */
  closed: Promise<void> = Promise.resolve();
  readonly #signal: AbortSignal | undefined;
  readonly #silence: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  constructor({ signal, silence }: GitRunOptions) {
    this.#signal = signal;
    this.#silence = silence;
  }

  begin(child: ChildProcess): void {
    this.child = child;
    this.closed = new Promise((resolve) => {
      child.once('error', (error) => {
        this.failure = error;
        resolve();
      });
      child.once('close', () => resolve());
    });
    child.once('spawn', () => {
      if (this.#signal?.aborted === true) this.#onAbort();
      else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
      this.heard();
    });
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
    if (this.child !== undefined) endProcessTree(this.child);
  }
}

function silent(milliseconds: number): GitBackendError {
  return new GitBackendError(
    'TIMEOUT',
    'timeout',
    `The remote was silent for ${milliseconds} ms; try again, or give it longer (timeout)`,
  );
}

// simple-git keeps its child processes to itself; Node announces each one in the context of the call that starts it.
const watching = new AsyncLocalStorage<Watch>();
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  watching.getStore()?.begin(child);
});
