import { once } from 'node:events';
import { rm, symlink } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { Spawned } from './support/spawned.ts';

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

  test('--verbose tells of each change, and why', async () => {
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
    const { stdout, stderr } = await place.ok(['mirror', '-v', '--prune', 'n', 'copy']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}/, '')).sort()).toEqual([
      'copying changed  its content differs',
      'copying new  the target does not have it',
      'deleting gone  the source does not have it',
      'moving renamed  it was "before"',
    ]);
    expect(stdout).toMatch(/^1 copied, 1 updated, 1 moved, 1 deleted, [^\n]*\n$/);
    expect((await place.ok(['ls', 'copy'])).stdout).toBe('changed\nnew\nrenamed\nsame\n');
  });

  test('--verbose tells of a file when it is done, while others still are to come', async () => {
    await using place = await Workplace.create({ 'n/a': 'A', 'n/b': 'B'.repeat(100_000), 'n/c': 'C' });
    const argv = ['mirror', '-v', '-j', '1', '--bwlimit', '1k', '--log-format', 'json', 'n', 'copy'];
    const { child, ended } = new Spawned(argv, place.path);
    const [line] = (await once(child.stderr, 'data')) as [Buffer];
    expect(JSON.parse(line.toString().split('\n')[0]!)).toMatchObject({
      event: 'copying',
      path: 'a',
      reason: 'the target does not have it',
    });
    child.kill('SIGINT');
    expect((await ended).code).toBe(EXIT.interrupted);
    expect((await place.ok(['ls', 'copy'])).stdout).not.toContain('c');
  });

  test('where there is no terminal it tells every ten seconds how far it is', async () => {
    await using place = await Workplace.create();
    for (let i = 0; i < 20; i++) await place.write(`n/${i}`, 'x'.repeat(1000));
    // A clock that runs a thousand times too fast.
    const clock = 'const now=performance.now.bind(performance);performance.now=()=>now()*1000';
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}` };
    const { ended } = new Spawned(['mirror', 'n', 'copy', '-j', '1'], place.path, env);
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(EXIT.ok);
    expect(stderr).toMatch(/^copying {2}\d+\/20 files {2}[\d.]+ k?B {2}[\d.]+ .?B\/s {2}\d+$/m);
    expect(stderr.split('\n').length).toBeLessThan(60);
  });

  test('with --log-format json standard error is JSON to the end, failures and notes too', async () => {
    await using place = await Workplace.create({ 'n/a': 'A', 'n/b': 'B', 'copy/a/x': '' });
    await symlink('/nowhere/at/all', place.at('n/link'));
    const { code, stderr } = await place.f9(['mirror', '--log-format', 'json', 'n', 'copy']);
    expect(code).toBe(EXIT.partly);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event }) => event).sort()).toEqual(['copying', 'copying', 'failed', 'note']);
    expect(events.find(({ event }) => event === 'failed')).toMatchObject({ location: 'copy/a' });
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
