import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { program } from '../../../../scripts/test/programs.ts';

/** `f9 mcp` as an agent has it: a process that is talked to by lines. */
export class McpClient implements AsyncDisposable {
  readonly #child;
  readonly #answers = new Map<number, (answer: unknown) => void>();
  #last = 0;

  private constructor(places: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    const argv = [...program('cli'), 'mcp', ...places];
    this.#child = spawn(process.execPath, argv, { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { id, ...answer } = JSON.parse(line) as { id: number };
      this.#answers.get(id)?.(answer);
    });
  }

  static async start(
    places: readonly string[],
    options: { cwd: string; env: NodeJS.ProcessEnv },
  ): Promise<McpClient> {
    const client = new McpClient(places, options);
    const clientInfo = { name: 'test', version: '1' };
    await client.#ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    client.#send({ method: 'notifications/initialized' });
    return client;
  }

  /** The answer of a tool, as JSON. */
  async call(name: string, input: object): Promise<string> {
    return await this.#ask('tools/call', { name, arguments: input });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  async #ask(method: string, params: object): Promise<string> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#answers.set(id, resolve);
    this.#send({ id, method, params });
    return JSON.stringify(await promise);
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
}
