import { chmod, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

/** Two vaults, `one` and `two`, in folders of the same names. */
async function twoVaults(files: Readonly<Record<string, string>>): Promise<Workplace> {
  const place = await Workplace.create(files);
  await place.ok(['vaults', 'add', 'one', 'one', '--create']);
  await place.ok(['vaults', 'add', 'two', 'two', '--create']);
  return place;
}

async function list(place: Workplace, location: string): Promise<string[]> {
  return (await place.ok(['ls', '-r', location])).stdout.split('\n').slice(0, -1);
}

describe('cp', () => {
  test('copies within a vault', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'one/d/e.md': 'E' });
    await place.ok(['cp', 'one:a.md', 'one:b.md']);
    await place.ok(['cp', '-r', 'one:d', 'one:copy']);
    expect(await list(place, 'one:')).toEqual(['a.md', 'b.md', 'copy/', 'copy/e.md', 'd/', 'd/e.md']);
    expect(await place.text('one/b.md')).toBe('A');
  });

  test('copies from one vault to another, empty directories too', async () => {
    await using place = await twoVaults({ 'one/d/e.md': 'E', 'one/d/f/g.md': 'G' });
    await place.ok(['mkdir', 'one:d/empty']);
    const { documents } = await place.ok(['cp', '-r', 'one:d', 'two:x', '--json']);
    expect(documents).toEqual([expect.objectContaining({ from: 'one:d', location: 'two:x', path: 'x' })]);
    expect(await list(place, 'two:')).toEqual(['x/', 'x/e.md', 'x/empty/', 'x/f/', 'x/f/g.md']);
    expect(await place.text('two/x/f/g.md')).toBe('G');
    expect(await list(place, 'one:')).toContain('d/e.md');
  });

  test('puts files into a directory that is there, or is meant by a slash', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'one/b.md': 'B', 'two/d/x': '' });
    await place.ok(['cp', 'one:a.md', 'two:d']);
    await place.ok(['cp', 'one:a.md', 'two:new/']);
    await place.ok(['cp', 'one:a.md', 'two:']);
    await place.ok(['cp', 'one:a.md', 'one:b.md', 'two:both']);
    expect(await list(place, 'two:')).toEqual([
      'a.md',
      'both/',
      'both/a.md',
      'both/b.md',
      'd/',
      'd/a.md',
      'd/x',
      'new/',
      'new/a.md',
    ]);
  });

  test('copies a whole vault into a folder, and back', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'one/d/e.md': 'E' });
    await place.ok(['cp', '-r', 'one:', './backup']);
    expect(await list(place, 'backup')).toEqual(['a.md', 'd/', 'd/e.md']);
    await place.ok(['cp', '-r', 'backup', 'two:']);
    expect(await place.text('two/backup/d/e.md')).toBe('E');
    await place.ok(['cp', '-r', 'one:', 'two:']);
    expect(await place.text('two/d/e.md')).toBe('E');
  });

  test('replaces files only with --force', async () => {
    await using place = await twoVaults({ 'one/a.md': 'new', 'two/a.md': 'old' });
    const refused = await place.f9(['cp', 'one:a.md', 'two:a.md']);
    expect(refused.code).toBe(EXIT.occupied);
    expect(refused.stderr).toBe(
      'f9 cp one:a.md two:a.md failed: There is already something at "a.md"; replace it with --force (ALREADY_EXISTS)\n',
    );
    expect(await place.text('two/a.md')).toBe('old');
    await place.ok(['cp', '-f', 'one:a.md', 'two:a.md']);
    expect(await place.text('two/a.md')).toBe('new');
  });

  test('refuses directories without --recursive, and a directory into itself', async () => {
    await using place = await twoVaults({ 'one/d/e.md': 'E' });
    const refused = await place.f9(['cp', 'one:d', 'two:d']);
    expect(refused.code).toBe(EXIT.failed);
    expect(refused.stderr).toContain('copy it with --recursive');
    expect((await place.f9(['cp', '-r', 'one:', 'one:sub'])).code).toBe(EXIT.usage);
    expect((await place.f9(['cp', '-r', 'one:d', 'one:d/sub'])).code).toBe(EXIT.usage);
    expect(await list(place, 'one:')).toEqual(['d/', 'd/e.md']);
  });

  test('needs a source and a target', async () => {
    await using place = await Workplace.create();
    expect((await place.f9(['cp', 'a'])).code).toBe(EXIT.usage);
    expect((await place.f9(['cp'])).code).toBe(EXIT.usage);
  });
});

describe('mv', () => {
  test('renames within a vault', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'one/d/e.md': 'E' });
    await chmod(place.at('one/a.md'), 0o755);
    await place.ok(['mv', 'one:a.md', 'one:b.md']);
    await place.ok(['mv', 'one:d', 'one:x/y']);
    expect(await list(place, 'one:')).toEqual(['b.md', 'x/', 'x/y/', 'x/y/e.md']);
    expect((await stat(place.at('one/b.md'))).mode & 0o777).toBe(0o755);
  });

  test('moves from one vault to another and leaves nothing behind', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'one/d/e/f.md': 'F' });
    await place.ok(['mv', 'one:a.md', 'one:d', 'two:']);
    expect(await list(place, 'one:')).toEqual([]);
    expect(await list(place, 'two:')).toEqual(['a.md', 'd/', 'd/e/', 'd/e/f.md']);
    expect(await place.text('two/d/e/f.md')).toBe('F');
  });

  test('moves all of a vault', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'one/d/e.md': 'E' });
    await place.ok(['mv', 'one:', 'two:sub']);
    expect(await list(place, 'one:')).toEqual([]);
    expect(await list(place, 'two:')).toEqual(['sub/', 'sub/a.md', 'sub/d/', 'sub/d/e.md']);
  });

  test('a file moved onto itself under another name is not lost', async () => {
    await using place = await twoVaults({ 'one/d/a.md': 'A' });
    await place.ok(['vaults', 'add', 'inner', 'one/d']);
    const result = await place.f9(['mv', '-f', 'one:d/a.md', 'inner:a.md']);
    expect(result.code).toBe(EXIT.usage);
    expect(result.stderr).toContain('they are the same');
    expect(await place.text('one/d/a.md')).toBe('A');
  });

  test('what cannot be written stays where it is', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'two/a.md': 'other' });
    expect((await place.f9(['mv', 'one:a.md', 'two:a.md'])).code).toBe(EXIT.occupied);
    expect(await place.text('one/a.md')).toBe('A');
    expect(await place.text('two/a.md')).toBe('other');
  });

  test('several fail one by one', async () => {
    await using place = await twoVaults({ 'one/a.md': 'A', 'two/x': '' });
    const result = await place.f9(['mv', 'one:a.md', 'one:b.md', 'two:']);
    expect(result.code).toBe(EXIT.partly);
    expect(result.stderr).toContain('f9 mv one:b.md two: failed: There is nothing at "b.md"');
    expect(await list(place, 'two:')).toEqual(['a.md', 'x']);
  });
});
