import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { daily } from '../../../scripts/test/daily.ts';
import { program } from '../../../scripts/test/programs.ts';

/** The protocol of today, and the one before it. */
export type Era = 'modern' | 'legacy';

const { NODE_COMPILE_CACHE } = process.env;
/** Every way in: both protocols, over both transports. */
const ALL_WAYS: readonly (readonly [string, Era, 'stdio' | 'http'])[] = [
  ['2025-11-25 over stdio', 'legacy', 'stdio'],
  ['2026-07-28 over stdio', 'modern', 'stdio'],
  ['2026-07-28 over HTTP', 'modern', 'http'],
  ['2025-11-25 over HTTP', 'legacy', 'http'],
];

/** On most days one way over stdio and one over HTTP, of them one in each version of the protocol. */
export const WAYS: typeof ALL_WAYS = daily(ALL_WAYS, 2);

/** What a person at the client says when asked. */
export type Person = (question: string) => boolean | 'decline';

/** A client that is connected, and what ends it. */
export interface Connection extends AsyncDisposable {
  readonly client: Client;
  /** What the server wrote to its standard error. */
  readonly log: () => string;
  readonly pid: number | undefined;
  /** The text and the data of an answer. */
  call(name: string, input?: Record<string, unknown>): Promise<Answer>;
}

export interface Answer {
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly isError: boolean;
  readonly blocks: readonly { readonly type: string }[];
}

export function clientOf(era: Era, person?: Person): Client {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    {
      capabilities: person === undefined ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' },
    },
  );
  if (person !== undefined) {
    client.setRequestHandler('elicitation/create', ({ params }) => {
      const said = person(params.message);
      return said === 'decline' ? { action: 'decline' } : { action: 'accept', content: { confirm: said } };
    });
  }
  return client;
}

/** The command as a process of its own, over its standard input and output. */
export async function overStdio(
  args: readonly string[],
  era: Era = 'modern',
  person?: Person,
  {
    preload = [],
    env = {},
  }: { readonly preload?: readonly string[]; readonly env?: Record<string, string> } = {},
): Promise<Connection> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...preload, ...program('mcp'), ...args],
    // Of this process's own environment the client passes on little.
    env: { ...env, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) },
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const client = clientOf(era, person);
  await client.connect(transport);
  return connection(
    client,
    () => log,
    () => transport.pid ?? undefined,
  );
}

/** A server that listens, with the token that it wants. */
export async function overHttp(
  url: string,
  token: string,
  era: Era = 'modern',
  person?: Person,
): Promise<Connection> {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = clientOf(era, person);
  await client.connect(transport);
  return connection(
    client,
    () => '',
    () => undefined,
  );
}

function connection(client: Client, log: () => string, pid: () => number | undefined): Connection {
  return {
    client,
    log,
    get pid() {
      return pid();
    },
    call: async (name, input = {}) => {
      const result = await client.callTool({ name, arguments: input });
      const blocks = result.content;
      const [first] = blocks;
      return {
        text: first?.type === 'text' ? first.text : '',
        data: (result.structuredContent ?? {}) as Record<string, unknown>,
        isError: result.isError === true,
        blocks,
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
