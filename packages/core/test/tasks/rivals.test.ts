import { expect, test } from 'vitest';
import { Rivals } from '../../src/tasks/rivals.ts';

/** Milliseconds of rest after each of some successes. */
async function rests(rivals: Rivals, tries: number, count: number): Promise<number[]> {
  const rested: number[] = [];
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    await rivals.giveWay(tries, 10 * tries);
    rested.push(performance.now() - began);
  }
  return rested;
}

test('alone, one rests after every fourth success; having met others, far longer; and forgets them', async () => {
  const rivals = new Rivals();
  const alone = await rests(rivals, 1, 8);
  expect(alone.map((rest) => rest > 25)).toEqual([false, false, false, true, false, false, false, true]);
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  expect(sum(await rests(rivals, 5, 8))).toBeGreaterThan(sum(alone));
  for (let n = 0; n < 80; n++) await rivals.giveWay(1, 0);
  expect((await rests(rivals, 1, 8)).map((rest) => rest > 25)).toEqual(alone.map((rest) => rest > 25));
});
