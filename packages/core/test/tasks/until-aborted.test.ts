import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { untilAborted } from '../../src/driver/index.ts';
import { gate } from '../drivers.ts';

test('the work’s own end is what comes out, and no listener stays', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(untilAborted(Promise.reject(new Error('mine')), signal)).rejects.toThrow('mine');
  expect(await untilAborted(Promise.resolve(2), undefined)).toBe(2);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('an abort, also one that came before, ends the wait with its reason; work that fails later is no unhandled rejection', async () => {
  const work = gate();
  const controller = new AbortController();
  const waiting = untilAborted(work.opened, controller.signal);
  const reason = new Error('no more');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(untilAborted(work.opened, controller.signal)).rejects.toBe(reason);
  work.fail(new Error('too late'));
  await expect(work.opened).rejects.toThrow('too late');
});
