import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcess, spawn } from 'node:child_process';
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
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  using watch = new Watch(signal, request.silence);
  const heard = {
    out: (chunk: Buffer) => {
      watch.heard();
      stdout.push(chunk);
    },
    err: (chunk: Buffer) => {
      watch.heard();
      stderr.push(chunk);
    },
  };
  let isDone = true;
  let problem: unknown;
  try {
    if (ANNOUNCES) await watching.run(watch, () => bySimpleGit(request, heard, watch));
    else await bySpawn(request, heard, watch);
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

/** Gets the output of git. */
interface Heard {
  readonly out: (chunk: Buffer) => void;
  readonly err: (chunk: Buffer) => void;
}

/** @throws where git ends with another code than 0 */
async function bySimpleGit(
  { directory, args, environment, input }: GitRequest,
  heard: Heard,
  watch: Watch,
): Promise<void> {
  const given = input === undefined ? undefined : Buffer.from(input);
  const isInputEmpty = given === undefined || given.length === 0;
  const git = simpleGit({
    baseDir: directory,
    // With `onExit: false` each command waits for a promise that never settles, so that its memory is never freed.
    completion: { onClose: true, onExit: true },
    // By default only output on standard error makes an error, and a killed git succeeds.
    errors: (_error, { exitCode }) => (exitCode === 0 ? undefined : new Error('git did not succeed')),
    allowEnvironment: Object.keys(environment),
    unsafe: UNSAFE,
    input: () => (isInputEmpty ? undefined : given),
  });
  git.env({ ...environment });
  git.outputHandler((_command, out, err) => {
    // simple-git decodes what `raw` returns, which breaks binary output.
    out.on('data', heard.out);
    err.on('data', heard.err);
    // simple-git leaves it open, and git would wait for input that never comes.
    if (isInputEmpty) watch.child?.stdin?.end();
    // simple-git waits 50 ms for commands that print nothing.
    process.nextTick(() => out.emit('data', Buffer.alloc(0)));
  });
  await git.raw([...args]);
}

/** Runs git where the runtime announces no processes. */
async function bySpawn(
  { directory, args, environment, input }: GitRequest,
  heard: Heard,
  watch: Watch,
): Promise<void> {
  const child = spawn('git', args, {
    cwd: directory,
    env: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    windowsHide: true,
  });
  watch.begin(child);
  child.stdout.on('data', heard.out);
  child.stderr.on('data', heard.err);
  // A git that ends before it has read everything tells by its exit code.
  child.stdin.on('error', () => undefined).end(input);
  await watch.closed;
  if (child.exitCode !== 0) throw new Error('git did not succeed');
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

// Bun announces no processes.
const ANNOUNCES = process.versions.bun === undefined;

// simple-git keeps its child processes to itself, but Node announces each in the context of the call that starts it.
const watching = new AsyncLocalStorage<Watch>();
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  watching.getStore()?.begin(child);
});
