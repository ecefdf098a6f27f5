// Vaults beyond one machine among the others, as the command has them: named by a URI, mirrored into and out of, mounted beside another
// and given to an agent.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startServer } from '@f9/openai-server';
import { afterAll, describe, expect, test } from 'vitest';
import { isWhole } from '../../../scripts/test/daily.ts';
import { Cluster, hasPostgres } from '../../postgres/test/support/cluster.ts';
import { hasS3Server, s3Server } from '../../s3/test/support/server.ts';
import { Workplace } from './support/command.ts';
import { McpClient } from './support/mcp-client.ts';
import { Shell } from './support/shell.ts';
import { createStore } from './support/store.ts';

const place = await Workplace.create();
afterAll(() => place[Symbol.asyncDispose]());

/** A run of the command that ends well; gives what it printed. */
type F9 = (...argv: string[]) => Promise<string>;

interface Mirrored {
  readonly copied: readonly string[];
  readonly unchanged: readonly string[];
}

/** Mirrors, and counts what was copied and what was there. */
async function mirror(f9: F9, ...places: string[]): Promise<readonly number[]> {
  const { copied, unchanged } = JSON.parse(await f9('mirror', ...places, '--prune', '--json')) as Mirrored;
  return [copied.length, unchanged.length];
}

/** An agent's server over a vault and a folder: it moves a note from this into that. */
async function moveByAgent(f9: F9, vault: string, env: Record<string, string>): Promise<void> {
  await place.write('own/mine.md', 'mine\n');
  const own = { F9_CONFIG: place.configPath, F9_CACHE: place.at('.cache'), HOME: place.path };
  {
    await using agent = await McpClient.start([`${vault}:`, 'own'], {
      cwd: place.path,
      env: { ...process.env, ...env, ...own },
    });
    const listed = await agent.call('list_directory', { path: '/' });
    expect(listed).toContain('own');
    expect(listed).toContain(vault);
    await agent.call('move_file', { source: '/own/mine.md', destination: `/${vault}/mine.md` });
    expect(await agent.call('read_text_file', { path: `/${vault}/mine.md` })).toContain('mine');
  }
  expect(await f9('ls', `${vault}:`)).toContain('mine.md');
  expect(await f9('ls', 'own')).not.toContain('mine.md');
}

/** What a document has typed into a shell, a block each. */
function blocksOf(document: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../docs', document), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines]) => lines!);
}

