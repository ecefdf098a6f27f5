import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { WaitingLine } from '../../src/driver/index.ts';

test('as many as are called go on, in the order of their coming', async () => {
  const line = new WaitingLine();
  const order: number[] = [];
  const waiting = [0, 1, 2, 3].map((n) => line.wait().then(() => order.push(n)));
  expect(line.length).toBe(4);
  expect(line.call(3)).toBe(3);
  await Promise.all(waiting.slice(0, 3));
  expect(order).toEqual([0, 1, 2]);
  expect(line.call(5)).toBe(1);
  await waiting[3];
  expect({ order, left: line.length, called: line.call() }).toEqual({
    order: [0, 1, 2, 3],
    left: 0,
    called: 0,
  });
});

test('an abort takes its own place only, with its reason, and a timeout says false', async () => {
  const line = new WaitingLine();
  const controller = new AbortController();
  const aborted = line.wait(controller.signal);
  const impatient = line.wait(undefined, 1);
  const patient = line.wait();
  const reason = new Error('no more');
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await expect(line.wait(controller.signal)).rejects.toBe(reason);
  expect(await impatient).toBe(false);
  expect(line.call(2)).toBe(1);
  expect(await patient).toBe(true);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});
