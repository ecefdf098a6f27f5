import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

describe('glob', () => {
  test('finds files by a pattern, relative to the directory that is named', async () => {
    await using place = await Workplace.create({
      'n/a.md': '',
      'n/d/b.md': '',
      'n/d/c.txt': '',
      'n/.h.md': '',
    });
    expect((await place.ok(['glob', '**/*.md', 'n'])).stdout).toBe('a.md\nd/b.md\n');
    expect((await place.ok(['glob', '*.{md,txt}', 'n/d'])).stdout).toBe('b.md\nc.txt\n');
    expect((await place.ok(['glob', '*.md', 'n', '--dot'])).stdout).toBe('.h.md\na.md\n');
    expect((await place.ok(['glob', '*', 'n', '--dirs'])).stdout).toBe('a.md\nd\n');
    expect((await place.ok(['glob', '**', 'n', '-i', 'd/**', '-i', 'x'])).stdout).toBe('a.md\n');
    expect((await place.ok(['glob', '*.md'], { cwd: 'n' })).stdout).toBe('a.md\n');
  });

  test('--json names what it finds', async () => {
    await using place = await Workplace.create({ 'n/d/b.md': '' });
    await place.ok(['vaults', 'add', 'notes', 'n']);
    expect((await place.ok(['glob', '*', 'notes:d', '--json'])).documents).toEqual([
      { location: 'notes:d/b.md', path: 'd/b.md' },
    ]);
  });

  test('a pattern that climbs out is refused', async () => {
    await using place = await Workplace.create({ a: '' });
    expect((await place.f9(['glob', '../*'])).code).toBe(EXIT.usage);
  });
});

describe('checksum', () => {
  test('prints what sha256sum prints', async () => {
    await using place = await Workplace.create({ 'a.md': 'A', 'd/b.md': 'B' });
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    expect((await place.ok(['checksum', 'a.md', 'd/b.md'])).stdout).toBe(
      `${sha256('A')}  a.md\n${sha256('B')}  d/b.md\n`,
    );
  });

  test('of a name with a line break is read by sha256sum', async () => {
    const place = await Workplace.create({ 'a\nb.md': 'A', 'c\rd.md': 'C' });
    await using _place = place;
    const { stdout } = await place.ok(['checksum', 'a\nb.md', 'c\rd.md']);
    expect(stdout.split('\n').map((line) => line.slice(0, 1) + line.slice(65))).toEqual([
      '\\  a\\nb.md',
      '\\  c\\rd.md',
      '',
    ]);
    const checked = spawnSync('sha256sum', ['--check', '--quiet', '-'], {
      cwd: place.at('.'),
      input: stdout,
    });
    // Where it is not installed, the lines above have to do.
    if (checked.error === undefined) expect([checked.status, String(checked.stderr)]).toEqual([0, '']);
  });

  test('of other algorithms, and as JSON', async () => {
    await using place = await Workplace.create({ 'a.md': 'hello' });
    const { documents } = await place.ok(['checksum', '-a', 'blake3', 'a.md', '--json']);
    expect(documents).toEqual([
      {
        location: 'a.md',
        path: 'a.md',
        algorithm: 'blake3',
        checksum: 'ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f',
      },
    ]);
    expect((await place.f9(['checksum', '-a', 'crc', 'a.md'])).code).toBe(EXIT.usage);
    expect((await place.f9(['checksum', 'missing'])).code).toBe(EXIT.notFound);
  });
});
