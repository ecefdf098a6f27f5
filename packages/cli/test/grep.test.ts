import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

describe('grep', () => {
  const FILES = {
    'n/a.md': 'An apple\r\na pear\n',
    'n/d/b.txt': 'APPLE (a.b)\n',
    'n/c.bin': new Uint8Array([0xff, 0x61]),
  };

  test('prints the lines that match, with file and number, and passes over what is no text', async () => {
    await using place = await Workplace.create(FILES);
    expect((await place.ok(['grep', 'a', 'n'])).stdout).toBe(
      'n/a.md:1: An apple\nn/a.md:2: a pear\nn/d/b.txt:1: APPLE (a.b)\n',
    );
    expect((await place.ok(['grep', '-i', 'apple|pear', 'n', '-g', '**/*.txt'])).stdout).toBe(
      'n/d/b.txt:1: APPLE (a.b)\n',
    );
    expect((await place.ok(['grep', 'pear', 'n/a.md', '--json'])).documents).toEqual([
      { location: 'n/a.md', path: 'a.md', line: 2, text: 'a pear' },
    ]);
  });

  test('takes a text as it is, and names files alone', async () => {
    await using place = await Workplace.create(FILES);
    expect((await place.ok(['grep', '-lF', '(a.b)', 'n'])).stdout).toBe('n/d/b.txt\n');
  });

  test('ends with 1 where nothing is found, and refuses what is no pattern', async () => {
    await using place = await Workplace.create(FILES);
    expect(await place.f9(['grep', 'plum', 'n'])).toMatchObject({
      code: EXIT.failed,
      stdout: '',
      stderr: '',
    });
    expect((await place.f9(['grep', '(', 'n'])).code).toBe(EXIT.usage);
    expect((await place.f9(['grep', 'a', 'nowhere'])).code).toBe(EXIT.notFound);
  });
});
