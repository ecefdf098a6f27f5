import fs from 'node:fs';
import { expect, test } from 'vitest';
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
