import type { BackendPath } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { TreeLock } from '../src/entries/tree-lock.ts';
import { Background } from '../src/writing/background.ts';
import { TaskGroup } from '../src/writing/task-group.ts';

const path = (text: string): BackendPath => text as BackendPath;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A lock taken until `leave` is called. */
async function take(lock: TreeLock, ...paths: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let entered = false;
  const done = lock.run(paths.map(path), undefined, async () => {
    entered = true;
    await promise;
  });
  await turn();
  return {
    get entered(): boolean {
      return entered;
    },
    leave: async (): Promise<void> => {
      resolve();
      await done;
      await turn();
    },
  };
}

test('changes of one path come one after the other, those of neighbours at the same time', async () => {
  const lock = new TreeLock();
  const first = await take(lock, 'dir/a');
  const second = await take(lock, 'dir/a');
  const neighbour = await take(lock, 'dir/b');
  expect([first.entered, second.entered, neighbour.entered]).toEqual([true, false, true]);
  await first.leave();
  expect(second.entered).toBe(true);
  await second.leave();
  await neighbour.leave();
});

test('a directory is not changed while something below it is, and the other way round', async () => {
  const lock = new TreeLock();
  const below = await take(lock, 'dir/sub/a');
  const directory = await take(lock, 'dir');
  const later = await take(lock, 'dir/sub/b');
  expect([directory.entered, later.entered]).toEqual([false, false]);
  await below.leave();
  expect([directory.entered, later.entered]).toEqual([true, false]);
  await directory.leave();
  expect(later.entered).toBe(true);
  await later.leave();
});

test('moves in opposite directions do not wait for each other in a circle', async () => {
  const lock = new TreeLock();
  const moves = Array.from({ length: 20 }, (_, i) =>
    lock.run(i % 2 === 0 ? [path('a'), path('b/c')] : [path('b/c'), path('a')], undefined, turn),
  );
  await Promise.all(moves);
});

test('whoever is aborted while it waits lets the next one in', async () => {
  const lock = new TreeLock();
  const reader = await take(lock, 'dir/a');
  const controller = new AbortController();
  const waiting = lock.run([path('dir')], controller.signal, turn);
  const next = await take(lock, 'dir/b');
  expect(next.entered).toBe(false);
  controller.abort(new Error('tired'));
  await expect(waiting).rejects.toThrow('tired');
  await turn();
  expect(next.entered).toBe(true);
  await reader.leave();
  await next.leave();
});

test('in a group the first failure ends the others, and none is left running', async () => {
  const group = new TaskGroup(undefined);
  let ended = false;
  const body = async (): Promise<void> => {
    group.start(async () => {
      throw new Error('first');
    });
    group.start(async () => {
      await new Promise((resolve) => group.signal.addEventListener('abort', resolve));
      await turn();
      ended = true;
    });
  };
  await expect(group.run(body)).rejects.toThrow('first');
  expect(ended).toBe(true);
  const aborted = new TaskGroup(AbortSignal.abort(new Error('outer')));
  await expect(aborted.run(async () => aborted.signal.throwIfAborted())).rejects.toThrow('outer');
});

test('disposal waits for what is under way in the background, whatever becomes of it', async () => {
  const background = new Background();
  let ended = 0;
  void background.run(async () => {
    await background.untilClosing(new Promise(() => {}));
    await turn();
    ended++;
    void background.run(async () => {
      ended++;
      throw new Error('of no account');
    });
  });
  await background.close();
  expect(ended).toBe(2);
});
