import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { FromHelper, ToHelper } from './f9-git-helper.ts';
import { type GitOutcome, type GitRequest, runGit } from './run-git.ts';

/** Bytes of memory from which on a process has a helper start git: starting git itself would take longer than asking. */
const LARGE = 128 * 1024 * 1024;

/** `undefined` in a bundle of CommonJS, which has no address of its own. */
const ADDRESS: string | undefined = import.meta.url;
const SCRIPT =
  ADDRESS === undefined
    ? ''
    : fileURLToPath(new URL(`f9-git-helper${ADDRESS.endsWith('.ts') ? '.ts' : '.js'}`, ADDRESS));

/** Runs git from this process, or, where that is large, from a small one beside it. */
export async function runGitCheaply(
  request: GitRequest,
  signal: AbortSignal | undefined,
): Promise<GitOutcome> {
  while (isUsable && process.memoryUsage.rss() > LARGE) {
    const helper = await startHelper();
    // Who let go of another vault may have ended the helper since, which was idle.
    if (helper?.isGone === false) return await helper.run(request, signal);
  }
  return await runGit(request, signal);
}

/** Ends the helper, unless it is at work. */
export async function endIdleHelper(): Promise<void> {
  const helper = await starting;
  if (helper?.isIdle !== true) return;
  starting = undefined;
  await helper.end();
}

// A bundle has no file beside it that could be started, Bun has no need of it, and a thread that is terminated cannot wait for the helper's end.
let isUsable = isMainThread && existsSync(SCRIPT) && process.versions.bun === undefined;
let starting: Promise<Helper | undefined> | undefined;

async function startHelper(): Promise<Helper | undefined> {
  const known = starting;
  if ((await known)?.isGone === true && starting === known) starting = undefined;
  starting ??= Helper.start();
  const helper = await starting;
  if (helper === undefined) isUsable = false;
  return helper;
}

class Helper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (outcome: GitOutcome) => void>();
  #last = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: FromHelper) => {
      if (message === 'ready') return;
      this.#waiting.get(message.id)?.(message.outcome);
      this.#waiting.delete(message.id);
      // While a command runs, its caller waits for it and keeps this process alive.
      if (this.isIdle) this.#setHeld(false);
    });
    child.on('exit', () => {
      for (const answer of this.#waiting.values()) answer(KILLED);
      this.#waiting.clear();
    });
    this.#setHeld(false);
  }

  /** Starts a helper; `undefined` where no process of Node can be started, as in a single executable. */
  static async start(): Promise<Helper | undefined> {
    const child = fork(SCRIPT, [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('error', () => undefined);
    const isThere = await Promise.race([
      once(child, 'message').then(() => true),
      once(child, 'exit').then(() => false),
    ]).catch(() => false);
    return isThere ? new Helper(child) : undefined;
  }

  /** Whether it takes no more commands: it has ended, or is about to. */
  get isGone(): boolean {
    return !this.#child.connected;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** To be called only while it is not gone. */
  async run(request: GitRequest, signal: AbortSignal | undefined): Promise<GitOutcome> {
    const id = this.#last++;
    const environment = Object.entries(request.environment).map(([name, value]) => [name, String(value)]);
    const onAbort = (): void => this.#send({ stop: id });
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise<GitOutcome>((resolve) => {
        this.#waiting.set(id, resolve);
        this.#setHeld(true);
        this.#send({ id, request: { ...request, environment: Object.fromEntries(environment) } });
        if (signal?.aborted === true) onAbort();
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#setHeld(true);
    // A helper that is ending by itself has disconnected already.
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }

  #send(message: ToHelper): void {
    // A helper that has just ended answers by its exit.
    if (!this.isGone) this.#child.send(message, () => undefined);
  }

  /** Lets the helper keep this process alive, or not. */
  #setHeld(isHeld: boolean): void {
    const what = isHeld ? 'ref' : 'unref';
    this.#child[what]();
    this.#child.channel?.[what]();
  }
}

const KILLED: GitOutcome = { kind: 'exit', exitCode: undefined, stdout: '', stderr: '' };
