import { expect, test } from 'vitest';
import { forEachConcurrently } from '../../src/driver/index.ts';
import { forEachInTurns } from '../../src/tasks/for-each-in-turns.ts';
import { settle } from '../drivers.ts';

test('every item is worked on once, no more than the limit at a time', async () => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  const items = Array.from({ length: 100 }, (_, n) => n);
  await forEachConcurrently(items, 7, async (n) => {
    most = Math.max(most, ++running);
    await settle();
    seen.push(n);
    running--;
  });
  expect(seen.toSorted((a, b) => a - b)).toEqual(items);
  expect(most).toBe(7);
});

test('a limit far beyond the items costs nothing', async () => {
  let count = 0;
  await forEachConcurrently(new Set([1, 2, 3]), Number.MAX_SAFE_INTEGER, async () => void count++);
  expect(count).toBe(3);
  await forEachConcurrently([], Number.MAX_SAFE_INTEGER, async () => void count++);
  expect(count).toBe(3);
});

test('the first failure starts nothing more, is thrown when what runs has ended, and hides no later one as unhandled', async () => {
  const started: number[] = [];
  const ended: number[] = [];
  const work = forEachConcurrently([1, 2, 3, 4, 5, 6], 2, async (n) => {
    started.push(n);
    await settle();
    if (n === 1) throw new Error('first');
    await settle();
    ended.push(n);
    if (n === 2) throw new Error('second');
  });
  await expect(work).rejects.toThrow('first');
  expect({ started, ended }).toEqual({ started: [1, 2], ended: [2] });
});

test('items that fail to come count as a failure, after what runs has ended', async () => {
  const ended: number[] = [];
  function* items(): Generator<number> {
    yield 1;
    yield 2;
    throw new Error('no more');
  }
  const work = forEachConcurrently(items(), 2, async (n) => {
    await settle();
    ended.push(n);
  });
  await expect(work).rejects.toThrow('no more');
  expect(ended).toEqual([1, 2]);
});

test('cheap work on many items is done in order, and leaves the event loop its turns', async () => {
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const items = Array.from({ length: 10_000 }, (_, n) => n);
  const seen: number[] = [];
  await forEachInTurns(items, (n) => seen.push(n));
  isOver = true;
  expect(seen).toEqual(items);
  expect(turns).toBeGreaterThan(5);
});
