// What the reference filesystem server destroys or hides, asked of both servers in the same words: ours must be right in every row. What
// the reference does is written beside, so that a row says why it is there; where a newer one does better, the row may go.
import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../../../scripts/test/programs.ts';

const module = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SERVERS = {
  ours: program('mcp'),
  reference: [module('../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')],
};
type Server = keyof typeof SERVERS;

interface Said {
  readonly isError: boolean;
  readonly text: string;
}

class Place {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'f9-reference-')));
  readonly client: Client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: 'legacy' } },
  );

  async connect(server: Server): Promise<void> {
    const args = [...SERVERS[server], this.folder];
    await this.client.connect(
      new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }),
    );
  }

  async call(name: string, file: string, input: Record<string, unknown> = {}): Promise<Said> {
    const path = join(this.folder, file);
    const { content, isError = false } = await this.client.callTool({ name, arguments: { path, ...input } });
    const [first] = content;
    return { isError, text: first?.type === 'text' ? first.text : '' };
  }

  /** The bytes of a file after an edit of it. */
  async edited(file: string, before: string | Uint8Array, oldText: string, newText: string): Promise<string> {
    writeFileSync(join(this.folder, file), before);
    await this.call('edit_file', file, { edits: [{ oldText, newText }] });
    return readFileSync(join(this.folder, file), 'latin1');
  }
}

/** What is asked, and what each of the two makes of it. */
const ROWS: Readonly<
  Record<string, { ask(place: Place): Promise<unknown>; ours: unknown; reference: unknown }>
> = {
  'CRLF around an edit': {
    ask: (place) => place.edited('a.md', 'a\r\nb\r\n', 'a', 'x'),
    ours: 'x\r\nb\r\n',
    reference: 'x\nb\n',
  },
  'mixed endings around an edit': {
    ask: (place) => place.edited('a.md', 'a\r\nb\nc', 'c', 'x'),
    ours: 'a\r\nb\nx',
    reference: 'a\nb\nx',
  },
  'a Latin-1 file to edit': {
    ask: (place) => place.edited('a.md', Uint8Array.of(0x61, 0xe9), 'a', 'b'),
    ours: 'a\xe9',
    reference: 'b\xef\xbf\xbd',
  },
  'a text that stands there twice': {
    ask: (place) => place.edited('a.md', 'a a', 'a', 'b'),
    ours: 'a a',
    reference: 'b a',
  },
  'an empty search': {
    ask: (place) => place.edited('a.md', 'abc', '', 'X'),
    ours: 'abc',
    reference: 'Xabc',
  },
  'a binary file as text': {
    ask: async (place) => {
      writeFileSync(join(place.folder, 'a.bin'), Uint8Array.of(0x61, 0, 0xff));
      return (await place.call('read_text_file', 'a.bin')).isError;
    },
    ours: true,
    reference: false,
  },
  'paths of this machine in an error': {
    ask: async (place) => (await place.call('read_text_file', 'none.md')).text.includes(place.folder),
    ours: false,
    reference: true,
  },
  '30 edits at once': {
    ask: async (place) => {
      writeFileSync(join(place.folder, 'log.md'), 'top\n');
      const edit = (i: number) =>
        place.call('edit_file', 'log.md', { edits: [{ oldText: 'top\n', newText: `top\n${i}\n` }] });
      await Promise.all(Array.from({ length: 30 }, (_, i) => edit(i)));
      const kept = readFileSync(join(place.folder, 'log.md'), 'utf8').trim().split('\n').length - 1;
      return kept === 30;
    },
    ours: true,
    reference: false,
  },
  // The last, since one of them is not there any more after it.
  'a file of 30 MB': {
    ask: async (place) => {
      writeFileSync(join(place.folder, 'big.txt'), `${'x'.repeat(99)}\n`.repeat(300_000));
      try {
        const { text, isError } = await place.call('read_text_file', 'big.txt');
        return [isError, text.length];
      } catch (error) {
        return (error as Error).message;
      }
    },
    ours: [false, 100_000],
    reference: 'Connection closed',
  },
};

test('the tools of the reference are here by name, and need the same', async () => {
  const required = async (server: Server): Promise<Record<string, unknown>> => {
    const place = new Place();
    await place.connect(server);
    const { tools } = await place.client.listTools();
    await place.client.close();
    return Object.fromEntries(tools.map(({ name, inputSchema }) => [name, inputSchema.required ?? []]));
  };
  const [ours, reference] = await Promise.all([required('ours'), required('reference')]);
  expect(Object.keys(reference)).toHaveLength(14);
  expect(ours).toMatchObject(reference);
});

describe.each(['ours', 'reference'] as const)('%s', (server) => {
  const place = new Place();
  beforeAll(() => place.connect(server));
  afterAll(() => place.client.close());

  test.each(Object.entries(ROWS))('%s', async (_, row) => {
    expect(await row.ask(place)).toEqual(row[server]);
  });
});
