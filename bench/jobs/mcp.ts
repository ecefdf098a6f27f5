import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTree } from '../fixtures.ts';
import { type Job, median, type Variant } from '../harness.ts';

const module = (path: string): string =>
  fileURLToPath(new URL(`../../packages/mcp/${path}`, import.meta.url));

/** As they are installed: what is built. */
const SERVERS = {
  'f9-mcp': module('dist/bin.js'),
  'server-filesystem': module('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'),
};
type Server = keyof typeof SERVERS;

/** Milliseconds without work after which a server is idle. */
const IDLE = 300;

/** A client that waits for each answer. */
class Client {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #id = 0;

  constructor(server: Server, folder: string) {
    this.#child = spawn(process.execPath, [SERVERS[server], folder], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** The bytes of the answer. */
  async ask(method: string, params: Record<string, unknown> = {}): Promise<number> {
    this.#child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params })}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error('The server ended');
      const said = JSON.parse(value) as { readonly id?: number; readonly result?: { isError?: boolean } };
      if (said.id !== this.#id) continue;
      if (said.result === undefined || said.result.isError === true) throw new Error(value);
      return Buffer.byteLength(value);
    }
  }

  async connect(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    await this.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    this.#child.stdin!.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }

  async call(name: string, args: Record<string, unknown>): Promise<void> {
    await this.ask('tools/call', { name, arguments: args });
  }

  /** Milliseconds that the server is busy after a call was cancelled, by its processor time, of which the system counts hundredths. */
  async cancelled(name: string, args: Record<string, unknown>): Promise<number> {
    const write = (message: object): void =>
      void this.#child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    write({ id: ++this.#id, method: 'tools/call', params: { name, arguments: args } });
    await sleep(100);
    const before = this.#ticks();
    write({ method: 'notifications/cancelled', params: { requestId: this.#id, reason: 'enough' } });
    const start = performance.now();
    let [last, at] = [before, 0];
    for (let now = 0; now < at + IDLE; now = performance.now() - start) {
      await sleep(2);
      const ticks = this.#ticks();
      if (ticks !== last) [last, at] = [ticks, performance.now() - start];
    }
    return at;
  }

  #ticks(): string {
    return readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(' ').slice(13, 15).join(' ');
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    const ended = once(this.#child, 'exit');
    // The reference does not end by itself.
    const timer = setTimeout(() => this.#child.kill(), 1000);
    if (this.#child.exitCode === null) await ended;
    clearTimeout(timer);
  }
}

const both = (variantOf: (server: Server) => Variant): Record<Server, Variant> => ({
  'f9-mcp': variantOf('f9-mcp'),
  'server-filesystem': variantOf('server-filesystem'),
});

export const jobs: readonly Job[] = [
  {
    name: 'mcp: start a server and connect to it',
    prepare: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'f9-bench-mcp-'));
      const open: Client[] = [];
      const connect = (server: Server): Variant => ({
        before: async () => {
          for (const client of open.splice(0)) await client.close();
        },
        run: async () => {
          const client = new Client(server, folder);
          open.push(client);
          await client.connect();
        },
      });
      return {
        variants: both(connect),
        goals: [{ variant: 'f9-mcp', against: 'server-filesystem', atMost: 1.5 }],
        figures: async () => {
          const client = new Client('f9-mcp', folder);
          await client.connect();
          const bytes = await client.ask('tools/list');
          await client.close();
          return [{ name: 'tools/list', value: bytes, unit: 'bytes', atMost: 16 * 1024 }];
        },
        dispose: async () => {
          for (const client of open) await client.close();
          rmSync(folder, { recursive: true });
        },
      };
    },
  },
  {
    name: 'mcp: cancel a call',
    prepare: async ({ size }) => {
      const folder = mkdtempSync(join(tmpdir(), 'f9-bench-mcp-'));
      makeTree(folder, size(100_000), 'some words in a line\n'.repeat(100));
      writeFileSync(join(folder, 'endless.md'), `${'a'.repeat(40)}!\n`);
      const calls = {
        'a search through all files': { pattern: 'nowhere' },
        'a regular expression without end': { pattern: '(a+)+$', regex: true, path: '/endless.md' },
      };
      return {
        figures: async () => {
          if (process.platform !== 'linux') return [];
          const client = new Client('f9-mcp', folder);
          await client.connect();
          const figures = [];
          for (const [what, input] of Object.entries(calls)) {
            const times: number[] = [];
            for (let i = 0; i < 5; i++) times.push(await client.cancelled('grep_files', input));
            figures.push({ name: `${what}, until idle`, value: median(times), unit: 'ms', atMost: 100 });
          }
          await client.close();
          return figures;
        },
        dispose: async () => rmSync(folder, { recursive: true }),
      };
    },
  },
  ...(['read_text_file', 'edit_file'] as const).map(
    (tool): Job => ({
      name: `mcp: ${tool}, 10 KB, one call`,
      prepare: async () => {
        const folder = mkdtempSync(join(tmpdir(), 'f9-bench-mcp-'));
        const path = join(folder, 'a.md');
        const input = {
          read_text_file: [{ path }],
          // There and back, so that the file is the same before each.
          edit_file: [
            { path, edits: [{ oldText: 'first', newText: 'other' }] },
            { path, edits: [{ oldText: 'other', newText: 'first' }] },
          ],
        }[tool];
        writeFileSync(path, `first\n${'some words in a line\n'.repeat(500)}`);
        const clients = {
          'f9-mcp': new Client('f9-mcp', folder),
          'server-filesystem': new Client('server-filesystem', folder),
        };
        for (const client of Object.values(clients)) await client.connect();
        const rounds = 10;
        return {
          variants: both((server) => ({
            operations: rounds * input.length,
            run: async () => {
              for (let i = 0; i < rounds; i++)
                for (const each of input) await clients[server].call(tool, each);
            },
          })),
          dispose: async () => {
            for (const client of Object.values(clients)) await client.close();
            rmSync(folder, { recursive: true });
          },
        };
      },
    }),
  ),
];
