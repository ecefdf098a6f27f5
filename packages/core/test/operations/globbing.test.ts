import { expect, test } from 'vitest';
import { type BackendPath, DriverBackend } from '../../src/driver/index.ts';
import { memoryDriver } from '../drivers.ts';

test('however many paths match, the event loop has its turns while they are put in order', async () => {
  const paths = Array.from({ length: 60_000 }, (_, n) => `${(n * 2654435761) % 2 ** 32}` as BackendPath);
  await using vault = new DriverBackend({ ...memoryDriver(), glob: async () => [...paths] });
  let turns = 0;
  let next = setImmediate(function count() {
    turns++;
    next = setImmediate(count);
  });
  const found = await vault.glob('*');
  clearImmediate(next);
  expect(found).toEqual(paths.toSorted());
  expect(turns).toBeGreaterThan(20);
});
