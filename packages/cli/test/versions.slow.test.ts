import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';
import { twoClones } from './support/repository.ts';

describe('versions', () => {
  test('a folder keeps none, and says what would', async () => {
    await using place = await Workplace.create({ 'a.md': 'A' });
    for (const argv of [
      ['log', 'a.md'],
      ['cat', 'a.md', '--version', '1'],
      ['restore', 'a.md', '--version', '1'],
    ]) {
      const { code, stderr } = await place.f9(argv);
      expect(code, argv[0]).toBe(EXIT.failed);
      expect(stderr, argv[0]).toMatch(/git vaults do,.* \(UNSUPPORTED\)/);
    }
    expect(await place.text('a.md')).toBe('A');
  });

  test('of a repository are listed, printed and brought back, also of a file that is gone', async () => {
    await using place = await twoClones();
    for (const text of ['one\n', 'two\n']) {
      await place.ok(['write', '-f', 'ours:a.md', '--text', text]);
      await place.ok(['push', 'ours:', '-m', `It says ${text.trim()}`]);
    }
    await place.ok(['rm', 'ours:a.md']);
    await place.ok(['push', 'ours:']);
    const { documents } = await place.ok(['log', 'ours:a.md', '--json']);
    expect(documents).toMatchObject([
      { location: 'ours:a.md', deleted: true },
      { message: expect.stringContaining('It says two'), size: 4, deleted: false },
      { message: expect.stringContaining('It says one'), size: 4, deleted: false },
    ]);
    const version = String(documents[2]!.version);
    const lines = (await place.ok(['log', '-n', '2', 'ours:a.md'])).stdout.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^[\da-f]{12} {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}4 B {2}.* {2}It says two$/);
    expect((await place.ok(['cat', 'ours:a.md', '--version', version])).stdout).toBe('one\n');
    const shown = lines[1]!.split(' ')[0]!;
    expect((await place.ok(['cat', 'ours:a.md', '--version', shown])).stdout).toBe('two\n');
    await place.ok(['restore', 'ours:a.md', '--version', version.slice(0, 10)]);
    expect((await place.ok(['cat', 'ours:a.md'])).stdout).toBe('one\n');
    expect((await place.f9(['cat', 'ours:a.md', '--version', 'nonsense'])).code).not.toBe(EXIT.ok);
  });
});
