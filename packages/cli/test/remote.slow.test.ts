import { chmod, rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { git, twoClones, twoClonesInConflict, twoClonesWithConflict } from './support/repository.ts';

// Generous: each starts git some dozen times.
describe('pull, push and sync', () => {
  test('bring changes from one clone to another', async () => {
    await using place = await twoClones();
    await place.ok(['write', 'ours:a.md', '--text', 'A']);
    expect((await place.ok(['push', 'ours:', '-m', 'Apples'])).stdout).toBe('pushed ours:\n');
    expect(git(place.at('remote.git'), 'log', '--format=%s', 'main')).toBe('Apples');
    expect((await place.ok(['pull', 'theirs:', '--json'])).documents).toEqual([
      { location: 'theirs:', pulled: true },
    ]);
    expect((await place.ok(['cat', 'theirs:a.md'])).stdout).toBe('A');
    await place.ok(['write', 'theirs:b.md', '--text', 'B']);
    expect((await place.ok(['sync', 'theirs:', 'ours:', '-m', 'Bananas'])).stdout).toBe(
      'synced theirs:\nsynced ours:\n',
    );
    expect((await place.ok(['ls', 'ours:'])).stdout).toBe('a.md\nb.md\n');
  });

  test('need a remote', async () => {
    await using place = await Workplace.create();
    for (const verb of ['pull', 'push', 'sync', 'conflicts']) {
      const { code, stderr } = await place.f9([verb, '.']);
      expect(code, verb).toBe(EXIT.failed);
      expect(stderr).toContain('has no remote');
    }
  });

  test('a mirror into a repository that pushes by itself is one commit', async () => {
    await using place = await twoClones('&auto_push=true');
    for (const name of ['a', 'b', 'd/c']) await place.write(`n/${name}`, name);
    await place.ok(['mirror', 'n', 'ours:']);
    expect(git(place.at('remote.git'), 'rev-list', '--count', 'main')).toBe('1');
    expect(git(place.at('remote.git'), 'ls-tree', '-r', '--name-only', 'main')).toBe('a\nb\nd/c');
    await place.ok(['mv', 'ours:d', 'ours:a', 'ours:e/']);
    expect(git(place.at('remote.git'), 'rev-list', '--count', 'main')).toBe('2');
    expect(git(place.at('remote.git'), 'ls-tree', '-r', '--name-only', 'main')).toBe('b\ne/a\ne/d/c');
  });
});

test('a change that could not be published is kept, and the error says so', async () => {
  await using place = await twoClones('&auto_push=true');
  await place.ok(['ls', 'ours:']);
  await rename(place.at('remote.git'), place.at('gone.git'));
  const { code, stderr } = await place.f9(['write', 'ours:a.md', '--text', 'A']);
  expect(code).not.toBe(EXIT.ok);
  expect(stderr).toContain('the change is kept here and goes out with the next push');
  const { stderr: json } = await place.f9(['write', 'ours:b.md', '--text', 'B', '--json']);
  expect(JSON.parse(json)).toMatchObject({ error: { stored: true } });
  await rename(place.at('gone.git'), place.at('remote.git'));
  await place.ok(['push', 'ours:']);
  await place.ok(['pull', 'theirs:']);
  expect((await place.ok(['cat', 'theirs:a.md', 'theirs:b.md'])).stdout).toBe('AB');
});

describe('conflicts that stand', () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await twoClonesInConflict();
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('make pull, push and sync fail with a code of their own', async () => {
    for (const verb of ['pull', 'push', 'sync']) {
      const { code, stderr } = await place.f9([verb, 'ours:']);
      expect(code, verb).toBe(EXIT.conflicts);
      expect(stderr).toContain('f9 conflicts shows how and settles it (SYNC_CONFLICT)');
    }
  });

  test('are listed', async () => {
    expect(await place.f9(['conflicts', 'ours:'])).toMatchObject({
      code: EXIT.conflicts,
      stdout:
        'changed on both sides        ours:a.md  content\nchanged here, deleted there  ours:b.md  modify/delete\n',
    });
    expect((await place.f9(['conflicts', 'ours:', '--json'])).documents).toEqual([
      { location: 'ours:a.md', path: 'a.md', status: 'UU', kind: 'content', paths: ['a.md'] },
      { location: 'ours:b.md', path: 'b.md', status: 'UD', kind: 'modify/delete', paths: ['b.md'] },
    ]);
    expect((await place.f9(['conflicts', 'ours:c.md'])).code).toBe(EXIT.notFound);
  });

  test('are shown as what each side did', async () => {
    const { stdout } = await place.ok(['conflicts', 'ours:a.md']);
    expect(stdout).toBe(
      [
        'a.md  changed on both sides (content)',
        '--- base\n+++ local\n@@ -1,4 +1,4 @@\n one\n two\n-three\n-four\n+OURS\n+FOUR',
        '--- base\n+++ remote\n@@ -1,4 +1,4 @@\n-one\n+ONE\n two\n-three\n+THEIRS\n four\n',
      ].join('\n'),
    );
    expect((await place.ok(['conflicts', 'ours:b.md'])).stdout).toContain('+++ remote: not there');
    expect((await place.ok(['conflicts', 'ours:b.md', '--json'])).documents).toEqual([
      expect.objectContaining({ base: { text: 'b\n' }, local: { text: 'B\n' }, remote: null }),
    ]);
    const colored = await place.ok(['conflicts', 'ours:a.md'], { env: { FORCE_COLOR: '1' } });
    expect(colored.stdout).toContain('\u001b[32m+OURS\u001b[39m');
  });

  test('are not settled by accident', async () => {
    for (const argv of [['--accept', 'local'], ['--edit'], ['--stdin'], ['--edit', '--all']]) {
      expect((await place.f9(['conflicts', 'ours:', ...argv])).code).toBe(EXIT.usage);
    }
    expect((await place.f9(['conflicts', 'ours:a.md', '--edit', '--accept', 'local'])).code).toBe(EXIT.usage);
  });

  test('stay when the editor fails, or leaves the markers', async () => {
    const failed = await place.f9(['conflicts', 'ours:a.md', '--edit'], { env: { EDITOR: 'false' } });
    expect(failed.code).toBe(EXIT.failed);
    expect(failed.stderr).toContain('the editor (false) ended with code 1');
    const untouched = await place.f9(['conflicts', 'ours:a.md', '--edit'], { env: { EDITOR: 'true' } });
    expect(untouched.code).toBe(EXIT.failed);
    expect(untouched.stderr).toContain('still holds conflict markers');
  });

  test('are told by the doctor', async () => {
    const { documents } = await place.ok(['doctor', 'ours:', 'theirs:', '--json']);
    expect(documents.filter(({ check }) => String(check).endsWith('is settled'))).toEqual([
      { check: 'ours: is settled', status: 'warning', found: '2 conflicts', advice: 'f9 conflicts ours:' },
      { check: 'theirs: is settled', status: 'ok', found: 'no conflict' },
    ]);
  });
});

