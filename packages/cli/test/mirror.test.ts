import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

describe('mirror', () => {
  test('makes a folder the same as another, and the second time moves nothing', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A', 'n/d/b.md': 'BB', 'n/.hidden': '' });
    expect((await place.ok(['mirror', 'n', 'copy'])).stdout).toMatch(
      /^3 copied, 0 updated, 0 moved, 0 deleted, 0 unchanged, 0 failed; 3 B in \d+\.\d s\n$/,
    );
    expect(await place.text('copy/d/b.md')).toBe('BB');
    expect((await place.ok(['mirror', 'n', 'copy'])).stdout).toMatch(
      /^0 copied, .* 3 unchanged, 0 failed; 0 B/,
    );
  });

  test('--verbose lists each change with its reason', async () => {
    await using place = await Workplace.create({
      'n/new': '1',
      'n/changed': '2',
      'n/renamed': '3',
      'n/same': '4',
    });
    for (const [path, text] of [
      ['changed', 'old'],
      ['before', '3'],
      ['same', '4'],
      ['gone', '5'],
    ]) {
      await place.write(`copy/${path}`, text!);
    }
    const { stdout } = await place.ok(['mirror', '-v', '--prune', 'n', 'copy']);
    expect(stdout.split('\n').slice(0, -2)).toEqual([
      '+ new  the target does not have it',
      '~ changed  its content differs',
      '> renamed  it was "before"',
      '- gone  the source does not have it',
    ]);
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('changed\nnew\nrenamed\nsame\n');
  });

  test('--dry-run tells the same and changes nothing', async () => {
    await using place = await Workplace.create({ 'n/a': '', 'copy/b': '1' });
    const { stdout } = await place.ok(['mirror', '-n', '--prune', 'n', 'copy']);
    expect(stdout).toBe(
      '+ a  the target does not have it\n- b  the source does not have it\n' +
        'would be: 1 copied, 0 updated, 0 moved, 1 deleted, 0 unchanged, 0 failed; nothing was changed\n',
    );
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('b\n');
  });

  test('prunes by an empty source only when that is named', async () => {
    await using place = await Workplace.create({ 'n/x': '', 'copy/a': 'A' });
    await rm(place.at('n/x'));
    const refused = await place.f9(['mirror', '--prune', 'n', 'copy']);
    expect(refused.code).toBe(EXIT.usage);
    expect(refused.stderr).toContain('--prune-even-if-empty');
    expect(await place.text('copy/a')).toBe('A');
    await place.ok(['mirror', '--prune-even-if-empty', 'n', 'copy']);
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('');
  });

  test('of directories in vaults, with patterns', async () => {
    await using place = await Workplace.create({
      'n/d/a.md': 'A',
      'n/d/b.txt': '',
      'n/d/x/c.md': '',
      'n/e.md': '',
    });
    await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
    await place.ok(['vaults', 'add', 'backup', 'b', '--create']);
    await place.ok(['mirror', 'notes:d', 'backup:today', '-g', '**/*.md', '-i', 'x/**']);
    expect((await place.ok(['ls', '-r', 'backup:'])).stdout).toBe('today/\ntoday/a.md\n');
  });

  test('what fails is told with its reason, and does not stop the others', async () => {
    await using place = await Workplace.create({ 'n/a': 'A', 'n/b': 'B', 'copy/a/x': '' });
    const result = await place.f9(['mirror', 'n', 'copy']);
    expect(result.code).toBe(EXIT.partly);
    expect(result.stdout).toMatch(/^1 copied, .* 1 failed;/);
    expect(result.stderr).toMatch(/^f9 mirror copy\/a failed: .*if it is a directory, move it away.*\n$/);
    expect(await place.text('copy/b')).toBe('B');
  });

  test('--json is one document with every file', async () => {
    await using place = await Workplace.create({
      'n/a': 'A',
      'n/b': 'B',
      'n/c': 'C',
      'copy/a/x': '',
      'copy/c': 'C',
    });
    const { code, documents, stderr } = await place.f9([
      'mirror',
      'n',
      'copy',
      '--json',
      '-c',
      'size',
      '-j',
      '1',
    ]);
    expect(code).toBe(EXIT.partly);
    expect(stderr).toBe('');
    expect(documents).toEqual([
      {
        dryRun: false,
        offline: false,
        copied: [{ path: 'b', reason: 'the target does not have it' }],
        updated: [],
        moved: [],
        deleted: [],
        unchanged: ['c'],
        skipped: [],
        notSearchable: [],
        failed: [{ path: 'a', code: 'ALREADY_EXISTS', reason: expect.stringContaining('move it away') }],
        bytes: expect.any(Number),
      },
    ]);
  });

  test('into the source, or from the target, is refused under whatever name, unless something is left out', async () => {
    await using place = await Workplace.create({ 'n/a.md': 'A', 'n/d/b.md': 'B' });
    await place.ok(['vaults', 'add', 'notes', 'n', '--create']);
    const into = await place.f9(['mirror', 'n', 'notes:backup']);
    expect(into.code).toBe(EXIT.usage);
    expect(into.stderr).toContain("--ignore 'backup/**'");
    const from = await place.f9(['mirror', '--prune', 'notes:d', 'n']);
    expect(from.code).toBe(EXIT.usage);
    expect(from.stderr).toContain("--ignore 'd/**'");
    expect((await place.f9(['mirror', '.', 'n/..'])).stderr).toContain('source and target are the same');
    await place.ok(['mirror', 'n', 'n/backup', '-i', 'backup/**']);
    await place.ok(['mirror', '--prune', 'n', 'n/backup', '-i', 'backup/**']);
    expect((await place.ok(['glob', '**', 'n'])).stdout).toBe('a.md\nbackup/a.md\nbackup/d/b.md\nd/b.md\n');
  });

  test('a source that is missing is no empty one', async () => {
    await using place = await Workplace.create({ 'copy/a': '' });
    expect((await place.f9(['mirror', '--prune-even-if-empty', 'n', 'copy'])).code).toBe(EXIT.notFound);
    expect(await place.text('copy/a')).toBe('');
  });

  test('shows on a terminal how far it is, and takes it away', async () => {
    await using place = await Workplace.create({ 'n/a': 'A' });
    const { stdout, stderr } = await place.ok(['mirror', 'n', 'copy'], { terminal: true });
    expect(stderr.startsWith('\r\u001b[Klisting')).toBe(true);
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
    expect(stdout).not.toContain('\r');
    expect((await place.ok(['mirror', 'n', 'copy'])).stderr).toBe('');
  });
});
