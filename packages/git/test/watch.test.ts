import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Vaults } from './vaults.ts';

test.runIf(process.platform === 'linux')(
  'a watch tells what a pull brings and what is written here, and nothing of .git (needs Linux)',
  async () => {
    const [ours, theirs] = await new Vaults().two({ a: 'a', 'd/b': 'b' });
    const seen = new Map<string, string>();
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const watching = (async () => {
      for await (const { path, kind } of ours.watch('/', { signal: stop.signal, onReady: ready.resolve })) {
        seen.set(path, kind);
      }
    })();
    await ready.promise;
    await theirs.update('a', { data: 'A' });
    await theirs.delete('d', { recursive: true });
    await theirs.create('new/c', { data: 'c' });
    await theirs.push();
    await ours.pull();
    await ours.create('mine', { data: 'm' });
    await ours.push();
    const wanted = { a: 'written', 'd/b': 'removed', 'new/c': 'written', mine: 'written' };
    const isComplete = (): boolean => Object.entries(wanted).every(([path, kind]) => seen.get(path) === kind);
    while (!isComplete()) await sleep(20);
    stop.abort();
    await expect(watching).rejects.toThrow();
    expect([...seen.keys()].filter((path) => path.startsWith('.git'))).toEqual([]);
  },
);
