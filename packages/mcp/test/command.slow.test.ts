import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isWhole } from '../../../scripts/test/daily.ts';
import { program } from '../../../scripts/test/programs.ts';
import { type Connection, overStdio } from './connect.ts';

const { PATH, NODE_COMPILE_CACHE } = process.env;
const folder = (): string => mkdtempSync(join(tmpdir(), 'f9-mcp-'));

function run(args: readonly string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [...program('mcp'), ...args],
      { env: { PATH, NODE_COMPILE_CACHE, ...environment } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end();
  });
}

describe('the command line', () => {
  test('--help and --version', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--read-only') });
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test.each([
    [[], 'Say which vault to serve'],
    [['--reed-only', '.'], 'see f9-mcp --help'],
    [['--confirm', 'sing', '.'], 'delete, overwrite, sync, write'],
    [['--http', 'nowhere', '.'], 'HOST:PORT'],
    [['--http', '127.0.0.1:0', '.'], 'set F9_MCP_TOKEN'],
    [['--max-bytes', '1', '.'], 'at least 1000'],
    [['--tools', 'reed_file', '.'], 'There is no tool'],
    [['a=/tmp', 'a=/'], 'Two vaults are called a'],
  ])('%j is refused, and says why', async (args, message) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('a folder that is not there is refused before a client waits', async () => {
    expect(await run(['/none/such'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no folder'),
    });
  });

  test('ends when the client leaves', async () => {
    expect(await run([folder()])).toMatchObject({ code: 0, stdout: '' });
  });
});

test('what a client need not wait for is loaded once it is asked for', async () => {
  const loadedBy = async (work: (server: Connection) => Promise<unknown>): Promise<string[]> => {
    const preload = ['--import', new URL('./loaded-modules.ts', import.meta.url).href];
    const notes = folder();
    writeFileSync(join(notes, 'a.md'), '# A');
    const server = await overStdio([notes], 'legacy', undefined, { preload });
    await work(server);
    await server.client.close();
    return /loaded: (.*)/.exec(server.log())![1]!.split(' ');
  };
  const late = ['yaml', 'mdast-util-from-markdown', 'diff'];
  const reading = await loadedBy(({ call }) => call('read_text_file', { path: '/a.md' }));
  expect(reading).toEqual(expect.arrayContaining(['mcp', 'local', '@modelcontextprotocol/server']));
  for (const name of [...late, 'git', 'openai', '@modelcontextprotocol/node'])
    expect(reading).not.toContain(name);
  expect(await loadedBy(({ call }) => call('read_note', { path: '/a.md' }))).toEqual(
    expect.arrayContaining(late),
  );
});

test('several vaults are below their names, and a file moves between them', async () => {
  const [notes, work] = [folder(), folder()];
  writeFileSync(join(notes, 'a.md'), 'A');
  await using server = await overStdio([`notes=${notes}`, `office=${work}`]);
  expect((await server.call('list_directory', { path: '/' })).text).toBe('[DIR] notes\n[DIR] office');
  await server.call('move_file', { source: '/notes/a.md', destination: '/office/b.md' });
  expect(readFileSync(join(work, 'b.md'), 'utf8')).toBe('A');
  const mirrored = await server.call('mirror_vault', { source: 'office', target: 'notes' });
  expect(mirrored.text).toMatch(/^1 copied/);
  expect(readFileSync(join(notes, 'b.md'), 'utf8')).toBe('A');
});

test('a tilde is the home folder, which a client does not put in its place', async () => {
  const home = folder();
  mkdirSync(join(home, 'notes'));
  writeFileSync(join(home, 'notes/a.md'), 'A');
  await using server = await overStdio(['notes=~/notes', 'all=~'], 'modern', undefined, {
    env: { HOME: home, USERPROFILE: home },
  });
  expect((await server.call('read_text_file', { path: '/notes/a.md' })).text).toBe('A');
  expect((await server.call('list_directory', { path: '/all' })).text).toBe('[DIR] notes');
});

test('absolute paths below a served folder are understood, as reference clients send them', async () => {
  const notes = folder();
  mkdirSync(join(notes, 'd'));
  await using server = await overStdio([notes]);
  await server.call('write_file', { path: join(notes, 'd/a.md'), content: 'A' });
  expect(readFileSync(join(notes, 'd/a.md'), 'utf8')).toBe('A');
  expect((await server.call('read_text_file', { path: '/d/a.md' })).text).toBe('A');
});

test('--read-only gives no tool that writes, --allow and --deny hold', async () => {
  const notes = folder();
  writeFileSync(join(notes, 'a.md'), 'A');
  writeFileSync(join(notes, 'secret.md'), 'S');
  await using server = await overStdio(['--read-only', '--allow', '*.md', '--deny', 'secret*', notes]);
  const { tools } = await server.client.listTools();
  expect(tools.map(({ name }) => name)).not.toContain('write_file');
  expect((await server.call('list_directory', { path: '/' })).text).toBe('[FILE] a.md');
  expect(await server.call('read_text_file', { path: '/secret.md' })).toMatchObject({ isError: true });
});

test('--audit writes a line a call, and nothing of what files hold', async () => {
  const notes = folder();
  const audit = join(folder(), 'audit.jsonl');
  await using server = await overStdio(['--audit', audit, notes]);
  await server.call('write_file', { path: '/a.md', content: 'private words' });
  await server.call('read_text_file', { path: '/none.md' });
  const lines = readFileSync(audit, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { tool: 'write_file', arguments: { path: '/a.md', content: '13 characters' }, outcome: 'ok' },
    { tool: 'read_text_file', arguments: { path: '/none.md' }, outcome: 'NOT_FOUND' },
  ]);
  expect(readFileSync(audit, 'utf8')).not.toContain('private words');
});

test('an audit that cannot be written is told, at the start and at a call', async () => {
  const notes = folder();
  const nowhere = join(folder(), 'none/audit.jsonl');
  expect(await run(['--audit', nowhere, notes])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'f9-mcp: Nothing is served: the audit file cannot be written (ENOENT)\n',
  });
  const logs = folder();
  await using server = await overStdio(['--audit', join(logs, 'audit.jsonl'), notes]);
  expect(await server.call('list_directory', { path: '/' })).toMatchObject({ isError: false });
  rmSync(logs, { recursive: true });
  const { isError, text } = await server.call('list_directory', { path: '/' });
  expect([isError, text]).toEqual([true, expect.stringContaining('is not in the audit')]);
  expect(text).not.toContain(logs);
});

describe('a client that cannot be talked to any more', () => {
  const HELLO = {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };

  /** How the server ends, and what it says, once `work` was done to its pipes. */
  async function ending(work: (child: ReturnType<typeof started>) => void) {
    const child = started();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    // The server closes its end.
    child.stdin.on('error', () => undefined);
    send(child, HELLO);
    await once(child.stdout, 'data');
    work(child);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr };
  }

  const started = () =>
    spawn(process.execPath, [...program('mcp'), folder()], { env: { PATH, NODE_COMPILE_CACHE } });
  const send = ({ stdin }: ReturnType<typeof started>, message: object): void =>
    void stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const CUT_OFF = { code: 1, stderr: expect.stringContaining('it has to start the server again') };

  test('since it sends a line without end', async () => {
    const ended = await ending(({ stdin }) => stdin.write('x'.repeat(12_000_000)));
    expect(ended).toEqual(CUT_OFF);
    expect(ended.stderr).toContain('exceeded maximum size');
  });

  test('since it reads no answers', async () => {
    const ended = await ending((child) => {
      child.stdout.destroy();
      send(child, { id: 2, method: 'tools/list' });
    });
    expect(ended).toEqual(CUT_OFF);
  });

  test('but for half a line, as it leaves', async () => {
    expect(await ending(({ stdin }) => stdin.end('{"jsonrpc":"2.0","id":2,"meth'))).toEqual({
      code: 0,
      stderr: '',
    });
  });
});

