// A vault in PostgreSQL among the others, as the command has it: named by a URI, mirrored into and out of, mounted beside another and
// given to an agent.
import { afterAll, describe, expect, test } from 'vitest';
import { Workplace } from '../../cli/test/support/command.ts';
import { McpClient } from '../../cli/test/support/mcp-client.ts';
import { createStore } from '../../cli/test/support/store.ts';
import { startServer } from '../../openai-server/src/index.ts';
import { hasPostgres } from './support/cluster.ts';
import { cluster } from './support/shared.ts';

const place = await Workplace.create();
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});

const env = { PGPASSWORD: 'sec-ret' };

async function f9(...argv: string[]): Promise<string> {
  return (await place.ok(argv, { env })).stdout;
}

const uriOf = (vault: string): string => `postgres://f9@127.0.0.1:${cluster!.port}/postgres?vault=${vault}`;

interface Mirrored {
  readonly copied: readonly string[];
  readonly unchanged: readonly string[];
}

describe.skipIf(!hasPostgres)('the command (needs PostgreSQL)', () => {
  test('makes a vault, names it, mirrors a folder into it and it into a vector store, and examines it', async () => {
    await using service = await startServer({ unkind: false });
    const store = await createStore(service);
    await f9('vaults', 'add', 'team', uriOf('team'), '--create');
    for (let i = 0; i < 5; i++) await place.write(`notes/d/${i}.md`, `note ${i}\n`);
    const mirrored = async (...places: string[]): Promise<readonly number[]> => {
      const { copied, unchanged } = JSON.parse(
        await f9('mirror', ...places, '--prune', '--json'),
      ) as Mirrored;
      return [copied.length, unchanged.length];
    };
    expect(await mirrored('notes', 'team:')).toEqual([5, 0]);
    expect(await mirrored('notes', 'team:')).toEqual([0, 5]);
    expect(await mirrored('team:', store)).toEqual([5, 0]);
    expect(await mirrored('team:', store)).toEqual([0, 5]);
    await f9('write', 'team:d/3.md', '--text', 'changed', '--force');
    expect(await mirrored('team:', store)).toEqual([0, 4]);
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

  test('gives an agent a database and a folder in one tree', async () => {
    await f9('vaults', 'add', 'shared', uriOf('shared'), '--create');
    await place.write('own/mine.md', 'mine\n');
    const own = { F9_CONFIG: place.configPath, F9_CACHE: place.at('.cache'), HOME: place.path };
    {
      await using agent = await McpClient.start(['shared:', 'own'], {
        cwd: place.path,
        env: { ...process.env, ...env, ...own },
      });
      expect(await agent.call('list_directory', { path: '/' })).toMatch(/own.*shared|shared.*own/);
      await agent.call('move_file', { source: '/own/mine.md', destination: '/shared/mine.md' });
      expect(await agent.call('read_text_file', { path: '/shared/mine.md' })).toContain('mine');
    }
    expect(await f9('ls', 'shared:')).toContain('mine.md');
    expect(await f9('ls', 'own')).not.toContain('mine.md');
  });
});
