import { beforeEach, expect, test } from 'vitest';
import { DriverBackend, layer } from '../../src/driver/index.ts';
import { memoryDriver } from '../drivers.ts';

/** A vault that promises less below `plain`, as a mounted one may. */
let vault: DriverBackend;
const conditions: (string | undefined)[] = [];
beforeEach(async () => {
  const inner = memoryDriver();
  const less = { ifMatch: false, append: false, emptyDirectories: false, versions: false } as const;
  vault = new DriverBackend(
    layer(inner, {
      move: undefined,
      capabilities: { ...inner.capabilities, move: 'emulated' },
      capabilitiesAt: (path) =>
        path.startsWith('plain/') ? { ...inner.capabilities, ...less } : inner.capabilities,
      remove: (path, options) => {
        conditions.push(options.ifMatch);
        return inner.remove(path, options);
      },
    }),
  );
  conditions.length = 0;
  for (const path of ['rich/a', 'plain/a']) await vault.create(path, { data: 'old' });
});

test('what a place does not promise is UNSUPPORTED there, and changes nothing', async () => {
  const { etag } = await vault.info('plain/a');
  const ifMatch = etag!;
  for (const refused of [
    () => vault.update('plain/a', { data: 'x', ifMatch }),
    () => vault.create('plain/a', { data: 'x', overwrite: true, ifMatch }),
    () => vault.delete('plain/a', { ifMatch }),
    () => vault.edit('plain/a', () => 'x'),
    () => vault.copy('rich/a', 'plain/a', { overwrite: true, ifMatch }),
    () => vault.update('plain/a', { data: 'x', append: true }),
    () => vault.create('plain/new', { isDirectory: true }),
    () => vault.read('plain/a', { version: '1' }),
  ]) {
    await expect(refused()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  }
  expect(await vault.read('plain/a', { binary: false })).toBe('old');
});

test('what another place promises holds there', async () => {
  const { etag } = await vault.update('rich/a', { data: 'new', ifMatch: (await vault.info('rich/a')).etag! });
  await vault.edit('rich/a', () => 'edited', { ifMatch: etag! });
  await vault.update('rich/a', { data: ' and more', append: true });
  await vault.create('rich/new', { isDirectory: true });
  expect(await vault.read('rich/a', { binary: false })).toBe('edited and more');
});

test('a move keeps to the version that it copied as far as its source can tell versions apart', async () => {
  const { etag } = await vault.info('rich/a');
  await vault.move('rich/a', 'rich/b');
  await vault.move('plain/a', 'plain/b');
  expect(conditions).toEqual([etag, undefined]);
});