describe('a conflict is settled', () => {
  test('by a side, and then published', async () => {
    await using place = await twoClonesWithConflict();
    expect((await place.ok(['conflicts', 'ours:a.md', '--accept', 'remote'])).stdout).toBe(
      'ours:a.md: remote kept\n',
    );
    expect(
      (await place.ok(['conflicts', 'ours:', '--accept', 'local', '--all', '--json'])).documents,
    ).toEqual([{ location: 'ours:b.md', path: 'b.md', accepted: 'local' }]);
    expect((await place.ok(['conflicts', 'ours:'])).stdout).toBe('');
    await place.ok(['push', 'ours:']);
    await place.ok(['pull', 'theirs:']);
    expect((await place.ok(['cat', 'theirs:a.md', 'theirs:b.md'])).stdout).toBe(
      'ONE\ntwo\nTHEIRS\nfour\nB\n',
    );
  });

  test('by both, the other version beside', async () => {
    await using place = await twoClonesWithConflict();
    await place.ok(['conflicts', 'ours:', '--accept', 'both', '--all']);
    expect((await place.ok(['cat', 'ours:a.md'])).stdout).toContain('OURS');
    const beside = (await place.ok(['glob', 'a*', 'ours:'])).stdout
      .split('\n')
      .find((name) => name !== 'a.md');
    expect((await place.ok(['cat', `ours:${beside}`])).stdout).toContain('THEIRS');
  });

  test('in the editor of VISUAL or EDITOR, which gets both joined, or by standard input', async () => {
    await using place = await twoClonesWithConflict();
    await place.write('edit.sh', `#!/bin/sh\ncp "$2" '${place.at('seen')}'\nprintf 'edited\\n' > "$2"\n`);
    await chmod(place.at('edit.sh'), 0o755);
    const env = { EDITOR: 'false', VISUAL: `'${place.at('edit.sh')}' --wait` };
    expect((await place.ok(['conflicts', 'ours:a.md', '--edit'], { env })).stdout).toBe(
      'ours:a.md: resolved\n',
    );
    expect(await place.text('seen')).toBe(
      'ONE\ntwo\n<<<<<<< local\nOURS\nFOUR\n||||||| base\nthree\nfour\n=======\nTHEIRS\nfour\n>>>>>>> remote\n',
    );
    await place.ok(['conflicts', 'ours:b.md', '--stdin'], { stdin: 'joined\n' });
    expect((await place.ok(['cat', 'ours:a.md', 'ours:b.md'])).stdout).toBe('edited\njoined\n');
  });
});
