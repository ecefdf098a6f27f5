import { expect, test } from 'vitest';
import { EXIT } from '../src/index.ts';
import { Workplace } from './support/command.ts';

test('--bwlimit holds the reading of all files together back', async () => {
  await using place = await Workplace.create({
    'n/a': 'x'.repeat(30_000),
    'n/b': 'x'.repeat(30_000),
    'n/c': 'x',
  });
  const startedAt = performance.now();
  await place.ok(['mirror', 'n', 'copy', '--bwlimit', '100k']);
  // The last of three files waits until the 60 kB before it, or the 30 kB if it was not the last to begin, are paid for.
  expect(performance.now() - startedAt).toBeGreaterThan(290);
  expect(await place.text('copy/b')).toHaveLength(30_000);
  for (const rate of ['0', 'fast', '-1', '1T']) {
    expect((await place.f9(['mirror', 'n', 'copy', '--bwlimit', rate])).code, rate).toBe(EXIT.usage);
  }
});
