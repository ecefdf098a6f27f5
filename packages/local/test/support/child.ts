import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Another process that runs a program of this folder; killed when it is disposed. */
export class Child implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;

  constructor(program: string, args: readonly string[], wrapper: readonly string[] = []) {
    const script = fileURLToPath(new URL(`${program}.ts`, import.meta.url));
    const [command, ...rest] = [...wrapper, process.execPath, '--conditions=@f9/source', script, ...args];
    this.process = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.process.stdout!)[Symbol.asyncIterator]();
    this.#closed = once(this.process, 'close');
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The next line that it writes. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('The process ended without a word');
    return value;
  }

  /** Waits for its end. */
  async ended(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    await this.#closed;
    return { code: this.process.exitCode, signal: this.process.signalCode };
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal);
    await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
