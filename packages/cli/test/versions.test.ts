import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

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
      expect(stderr, argv[0]).toMatch(/a vault in a git repository does.* \(UNSUPPORTED\)/);
    }
    expect(await place.text('a.md')).toBe('A');
  });
});
