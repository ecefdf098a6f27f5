import { expect, test } from 'vitest';
import { compareBytes, sortByBytes } from '../../src/paths/path.ts';
import { sortInParts } from '../../src/paths/sort-in-parts.ts';

/** Names in no order, some of them many times, some with characters that UTF-8 and UTF-16 order differently. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const number = (n * 2654435761) % 50_021;
    return `${number % 7 === 0 ? '\u{1F4C4}' : number % 5 === 0 ? '\uFF21' : ''}${number.toString(36)}`;
  });
}

function ran<T>(work: Generator<void, T, void>): { readonly value: T; readonly yields: number } {
  for (let yields = 0; ; yields++) {
    const step = work.next();
    if (step.done === true) return { value: step.value, yields };
  }
}

test.each([0, 1, 2048, 2049, 60_000])('sorts %i items as one sort would', (count) => {
  const expected = names(count).sort(compareBytes);
  expect(ran(sortInParts(names(count), compareBytes)).value).toEqual(expected);
  expect(ran(sortInParts(names(count), compareBytes, sortByBytes)).value).toEqual(expected);
});

test('lets others have their turn the more often the more there is to sort', () => {
  expect(ran(sortInParts(names(2048), compareBytes)).yields).toBe(0);
  expect(ran(sortInParts(names(60_000), compareBytes)).yields).toBeGreaterThanOrEqual(2 * 29);
});

test('items that are all the same come to an end', () => {
  const same = new Array<string>(10_000).fill('same');
  expect(ran(sortInParts(same, compareBytes)).value).toHaveLength(10_000);
});