// Each is a start of the inspector, which takes seconds.
if (isWhole) {
  describe("the inspector's command line", () => {
    const inspector = fileURLToPath(
      new URL(
        '../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
        import.meta.url,
      ),
    );

    /** What the inspector prints for a method of a server over `served`. */
    async function inspect(served: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
      const server = [process.execPath, ...program('mcp'), served];
      const { stdout } = await promisify(execFile)(process.execPath, [
        inspector,
        '--cli',
        ...server,
        ...args,
      ]);
      return JSON.parse(stdout) as Record<string, unknown>;
    }

    const withNote = (): string => {
      const notes = folder();
      writeFileSync(join(notes, 'a.md'), '# A\r\nold\r\n');
      return notes;
    };

    test('calls a tool', async () => {
      const notes = withNote();
      const append = ['--tool-name', 'append_file', '--tool-arg', 'path=/a.md', '--tool-arg', 'content=new'];
      expect(await inspect(notes, '--method', 'tools/call', ...append)).toMatchObject({
        content: [
          { type: 'text', text: 'Appended 3 bytes to /a.md' },
          { type: 'text', text: expect.stringContaining('etag: ') },
        ],
        structuredContent: { path: '/a.md' },
      });
      expect(readFileSync(join(notes, 'a.md'), 'utf8')).toBe('# A\r\nold\r\nnew');
    });

    test('lists tools and resources, and reads one', async () => {
      const notes = withNote();
      const { tools } = await inspect(notes, '--method', 'tools/list');
      expect((tools as { readonly name: string }[]).map(({ name }) => name)).toContain('patch_note');
      expect(await inspect(notes, '--method', 'resources/list')).toMatchObject({
        resources: [{ uri: 'f9://vault/a.md' }],
      });
      expect(await inspect(notes, '--method', 'resources/read', '--uri', 'f9://vault/a.md')).toMatchObject({
        contents: [{ text: '# A\r\nold\r\n' }],
      });
    });

    test('takes a failure of a tool for one', async () => {
      const missing = ['--tool-name', 'read_text_file', '--tool-arg', 'path=/none.md'];
      await expect(inspect(withNote(), '--method', 'tools/call', ...missing)).rejects.toThrow(
        'tool_is_error',
      );
    });
  });
}
