import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { bytesOf } from '@f9/core/driver';
import { endProcessTree } from '../process/process-tree.ts';
import type { RemoteAddress } from './address.ts';

/** A user and a password from a helper. */
interface Login {
  readonly username: string;
  readonly password: string;
}

/** git's own credential helpers, as the user configured them: asked once, and told whether the login worked. */
export class CredentialHelper {
  readonly #question: string;
  #login: Login | undefined;
  #isAsked = false;
  /** Whether the helper was told whether the login worked. */
  #isTold = false;

  constructor({ url, username: named }: RemoteAddress, username: string | undefined = named) {
    const { protocol, host, pathname } = new URL(url);
    const path = decodeURIComponent(pathname).slice(1);
    this.#question = [
      `protocol=${protocol.slice(0, -1)}`,
      `host=${host}`,
      `path=${path}`,
      ...(username === undefined ? [] : [`username=${username}`]),
      '',
    ].join('\n');
  }

  /** The login that the helpers name; `undefined` where none has an answer. */
  async fill(signal: AbortSignal | undefined): Promise<Login | undefined> {
    if (this.#isAsked) return this.#login;
    const answer = await credential('fill', this.#question, signal);
    const value = (key: string): string | undefined =>
      answer
        ?.split('\n')
        .find((line) => line.startsWith(`${key}=`))
        ?.slice(key.length + 1);
    const [username, password] = [value('username'), value('password')];
    this.#isAsked = true;
    this.#isTold = false;
    this.#login = username === undefined || password === undefined ? undefined : { username, password };
    return this.#login;
  }

  /** Tells the helper that the login was accepted. */
  async approve(): Promise<void> {
    if (this.#isTold) return;
    await this.#tell('approve');
  }

  /** Tells the helper that it was refused: the helper forgets it, and is asked anew next time. */
  async reject(): Promise<void> {
    await this.#tell('reject');
    this.#login = undefined;
    this.#isAsked = false;
  }

  async #tell(what: 'approve' | 'reject'): Promise<void> {
    if (this.#login === undefined) return;
    this.#isTold = true;
    const { username, password } = this.#login;
    await credential(what, `${this.#question}username=${username}\npassword=${password}\n`, undefined);
  }
}

/** Runs `git credential` with the user's own configuration, in no repository; `undefined` if it fails. */
async function credential(
  what: 'fill' | 'approve' | 'reject',
  input: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  signal?.throwIfAborted();
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|CONFIG_)/.test(name),
  );
  const child = spawn('git', ['credential', what], {
    cwd: homedir(),
    // Nobody sits at a terminal of this process to answer.
    env: { ...Object.fromEntries(environment), GIT_TERMINAL_PROMPT: '0' },
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const onAbort = (): void => endProcessTree(child);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const closed = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${input}\n`);
    const answer = await bytesOf(child.stdout);
    await closed;
    signal?.throwIfAborted();
    return child.exitCode === 0 ? Buffer.from(answer).toString() : undefined;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
