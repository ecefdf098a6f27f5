// The command lines of the recipes, run as they stand where f9 is one program and the vaults are folders.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Workplace } from './support/command.ts';
import { Shell } from './support/shell.ts';
import { Spawned } from './support/spawned.ts';

const recipes = await readFile(new URL('../../../docs/scheduled-mirrors.md', import.meta.url), 'utf8');
const action = await readFile(new URL('../../../.github/actions/mirror/action.yml', import.meta.url), 'utf8');

async function withVaults(): Promise<{ place: Workplace; env: Shell['env'] }> {
  const place = await Workplace.create({ 'n/a.md': 'A', '.f9-secrets': '' });
  await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
  await place.ok(['vaults', 'add', 'index', 'copy', '--create']);
  // As npx would: what follows "--" is the command. What it would install is written down.
  const npx = '#!/bin/bash\nwhile [[ "$1" != -- ]]; do echo "$1" >> npx.log; shift; done; shift\nexec "$@"\n';
  const { env } = await Shell.in(place, { npx });
  return { place, env };
}

describe('recipes for schedulers (needs bash)', () => {
  test('the line of cron', async () => {
    const { place, env } = await withVaults();
    await using _ = place;
    const line = /^\*\/10 \* \* \* \* (.*)$/m.exec(recipes)![1]!;
    execFileSync('bash', ['-c', line], { cwd: place.path, env });
    expect(await place.text('copy/a.md')).toBe('A');
    expect(await place.text('mirror.log')).toMatch(/^1 copied/);
  });

  test('the unit of systemd runs until it is told to end', async () => {
    const { place, env } = await withVaults();
    await using _ = place;
    const line = /^ExecStart=f9 (.*)$/m.exec(recipes)![1]!.replaceAll('%%', '%');
    const { child, ended } = new Spawned(line.split(' '), place.path, env);
    await expect.poll(() => place.text('copy/a.md').catch(() => '')).toBe('A');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('the entry point of the container takes a source and a target', async () => {
    const { place, env } = await withVaults();
    await using _ = place;
    const [, ...words] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(recipes)![1]!) as string[];
    const { child, ended } = new Spawned([...words, 'notes:', 'index:'], place.path, env);
    await expect.poll(() => place.text('copy/a.md').catch(() => '')).toBe('A');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('the step of the action, whose inputs cannot become a part of its script', async () => {
    const { place, env } = await withVaults();
    await using _ = place;
    const script = action.split('run: |\n')[1]!.replaceAll(/^ {8}/gm, '');
    const inputs = { SOURCE: 'n', TARGET: 'copy', OPTIONS: '--prune --max-delete 10%', VERSION: 'latest' };
    execFileSync('bash', ['-c', script], { cwd: place.path, env: { ...env, ...inputs }, stdio: 'pipe' });
    expect(await place.text('copy/a.md')).toBe('A');
    expect(await place.text('npx.log')).toBe('--yes\n--package\n@f9/cli@latest\n');
    const evil = { ...inputs, TARGET: 'copy"; touch pwned; "', OPTIONS: '$(touch pwned)' };
    expect(() =>
      execFileSync('bash', ['-c', script], { cwd: place.path, env: { ...env, ...evil }, stdio: 'pipe' }),
    ).toThrow();
    // A client that the command does not bring is installed beside it; there is no key here.
    const store = { ...inputs, TARGET: 'openai+vector://vs_1', VERSION: '1.2.3' };
    expect(() =>
      execFileSync('bash', ['-c', script], { cwd: place.path, env: { ...env, ...store }, stdio: 'pipe' }),
    ).toThrow('OPENAI_API_KEY');
    expect(await place.text('npx.log')).toMatch(/@f9\/cli@1\.2\.3\n--package\n@f9\/openai@1\.2\.3\n$/);
    await expect(place.text('pwned')).rejects.toThrow('ENOENT');
    expect(action.split('run: |')[1]).not.toContain('${{');
  });
});
