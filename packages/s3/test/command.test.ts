// A vault on S3 among the others, as the command has it: named by a URI, mirrored into, mounted beside another and given to an agent.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { server } from './support/bucket.ts';

const COMMAND = join(import.meta.dirname, '../../cli/src/bin.ts');

const home = mkdtempSync(join(tmpdir(), 'f9-s3-command-'));
afterAll(() => rmSync(home, { recursive: true }));

const program = (...args: string[]) => ({
  argv: ['--conditions=@f9/source', COMMAND, ...args],
  options: {
    cwd: home,
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_S3: server!.endpoint,
      AWS_ACCESS_KEY_ID: server!.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server!.secretAccessKey,
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
    },
  },
});

async function f9(...args: string[]): Promise<string> {
  const { argv, options } = program(...args);
  return (await promisify(execFile)(process.execPath, argv, options)).stdout;
}

/** The URI of a bare repository with some notes in it. */
function repository(): string {
  const work = join(home, 'repository');
  mkdirSync(join(work, 'notes'), { recursive: true });
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: work });
  };
  git('init', '--quiet', '--initial-branch=main');
  for (let i = 0; i < 5; i++) writeFileSync(join(work, `notes/${i}.md`), `note ${i}\n`);
  git('add', '.');
  git('commit', '--quiet', '--message=Notes');
  git('clone', '--quiet', '--bare', work, `${work}.git`);
  return `git+${pathToFileURL(`${work}.git`).href}@main`;
}

describe.skipIf(server === undefined)('the command (needs an S3 server)', () => {
  test('makes a bucket, names it, mirrors a repository into it again and again, and examines it', {
    timeout: 120_000,
  }, async () => {
    await f9('vaults', 'add', 'team', `s3://f9-command-${process.pid}/notes?session_lease=3`, '--create');
    const notes = repository();
    const mirrored = async () => {
      const result = JSON.parse(await f9('mirror', notes, 'team:', '--prune', '--json')) as {
        readonly copied: readonly string[];
        readonly unchanged: readonly string[];
      };
      return [result.copied.length, result.unchanged.length];
    };
    expect(await mirrored()).toEqual([5, 0]);
    expect(await mirrored()).toEqual([0, 5]);
    expect(await f9('cat', 'team:notes/3.md')).toBe('note 3\n');
    expect(await f9('vaults', 'show', 'team')).toContain('s3');
    const findings = await f9('doctor', 'team:');
    expect(findings).toContain('the store looks at the conditions of writes');
    expect(findings).toContain('nothing is left of interrupted writes');
    expect(findings).not.toContain(server!.secretAccessKey);
  });

  test('gives an agent a bucket and a folder in one tree', { timeout: 60_000 }, async () => {
    mkdirSync(join(home, 'own'));
    writeFileSync(join(home, 'own/mine.md'), 'mine\n');
    const { argv, options } = program('mcp', 'team:', 'own');
    const child = spawn(process.execPath, argv, { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = new Map<number, (answer: unknown) => void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, ...answer } = JSON.parse(line) as { id: number };
      answers.get(id)?.(answer);
    });
    let last = 0;
    const ask = async (method: string, params: object): Promise<string> => {
      const id = ++last;
      const { promise, resolve } = Promise.withResolvers<unknown>();
      answers.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      return JSON.stringify(await promise);
    };
    const clientInfo = { name: 'test', version: '1' };
    await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
    const call = (name: string, input: object) => ask('tools/call', { name, arguments: input });
    expect(await call('list_directory', { path: '/' })).toMatch(/own.*team|team.*own/);
    await call('move_file', { source: '/own/mine.md', destination: '/team/mine.md' });
    expect(await call('read_text_file', { path: '/team/mine.md' })).toContain('mine');
    child.stdin.end();
    await once(child, 'exit');
    expect(await f9('ls', 'team:')).toContain('mine.md');
    expect(await f9('ls', 'own')).not.toContain('mine.md');
  });
});
