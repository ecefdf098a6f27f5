import { expect, test } from 'vitest';
import { type RunContext, SharedRun } from '../../src/driver/index.ts';
import { gate, settle } from '../drivers.ts';

test('who asks while a run takes callers in shares it; after `begin` they share the next, which waits for the first', async () => {
  const gates = [gate(), gate()];
  const events: string[] = [];
  let runs = 0;
  const shared = new SharedRun(async ({ begin }) => {
    const run = runs++;
    events.push(`start ${run}`);
    begin();
    await gates[run]!.opened;
    events.push(`end ${run}`);
    return run;
  });
  const first = [shared.join(), shared.join()];
  await settle();
  const second = [shared.join(), shared.join()];
  await settle();
  expect(events).toEqual(['start 0']);
  gates[0]!.open();
  gates[1]!.open();
  expect(await Promise.all([...first, ...second])).toEqual([0, 0, 1, 1]);
  expect(events).toEqual(['start 0', 'end 0', 'start 1', 'end 1']);
});

test('`join` shares the run under way, `joinNext` one that begins later', async () => {
  const gates = [gate(), gate()];
  let runs = 0;
  const shared = new SharedRun(async () => {
    const run = runs++;
    await gates[run]!.opened;
    return run;
  });
  const first = shared.join();
  // Not under way yet.
  const too = shared.joinNext();
  await settle();
  const sharing = shared.join();
  const next = shared.joinNext();
  const last = shared.join();
  for (const { open } of gates) open();
  expect(await Promise.all([first, too, sharing, next, last])).toEqual([0, 0, 0, 1, 1]);
});

test('one failure is everyone’s who shares it, and nobody’s after', async () => {
  let runs = 0;
  const shared = new SharedRun(async () => {
    await settle();
    if (runs++ === 0) throw new Error('failed');
    return runs;
  });
  const results = await Promise.allSettled([shared.join(), shared.join(), shared.join()]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await shared.join()).toBe(2);
});

test('a caller that aborts leaves the run to the others; the last one aborts it, and whoever comes then gets a run of their own', async () => {
  const ended: string[] = [];
  let runs = 0;
  const work = async ({ signal }: RunContext): Promise<number> => {
    const run = runs++;
    for (let turn = 0; turn < 20 && !signal.aborted; turn++) await Promise.resolve();
    ended.push(`${run} ${signal.aborted ? 'aborted' : 'done'}`);
    signal.throwIfAborted();
    return run;
  };
  for (let turn = 0; turn < 30; turn++) {
    ended.length = runs = 0;
    const shared = new SharedRun(work);
    const [a, b] = [new AbortController(), new AbortController()];
    const first = shared.join(a.signal).catch((reason: unknown) => reason);
    const second = shared.join(b.signal).catch((reason: unknown) => reason);
    a.abort('a left');
    for (let n = 0; n < turn; n++) await Promise.resolve();
    b.abort('b left');
    const third = shared.join();
    expect(await first).toBe('a left');
    const seen = await second;
    expect([0, 'b left']).toContain(seen);
    // Alone in the work, never beside the one that was aborted.
    expect(await third).toBe(runs - 1);
    expect(ended.at(-1)).toBe(`${runs - 1} done`);
    await shared.idle();
    expect(ended).toHaveLength(runs);
  }
});