/** Types blocks into a shell where the packages are installed already, beside a folder with notes; gives what they printed. */
async function typed(blocks: readonly string[], env: Record<string, string>, stdin = ''): Promise<string> {
  await using home = await Workplace.create();
  const shell = await Shell.in(home, { npm: '#!/bin/sh\n' });
  for (let i = 0; i < 5; i++) await home.write(`notes/d/${i}.md`, `note ${i}\n`);
  const script = `set -e\n{ ${blocks.join('')}} <<'END'\n${stdin}END\n`;
  const { code, stdout, stderr } = await shell.run(script, env);
  expect(code, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

describe.skipIf(!hasPostgres)('a vault in PostgreSQL (needs PostgreSQL)', async () => {
  const cluster = hasPostgres ? await Cluster.start() : undefined;
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  const env = { PGPASSWORD: 'sec-ret' };
  const f9: F9 = async (...argv) => (await place.ok(argv, { env })).stdout;
  const uriOf = (vault: string): string => `postgres://f9@127.0.0.1:${cluster!.port}/postgres?vault=${vault}`;

  test('is made, named, mirrored into from a folder and out of into a vector store, and examined', async () => {
    await using service = await startServer({ unkind: false });
    const store = await createStore(service);
    await f9('vaults', 'add', 'team', uriOf('team'), '--create');
    for (let i = 0; i < 5; i++) await place.write(`notes/d/${i}.md`, `note ${i}\n`);
    expect(await mirror(f9, 'notes', 'team:')).toEqual([5, 0]);
    expect(await mirror(f9, 'notes', 'team:')).toEqual([0, 5]);
    expect(await mirror(f9, 'team:', store)).toEqual([5, 0]);
    expect(await mirror(f9, 'team:', store)).toEqual([0, 5]);
    await f9('write', 'team:d/3.md', '--text', 'changed', '--force');
    expect(await mirror(f9, 'team:', store)).toEqual([0, 4]);
    expect(await f9('cat', `${store}#d/3.md`)).toBe('changed');
    expect(await f9('cat', 'team:d/4.md')).toBe('note 4\n');
    const findings = await f9('doctor', 'team:');
    expect(findings).toMatch(
      /has a server.*PostgreSQL \d+\.\d+, \d+ of 200 connections in use, not encrypted/,
    );
    expect(findings).toMatch(/is whole.*all 5 files/);
    expect(findings).toContain('PGPASSWORD');
    expect(findings).not.toContain('sec-ret');
    cluster!.sql('DELETE FROM f9_team.blocks');
    const { code, stdout } = await place.f9(['doctor', 'team:'], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('Bytes of "d/0.md" are missing');
  });

  test('what the documents type into a shell does what they say', async () => {
    const [use, make, backup] = blocksOf('postgresql.md');
    const [mirrorOnce] = blocksOf('when-a-folder-is-not-enough.md');
    const address = `127.0.0.1:${cluster!.port}`;
    const here = [make!, use!, backup!, mirrorOnce!.replace('me@', 'notes@')].map((lines) =>
      lines.replaceAll('db.example.com', address),
    );
    expect(here.join('').split(address)).toHaveLength(3);
    const look = `cat backup/d/4.md; f9 ls 'postgres://notes@${address}/notes?vault=garden#d'\n`;
    const admin = { PGHOST: '127.0.0.1', PGPORT: String(cluster!.port), PGUSER: 'f9' };
    const printed = await typed([...here, look], { ...admin, ...env }, 'sec-ret\nsec-ret\n');
    expect(printed).toMatch(/is whole.*all 5 files/);
    expect(printed).toMatch(/note 4\n.*0\.md\n.*1\.md/);
  });

  test('is given to an agent in one tree with a folder', async () => {
    await f9('vaults', 'add', 'shared', uriOf('shared'), '--create');
    await moveByAgent(f9, 'shared', env);
  });
});

// A server of its own takes 15 seconds to start.
if (isWhole) {
  describe.skipIf(!hasS3Server())('a vault on S3 (needs an S3 server)', async () => {
    const server = hasS3Server() ? await s3Server() : undefined;
    afterAll(() => server?.[Symbol.asyncDispose]());
    const env = {
      AWS_ENDPOINT_URL_S3: server?.endpoint ?? '',
      AWS_ACCESS_KEY_ID: server?.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: server?.secretAccessKey ?? '',
    };
    const f9: F9 = async (...argv) => (await place.ok(argv, { env })).stdout;

    test('is made with its bucket, named, mirrored into from a repository again and again, and examined', async () => {
      const uri = `s3://f9-command-${process.pid}/notes?session_lease=3`;
      await f9('vaults', 'add', 'bucket', uri, '--create');
      const notes = makeRepository();
      expect(await mirror(f9, notes, 'bucket:')).toEqual([5, 0]);
      expect(await mirror(f9, notes, 'bucket:')).toEqual([0, 5]);
      expect(await f9('cat', 'bucket:notes/3.md')).toBe('note 3\n');
      expect(await f9('vaults', 'show', 'bucket')).toContain('s3');
      const findings = await f9('doctor', 'bucket:');
      expect(findings).toContain('the store looks at the conditions of writes');
      expect(findings).toContain('nothing is left of interrupted writes');
      expect(findings).not.toContain(env.AWS_SECRET_ACCESS_KEY);
    });

    test('what the document types into a shell does what it says', async () => {
      // The server knows no regions of AWS.
      const blocks = blocksOf('s3.md').map((lines) => lines.replace('?region=eu-central-1', ''));
      expect(blocks).toHaveLength(1);
      expect(await typed(blocks, env)).toContain('the store looks at the conditions of writes');
    });

    test('is given to an agent in one tree with a folder', async () => {
      await moveByAgent(f9, 'bucket', env);
    });
  });
}

/** The URI of a bare repository with some notes in it. */
function makeRepository(): string {
  const work = place.at('repository');
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
