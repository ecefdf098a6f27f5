import { symlink, utimes } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { git } from './support/repository.ts';

/** What a dry run would copy. */
async function wouldCopy(place: Workplace, ...options: string[]): Promise<string[]> {
  const { documents } = await place.ok(['mirror', '-n', 'n', 'copy', '--json', ...options]);
  const { copied } = documents[0] as { copied: { path: string }[] };
  return copied.map(({ path }) => path);
}

describe('what a mirror looks at', () => {
  const FILES = { 'n/a.md': 'A', 'n/b.txt': 'B', 'n/d/c.md': 'C', 'n/d/x.tmp': 'X' };

  test('several patterns, any of which may match', async () => {
    await using place = await Workplace.create(FILES);
    expect(await wouldCopy(place, '-g', '*.txt', '-g', '**/*.tmp')).toEqual(['b.txt', 'd/x.tmp']);
  });

  test('--filter-from takes patterns of both kinds from a file, and refuses what is none', async () => {
    await using place = await Workplace.create({
      ...FILES,
      filter: '# mine\n\n+ **/*.md\n- d/**\n',
      wrong: '*.md\n',
    });
    expect(await wouldCopy(place, '--filter-from', 'filter')).toEqual(['a.md']);
    const wrong = await place.f9(['mirror', 'n', 'copy', '--filter-from', 'wrong']);
    expect(wrong.code).toBe(EXIT.usage);
    expect(wrong.stderr).toContain('"- PATTERN" or "+ PATTERN"');
    expect((await place.f9(['mirror', 'n', 'copy', '--filter-from', 'none'])).stderr).toContain('ENOENT');
  });

  test('--files-from takes exactly these, from a file or standard input', async () => {
    await using place = await Workplace.create({ ...FILES, list: 'a.md\nd/x.tmp\n' });
    expect(await wouldCopy(place, '--files-from', 'list')).toEqual(['a.md', 'd/x.tmp']);
    const { stdout } = await place.ok(['mirror', '-n', 'n', 'copy', '--files-from', '-'], {
      stdin: 'b.txt\n',
    });
    expect(stdout).toMatch(/^\+ b\.txt .*\nwould be: 1 copied/);
  });

  test('--newer-than takes a date or how long ago', async () => {
    await using place = await Workplace.create(FILES);
    await utimes(place.at('n/a.md'), new Date('2020-01-01'), new Date('2020-01-01'));
    expect(await wouldCopy(place, '--newer-than', '2021-01-01')).toEqual(['b.txt', 'd/c.md', 'd/x.tmp']);
    expect(await wouldCopy(place, '--newer-than', '1d')).toEqual(['b.txt', 'd/c.md', 'd/x.tmp']);
    expect((await place.f9(['mirror', 'n', 'copy', '--newer-than', 'soon'])).code).toBe(EXIT.usage);
  });

  test('.f9ignore counts, and --no-ignore overrules it', async () => {
    await using place = await Workplace.create({ ...FILES, 'n/.f9ignore': '*.tmp\n' });
    expect(await wouldCopy(place)).not.toContain('d/x.tmp');
    expect(await wouldCopy(place, '--no-ignore')).toContain('d/x.tmp');
  });

  test('of a clone what git keeps for itself and what it ignores stay where they are', async () => {
    await using place = await Workplace.create({ ...FILES, 'n/.gitignore': '*.tmp\n' });
    git(place.at('n'), 'init', '--quiet');
    expect(await wouldCopy(place)).toEqual(['.gitignore', 'a.md', 'b.txt', 'd/c.md']);
    expect(await wouldCopy(place, '--no-ignore')).toEqual([
      '.gitignore',
      'a.md',
      'b.txt',
      'd/c.md',
      'd/x.tmp',
    ]);
  });

  test('a directory of a vault holds nothing that its symlinks lead out to', async () => {
    await using place = await Workplace.create({ 'n/public/a.md': 'A', 'n/secret/key': 'key' });
    await symlink('../secret/key', place.at('n/public/link'));
    await symlink('../secret', place.at('n/public/shortcut'));
    await place.ok(['vaults', 'add', 'notes', 'n']);
    for (const [source, target] of [
      ['notes:public', 'one'],
      ['n/public', 'two'],
    ] as const) {
      const { documents } = await place.ok(['mirror', source, target, '--json']);
      expect(documents[0]).toMatchObject({
        copied: [{ path: 'a.md' }],
        skipped: [
          { path: 'link', reason: 'outside-link' },
          { path: 'shortcut', reason: 'outside-link' },
        ],
      });
    }
    expect((await place.ok(['glob', '**', 'notes:public'])).stdout).toBe('a.md\n');
    expect((await place.f9(['grep', 'key', 'notes:public'])).stdout).toBe('');
  });

  test('what is skipped is counted, and listed with -v and in JSON', async () => {
    await using place = await Workplace.create(FILES);
    await symlink('/nowhere/at/all', place.at('n/link'));
    const counted = await place.ok(['mirror', 'n', 'copy']);
    expect(counted.stdout).toContain(', 1 skipped;');
    expect(counted.stderr).toContain('-v lists them');
    expect((await place.ok(['mirror', '-v', 'n', 'copy'])).stdout).toMatch(/^! link {2}skipped: a link /);
    const { documents } = await place.ok(['mirror', 'n', 'copy', '--json']);
    expect(documents[0]).toMatchObject({ skipped: [{ path: 'link' }] });
  });
});

