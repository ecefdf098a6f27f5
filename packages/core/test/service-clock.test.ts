import { expect, test } from 'vitest';
import { ServiceClock } from '../src/driver/index.ts';

const HOUR = 3_600_000;

test('the clock is believed where it may be right, and corrected where it cannot be', () => {
  const clock = new ServiceClock(250);
  const at = Date.now();
  const date = (time: number): string => new Date(time).toUTCString();
  clock.hear(null, at, at);
  clock.hear('nonsense', at, at);
  expect(clock.isSkewed).toBe(false);
  clock.hear(date(at), at - 100, at);
  expect(clock.isSkewed).toBe(false);
  for (const skew of [HOUR, -HOUR]) {
    const wrong = new ServiceClock(250);
    wrong.hear(date(at + skew), at - 100, at);
    expect(wrong.isSkewed).toBe(true);
    expect(wrong.now() - (Date.now() + skew)).toBeLessThanOrEqual(0);
    expect(wrong.now() - (Date.now() + skew)).toBeGreaterThan(-1200);
    // Set right in between.
    wrong.hear(date(at), at - 100, at);
    expect(wrong.isSkewed).toBe(false);
  }
});
