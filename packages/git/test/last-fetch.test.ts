import fs from 'node:fs';
import { expect, test } from 'vitest';
import { git } from './repository.ts';
import { Vaults } from './vaults.ts';

test('when the remote last answered is known to every process, and is not moved by one that could not ask', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'A' });
  const first = await ours.lastFetchedAt();
  expect(first?.getTime()).toBeLessThanOrEqual(Date.now());
  await ours.pull();
  const second = await ours.lastFetchedAt();
  expect(second!.getTime()).toBeGreaterThan(first!.getTime());
  fs.renameSync(vaults.remote.replace('file://', ''), vaults.at('away.git'));
  await expect(ours.pull()).rejects.toThrow();
  const again = await vaults.open('ours');
  expect(await again.lastFetchedAt()).toEqual(second);
});

test('how far a vault is behind its remote is told without changing a file', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ a: 'A' });
  expect(await ours.commitsBehind()).toBe(0);
  for (const data of ['B', 'C']) {
    await theirs.update('a', { data });
    await theirs.push();
  }
  expect(await ours.commitsBehind()).toBe(2);
  expect(await ours.read('a', { binary: false })).toBe('A');
  await ours.pull();
  expect(await ours.commitsBehind()).toBe(0);
  expect(await (await new Vaults().open('empty')).commitsBehind()).toBe(0);
  git(vaults.remote, 'update-ref', 'refs/heads/main', 'main~1');
  await expect(ours.commitsBehind()).rejects.toMatchObject({ code: 'HISTORY_REWRITTEN' });
});