describe('guards of a mirror that runs unattended', () => {
  test('--max-delete does nothing at all where more would go', async () => {
    await using place = await Workplace.create({ 'n/a': 'new', 'copy/a': 'old', 'copy/b': '', 'copy/c': '' });
    const refused = await place.f9(['mirror', '--prune', '--max-delete', '1', 'n', 'copy']);
    expect(refused.code).toBe(EXIT.usage);
    expect(refused.stderr).toContain('--max-delete');
    expect(await place.text('copy/a')).toBe('old');
    expect((await place.f9(['mirror', '--prune', '--max-delete', '10%', 'n', 'copy'])).code).toBe(EXIT.usage);
    await place.ok(['mirror', '--prune', '--max-delete', '2', 'n', 'copy']);
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('a\n');
    expect((await place.f9(['mirror', '--max-delete', 'few', 'n', 'copy'])).stderr).toContain('20 or 10%');
  });

  test('--backup-dir keeps what is replaced or deleted', async () => {
    await using place = await Workplace.create({ 'n/a': 'new', 'copy/a': 'old', 'copy/b': 'gone' });
    await place.ok(['mirror', '--prune', '--backup-dir', 'kept/today', 'n', 'copy']);
    expect(await place.text('kept/today/a')).toBe('old');
    expect(await place.text('kept/today/b')).toBe('gone');
  });

  test('--backup-dir may be a directory of a vault, and keeps nothing in a dry run', async () => {
    await using place = await Workplace.create({ 'n/a': 'new', 'copy/a': 'old', 'copy/b': 'gone' });
    await place.ok(['vaults', 'add', 'kept', 'k', '--create']);
    const argv = ['mirror', '--prune', '--backup-dir', 'kept:d/today', 'n', 'copy'];
    await place.ok([...argv, '-n']);
    expect((await place.ok(['ls', 'kept:'])).stdout).toBe('');
    await place.ok(argv);
    expect((await place.ok(['ls', '-r', 'kept:'])).stdout).toBe('d/\nd/today/\nd/today/a\nd/today/b\n');
    expect((await place.ok(['cat', 'kept:d/today/a'])).stdout).toBe('old');
  });
});

describe('check', () => {
  test('ends with 0 in step and 1 out of step, and says how', async () => {
    await using place = await Workplace.create({ 'n/a': 'A', 'n/b': 'B', 'copy/b': 'b', 'copy/c': 'C' });
    const { code, stdout } = await place.f9(['check', 'n', 'copy']);
    expect(code).toBe(EXIT.failed);
    expect(stdout).toBe(
      '+ a  only the source has it\n~ b  its content differs\n- c  only the target has it\n' +
        'not in step: 1 missing, 1 differing, 1 extra, 0 same, 0 skipped, 0 failed\n',
    );
    const { documents } = await place.f9(['check', 'n', 'copy', '--json']);
    expect(documents).toEqual([expect.objectContaining({ inStep: false, missing: ['a'], extra: ['c'] })]);
    await place.ok(['mirror', '--prune', 'n', 'copy']);
    expect(await place.f9(['check', 'n', 'copy'])).toMatchObject({
      code: EXIT.ok,
      stdout: expect.stringMatching(/^in step/),
    });
  });

  test('a target that is missing is not there', async () => {
    await using place = await Workplace.create({ 'n/a': 'A' });
    expect((await place.f9(['check', 'n', 'copy'])).code).toBe(EXIT.notFound);
  });
});
