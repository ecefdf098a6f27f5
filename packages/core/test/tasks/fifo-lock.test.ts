import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { FifoLock, KeyedLock } from '../../src/driver/index.ts';
import { gate, settle } from '../drivers.ts';

const FOREVER = Number.POSITIVE_INFINITY;

test('who waits gets the lock in the order of their coming, and nobody slips in between', async () => {
  const lock = new FifoLock();
  const order: string[] = [];
  const first = await lock.acquire(FOREVER);
  const waiting = ['a', 'b', 'c'].map(async (name) => {
    const release = await lock.acquire(FOREVER);
    order.push(name);
    await settle();
    release!();
  });
  first!();
  // Given back, but already promised to `a`.
  expect(lock.isHeld).toBe(true);
  await lock.run(async () => void order.push('late'));
  await Promise.all(waiting);
  expect(order).toEqual(['a', 'b', 'c', 'late']);
  expect(lock.isHeld).toBe(false);
});

test('a timeout ends the wait alone: the others keep their places', async () => {
  const lock = new FifoLock();
  const release = await lock.acquire(FOREVER);
  const impatient = lock.acquire(1);
  const patient = lock.acquire(60_000);
  expect(await impatient).toBeUndefined();
  release!();
  expect(await patient).toBeTypeOf('function');
});

test('a free lock is had at once, whatever the timeout', async () => {
  const lock = new FifoLock();
  expect(await lock.acquire(0)).toBeTypeOf('function');
  expect(await lock.acquire(0)).toBeUndefined();
});

test('a timeout beyond what a timer takes is a wait without end', async () => {
  const lock = new FifoLock();
  const release = await lock.acquire(FOREVER);
  const waiting = lock.acquire(2 ** 40);
  await new Promise((resolve) => setTimeout(resolve, 5));
  release!();
  expect(await waiting).toBeTypeOf('function');
});

test('an abort ends the wait with its reason and leaves nothing behind', async () => {
  const lock = new FifoLock();
  const release = await lock.acquire(FOREVER);
  const controller = new AbortController();
  const waiting = lock.acquire(60_000, controller.signal);
  const next = lock.acquire(FOREVER);
  const reason = new Error('no more');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(lock.acquire(0, controller.signal)).rejects.toBe(reason);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  release!();
  expect(await next).toBeTypeOf('function');
});

test('waiting leaves no listener on the signal once the lock is had', async () => {
  const lock = new FifoLock();
  const { signal } = new AbortController();
  const release = await lock.acquire(FOREVER);
  const waiting = lock.acquire(FOREVER, signal);
  release!();
  await waiting;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('giving the lock back twice gives nobody else’s away', async () => {
  const lock = new FifoLock();
  const first = await lock.acquire(FOREVER);
  first!();
  const second = await lock.acquire(FOREVER);
  first!();
  expect(lock.isHeld).toBe(true);
  second!();
  expect(lock.isHeld).toBe(false);
});

test('a body that fails gives the lock back', async () => {
  const lock = new FifoLock();
  await expect(lock.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(lock.isHeld).toBe(false);
});

test('ten thousand wait in line', async () => {
  const lock = new FifoLock();
  const release = await lock.acquire(FOREVER);
  const turns: number[] = [];
  const line = Array.from({ length: 10_000 }, (_, n) => lock.run(async () => void turns.push(n)));
  release!();
  await Promise.all(line);
  expect(turns).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
});

test('different keys do not wait for each other; equal ones do', async () => {
  const locks = new KeyedLock();
  const holding = gate();
  const order: string[] = [];
  const first = locks.run('a', async () => {
    await holding.opened;
    order.push('a1');
  });
  const second = locks.run('a', async () => void order.push('a2'));
  await locks.run('b', async () => void order.push('b'));
  holding.open();
  await Promise.all([first, second]);
  expect(order).toEqual(['b', 'a1', 'a2']);
});

test('a key whose waiter gave up is free again', async () => {
  const locks = new KeyedLock();
  const holding = gate();
  const first = locks.run('a', () => holding.opened);
  const controller = new AbortController();
  const second = locks.run('a', async () => undefined, controller.signal);
  controller.abort(new Error('no more'));
  await expect(second).rejects.toThrow('no more');
  holding.open();
  await first;
  expect(await locks.run('a', async () => 1)).toBe(1);
});
