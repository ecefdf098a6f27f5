import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GitSyncFileBackend } from '../src/index.ts';
import { filesAt, git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';

const SECRET = 'AKIA0123456789';

/** Has the remote refuse every push in whose new commits a secret stands, as hosts do that scan for them. */
function scanForSecrets(vaults: Vaults): void {
  const hook = join(vaults.remote, 'hooks', 'pre-receive');
  fs.mkdirSync(join(vaults.remote, 'hooks'), { recursive: true });
  const lines = [
    '#!/bin/sh',
    'while read old new ref; do',
    '  for commit in $(git rev-list "$new" --not --all); do',
    `    if git grep -q ${SECRET} "$commit"; then`,
    "      printf 'push declined: \\033[31msecret\\033[0m, see https://me:hunter2@host/x\\n' >&2; exit 1",
    '    fi',
    '  done',
    'done',
  ];
  fs.writeFileSync(hook, `${lines.join('\n')}\n`, { mode: 0o755 });
}

function rescued(vaults: Vaults): string[] {
  return git(vaults.at('ours'), 'for-each-ref', '--format=%(refname)', 'refs/f9/rescue')
    .split('\n')
    .filter(Boolean);
}

async function refusedOnce(): Promise<readonly [Vaults, GitSyncFileBackend, GitSyncFileBackend]> {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ a: 'a' });
  scanForSecrets(vaults);
  await ours.create('config', { data: `key=${SECRET}\n` });
  await ours.create('good', { data: 'good' });
  await expect(ours.push({ message: 'With a secret' })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    reason: 'refused',
    retryable: false,
    message: expect.stringContaining('("push declined: secret, see https://host/x")'),
  });
  return [vaults, ours, theirs];
}

describe('what the remote refused for its content', () => {
  test('is made anew once it is taken out: one commit with all that is good, the old one kept here', async () => {
    const [vaults, ours] = await refusedOnce();
    await expect(ours.push()).rejects.toMatchObject({ reason: 'refused' });
    await ours.update('config', { data: 'key=\n' });
    await ours.push({ message: 'Without' });
    expect(filesAt(vaults.remote)).toEqual({ a: 'a', config: 'key=\n', good: 'good' });
    expect(git(vaults.remote, 'log', '--format=%s', 'main').split('\n')).toEqual([
      'Without',
      'The first files',
    ]);
    const [kept = ''] = rescued(vaults);
    expect(git(vaults.at('ours'), 'log', '-2', '--format=%s', kept).split('\n')).toEqual([
      'Without',
      'With a secret',
    ]);
    await ours.update('good', { data: 'better' });
    await ours.push();
    expect(rescued(vaults)).toEqual([kept]);
    expect(git(vaults.at('ours'), 'status', '--porcelain')).toBe('');
  });

  test('is made anew on what others pushed meanwhile, also in another process', async () => {
    const [vaults, ours, theirs] = await refusedOnce();
    await theirs.create('theirs', { data: 'theirs' });
    await theirs.push();
    await ours[Symbol.asyncDispose]();
    const again = await vaults.open('ours');
    await again.delete('config');
    await again.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'a', good: 'good', theirs: 'theirs' });
    expect(await contentsOf(again)).toEqual({ a: 'a', good: 'good', theirs: 'theirs' });
  });

  test('is forgotten where nothing is left of it', async () => {
    const [vaults, ours] = await refusedOnce();
    await ours.delete('config');
    await ours.delete('good');
    await ours.push();
    expect(git(vaults.at('ours'), 'rev-parse', 'main')).toBe(git(vaults.remote, 'rev-parse', 'main'));
    expect(rescued(vaults)).toHaveLength(1);
  });

  test('goes through as it is where the rule is gone', async () => {
    const [vaults, ours] = await refusedOnce();
    fs.rmSync(join(vaults.remote, 'hooks', 'pre-receive'));
    await ours.push();
    expect(git(vaults.remote, 'log', '-1', '--format=%s', 'main')).toBe('With a secret');
    await ours.update('a', { data: 'b' });
    await ours.push();
    expect(git(vaults.remote, 'log', '--format=%s', 'main').split('\n')).toHaveLength(3);
    expect(rescued(vaults)).toEqual([]);
  });

  test('stays where somebody committed beside f9: history that others made is theirs', async () => {
    const [vaults, ours] = await refusedOnce();
    git(vaults.at('ours'), 'commit', '--quiet', '--allow-empty', '-m', 'By hand');
    await ours.delete('config');
    await expect(ours.push()).rejects.toMatchObject({ reason: 'refused' });
    expect(git(vaults.at('ours'), 'log', '--format=%s', 'main').split('\n')).toContain('By hand');
  });
});
