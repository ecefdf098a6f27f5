import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { clearTimeout, setTimeout } from 'node:timers';
import { simpleGit } from 'simple-git';
import { endProcessTree } from './process-tree.ts';
import type { Secret } from './secret.ts';

/** A git command in a form that any process of this machine can run. */
export interface GitRequest {
  readonly directory: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | Secret>>;
  readonly input: string | Uint8Array | undefined;
  /** Milliseconds without a byte from git after which it is ended. */
  readonly silence: number | undefined;
}

/** The end of a git command. */
export type GitOutcome =
  | { readonly kind: 'done'; readonly stdout: Uint8Array }
  | {
      readonly kind: 'exit';
      readonly exitCode: number | undefined;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'silent' | 'aborted' }
  /** git could not be started. */
  | { readonly kind: 'failed'; readonly errno: string | undefined; readonly message: string };

/** Runs git to its end; an abort ends it with all that it started. */
export async function runGit(request: GitRequest, signal: AbortSignal | undefined): Promise<GitOutcome> {
  const { directory, args, environment, silence } = request;
  const input = request.input === undefined ? undefined : Buffer.from(request.input);
  const isInputEmpty = input === undefined || input.length === 0;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  using watch = new Watch(signal, silence);
  const git = simpleGit({
    baseDir: directory,
    // With `onExit: false` each command waits for a promise that never settles, so that its memory is never freed.
    completion: { onClose: true, onExit: true },
    // By default only output on standard error makes an error, and a killed git succeeds.
    errors: (_error, { exitCode }) => (exitCode === 0 ? undefined : new Error('git did not succeed')),
    allowEnvironment: Object.keys(environment),
    unsafe: UNSAFE,
    input: () => (isInputEmpty ? undefined : input),
  });
  git.env({ ...environment });
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
    // simple-git leaves it open, and git waits for what never comes.
    if (isInputEmpty) watch.child?.stdin?.end();
    // simple-git waits 50 ms for commands that print nothing.
    process.nextTick(() => out.emit('data', Buffer.alloc(0)));
  });
  let isDone = true;
  let problem: unknown;
  try {
    await watching.run(watch, async () => await git.raw([...args]));
  } catch (error) {
    isDone = false;
    problem = error;
  }
  // The last bytes may arrive after the exit.
  await watch.closed;
  if (watch.stopped !== undefined) return { kind: watch.stopped };
  if (isDone) return { kind: 'done', stdout: Buffer.concat(stdout) };
  if (watch.child === undefined || watch.failure !== undefined) return failed(watch.failure ?? problem);
  const [out, err] = [stdout, stderr].map((chunks) => Buffer.concat(chunks).toString());
  return { kind: 'exit', exitCode: watch.child.exitCode ?? undefined, stdout: out!, stderr: err! };
}

function failed(error: unknown): GitOutcome {
  const errno = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return { kind: 'failed', errno, message: error instanceof Error ? error.message : String(error) };
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
  /** The error that kept the process from starting. */
  failure: Error | undefined;
  /** Settles when the process has ended and all it wrote has arrived; at once where there is none. */
  closed: Promise<void> = Promise.resolve();
  /** The reason why it was ended. */
  stopped: 'silent' | 'aborted' | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #silence: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined, silence: number | undefined) {
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
    if (this.#silence === undefined || this.stopped !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop('silent'), this.#silence);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#stop('aborted');

  #stop(why: 'silent' | 'aborted'): void {
    clearTimeout(this.#timer);
    this.stopped ??= why;
    if (this.child !== undefined) endProcessTree(this.child);
  }
}

// simple-git keeps its child processes to itself, but Node announces each in the context of the call that starts it.
const watching = new AsyncLocalStorage<Watch>();
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  watching.getStore()?.begin(child);
});
