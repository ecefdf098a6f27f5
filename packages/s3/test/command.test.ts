// A vault on S3 among the others, as the command has it: named by a URI, mirrored into, mounted beside another and given to an agent.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { Workplace } from '../../cli/test/support/command.ts';
import { McpClient } from '../../cli/test/support/mcp-client.ts';
import { server } from './support/bucket.ts';

const place = await Workplace.create();
afterAll(() => place[Symbol.asyncDispose]());

const env = {
  AWS_ENDPOINT_URL_S3: server?.endpoint,
  AWS_ACCESS_KEY_ID: server?.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server?.secretAccessKey,
};

async function f9(...argv: string[]): Promise<string> {
  return (await place.ok(argv, { env })).stdout;
}

/** The URI of a bare repository with some notes in it. */
function repository(): string {
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

describe.skipIf(server === undefined)('the command (needs an S3 server)', () => {
  test('makes a bucket, names it, mirrors a repository into it again and again, and examines it', async () => {
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

  test('gives an agent a bucket and a folder in one tree', async () => {
    await place.write('own/mine.md', 'mine\n');
    const own = { F9_CONFIG: place.configPath, F9_CACHE: place.at('.cache'), HOME: place.path };
    {
      await using agent = await McpClient.start(['team:', 'own'], {
        cwd: place.path,
        env: { ...process.env, ...env, ...own },
      });
      expect(await agent.call('list_directory', { path: '/' })).toMatch(/own.*team|team.*own/);
      await agent.call('move_file', { source: '/own/mine.md', destination: '/team/mine.md' });
      expect(await agent.call('read_text_file', { path: '/team/mine.md' })).toContain('mine');
    }
    expect(await f9('ls', 'team:')).toContain('mine.md');
    expect(await f9('ls', 'own')).not.toContain('mine.md');
  });
});
