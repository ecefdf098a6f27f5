import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { backendError } from '@f9/core/driver';
import { simpleGit } from 'simple-git';
import { GitBackendError, GitExit } from './errors.ts';
import { endProcessTree } from './process-tree.ts';
import type { Secret } from './secret.ts';

export interface GitRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Written to standard input; without it standard input is never read. */
  readonly input?: string | Buffer;
  /** Milliseconds without a byte from git after which it is ended. Default: no limit. */
  readonly silence?: number;
  /** Added to the environment of this call alone. */
  readonly environment?: Readonly<Record<string, string | Secret>>;
  /** Added to git's configuration for this call alone. */
  readonly config?: readonly ConfigEntry[];
}

export type ConfigEntry = readonly [key: string, value: string | Secret];

export interface GitIdentity {
  readonly authorName: string;
  readonly authorEmail: string;
}

/** Whatever a remote, the user's own configuration or the repository's says: this holds. */
const CONFIG: readonly ConfigEntry[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.symlinks', 'false'],
  ['core.autocrlf', 'false'],
  ['core.safecrlf', 'false'],
  ['core.quotePath', 'false'],
  ['core.excludesFile', ''],
  ['core.attributesFile', ''],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.fsync', 'added,reference'],
  // One flush for many objects.
  ['core.fsyncMethod', 'batch'],
  ['core.logAllRefUpdates', 'true'],
  ['commit.gpgSign', 'false'],
  ['credential.helper', ''],
  ['diff.renames', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.auto', '0'],
  ['http.followRedirects', 'false'],
  ['maintenance.auto', 'false'],
  ['merge.directoryRenames', 'false'],
  ['merge.renames', 'true'],
  ['push.followTags', 'false'],
  ['push.gpgSign', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['submodule.recurse', 'false'],
];

/** What of the caller's environment git gets to see; the rest could change results, or is none of its business. */
const PASSED_ON =
  /^(PATH|LD_LIBRARY_PATH|TMPDIR|TEMP|TMP|SystemRoot|SystemDrive|windir|ComSpec|PATHEXT|SSH_AUTH_SOCK|GIT_SSL_CAINFO|GIT_SSL_CAPATH|(https?|all|no)_proxy)$/i;

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
    this.#environment = {
      ...Object.fromEntries(
        Object.entries(process.env).flatMap(([name, value]) =>
          value !== undefined && PASSED_ON.test(name) ? [[name, value]] : [],
        ),
      ),
      LC_ALL: 'C',
      // Named, never searched for: a broken clone inside another repository must not become that one.
      GIT_DIR: this.gitDirectory,
      GIT_WORK_TREE: directory,
      GIT_ALLOW_PROTOCOL: protocols,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_DEFAULT_REF_FORMAT: 'files',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_SSH_VARIANT: 'ssh',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: identity.authorName,
      GIT_AUTHOR_EMAIL: identity.authorEmail,
      GIT_COMMITTER_NAME: identity.authorName,
      GIT_COMMITTER_EMAIL: identity.authorEmail,
    };
  }

  /** Standard output of a git that succeeded. @throws GitExit, the signal's reason, `TIMEOUT`, `UNSUPPORTED` without git */
  async run(args: readonly string[], options: GitRunOptions = {}): Promise<Buffer> {
    const { signal, input, silence } = options;
    signal?.throwIfAborted();
    const environment = this.environmentFor(options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const watch = new Watch(signal, silence);
    const git = simpleGit({
      baseDir: this.directory,
      completion: { onClose: true, onExit: false },
      // By default only what is written to standard error makes an error, and a killed git succeeds.
      errors: (_error, { exitCode }) => (exitCode === 0 ? undefined : new GitExit(exitCode, '', '')),
      allowEnvironment: Object.keys(environment),
      // These guard against arguments that callers make up; every argument here is this package's own.
      unsafe: {
        allowUnsafeConfigEnvCount: true,
        allowUnsafeConfigPaths: true,
        allowUnsafeCredentialHelper: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeHooksPath: true,
        allowUnsafeSshCommand: true,
        allowUnsafeTemplateDir: true,
      },
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
      await spawned.run(watch, async () => await git.raw([...args]));
      return Buffer.concat(stdout);
    } catch (error) {
      watch.throwIfStopped();
      if (!(error instanceof GitExit) && watch.child === undefined) throw error;
      throw new GitExit(
        watch.child?.exitCode ?? undefined,
        Buffer.concat(stdout).toString(),
        Buffer.concat(stderr).toString(),
      );
    } finally {
      watch.end();
    }
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
    const entries = [...CONFIG, ...config];
    const result: Record<string, string | Secret> = {
      ...this.#environment,
      ...environment,
      GIT_CONFIG_COUNT: String(entries.length),
    };
    for (const [index, [key, value]] of entries.entries()) {
      result[`GIT_CONFIG_KEY_${index}`] = key;
      result[`GIT_CONFIG_VALUE_${index}`] = value;
    }
    return result;
  }
}

/** Ends a git whose caller has gone, or that has gone silent. */
class Watch {
  child: ChildProcess | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #silence: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped: { readonly reason: unknown } | undefined;
  #missing = false;

  constructor(signal: AbortSignal | undefined, silence: number | undefined) {
    this.#signal = signal;
    this.#silence = silence;
  }

  begin(child: ChildProcess): void {
    this.child = child;
    child.once('error', (error: NodeJS.ErrnoException) => {
      this.#missing = error.code === 'ENOENT';
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

  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  /** @throws why git was ended, or that there is none */
  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    if (this.#missing) {
      throw backendError('UNSUPPORTED', 'There is no git command on the PATH; install git 2.38 or newer');
    }
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
const spawned = new AsyncLocalStorage<Watch>();
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  spawned.getStore()?.begin(child);
});
