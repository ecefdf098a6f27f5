import { expect, test } from 'vitest';
import { Slots } from '../../src/driver/index.ts';
import { gate, settle } from '../drivers.ts';

test('no more run at a time than there are slots, the others in order, also past failures', async () => {
  const slots = new Slots(3);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const task = async (n: number): Promise<number> => {
    started.push(n);
    most = Math.max(most, ++running);
    await settle();
    running--;
    if (n % 5 === 0) throw new Error(`failed ${n}`);
    return n;
  };
  const numbers = Array.from({ length: 40 }, (_, n) => n);
  const results = await Promise.allSettled(numbers.map((n) => slots.run(() => task(n))));
  expect(started).toEqual(numbers);
  expect(most).toBe(3);
  expect(results.map(({ status }) => status)).toEqual(
    numbers.map((n) => (n % 5 === 0 ? 'rejected' : 'fulfilled')),
  );
});

test('an abort at any turn takes no slot away', async () => {
  for (let turn = 0; turn < 12; turn++) {
    const slots = new Slots(1);
    const holding = gate();
    const holder = slots.run(() => holding.opened);
    const controller = new AbortController();
    const aborted = slots.run(async () => 'ran', controller.signal).catch((error: unknown) => error);
    for (let n = 0; n < turn; n++) {
      if (n === 4) holding.open();
      await Promise.resolve();
    }
    controller.abort('no more');
    holding.open();
    await holder;
    expect(['ran', 'no more']).toContain(await aborted);
    // Two at once: were the slot lost, this would never end; were it there twice, both would run.
    let running = 0;
    const alone = async (): Promise<boolean> => {
      running++;
      await settle();
      return running-- === 1;
    };
    expect(await Promise.all([slots.run(alone), slots.run(alone)])).toEqual([true, true]);
  }
});

test('whoever comes with an aborted signal runs nothing', async () => {
  const slots = new Slots(1);
  await expect(slots.run(async () => 'ran', AbortSignal.abort('no more'))).rejects.toBe('no more');
  expect(await slots.run(async () => 'ran')).toBe('ran');
});
