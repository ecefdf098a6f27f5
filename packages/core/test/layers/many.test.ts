import { describe, expect, test } from 'vitest';
import { type BackendPath, DriverBackend } from '../../src/driver/index.ts';
import { type FileBackend, mirror, rememberDirectories, restrict, subdirectory } from '../../src/index.ts';
import { manyDriver } from '../drivers.ts';
import { contents, paths, vault } from '../mirror/vaults.ts';

const FILES = { 'a/1.md': '1', 'a/2.md': '2', 'b/3.md': '3' };

/** A vault that keeps no directories and takes many files in one call. */
function bulk() {
  const { driver, calls } = manyDriver();
  const capabilities = { ...driver.capabilities, emptyDirectories: false };
  const inner = new DriverBackend(
    new Proxy(driver, {
      get: (of, name) => (name === 'capabilities' ? capabilities : Reflect.get(of, name)),
    }),
  );
  const asked = (): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const call of calls.splice(0)) counts[call] = (counts[call] ?? 0) + 1;
    return counts;
  };
  return { inner, asked };
}

const LAYERS: Readonly<Record<string, (inner: FileBackend) => FileBackend>> = {
  restrict: (inner) => restrict(inner, { read: '**' }),
  rememberDirectories,
  'both, in a folder': (inner) => subdirectory(restrict(rememberDirectories(inner), { write: '**' }), 'in'),
};

describe.each(Object.entries(LAYERS))('through %s', (_, wrap) => {
  test('a mirror writes and deletes many files in one call', async () => {
    const { inner, asked } = bulk();
    const target = wrap(inner);
    await mirror(await vault(FILES), target);
    const { writeMany, write } = asked();
    expect({ writeMany, write }).toEqual({ writeMany: 1, write: undefined });
    expect(await contents(target)).toEqual(FILES);
    asked();
    const result = await mirror(await vault({ 'a/1.md': '1' }), target, { prune: true });
    expect(paths(result.deleted)).toEqual(['a/2.md', 'b/3.md']);
    const { removeMany, remove } = asked();
    expect({ removeMany: (removeMany ?? 0) <= 2, remove }).toEqual({ removeMany: true, remove: undefined });
    expect(await contents(target)).toEqual({ 'a/1.md': '1' });
  });
});

test('of many files those that may not be written are refused, and the others are written', async () => {
  const { inner, asked } = bulk();
  await inner.create('b/3.md', { data: 'kept' });
  await inner.create('c/4.md', { data: 'hidden' });
  const target = restrict(inner, { read: { deny: ['c'] }, write: 'a' });
  asked();
  const result = await mirror(await vault({ ...FILES, 'c/5.md': '5' }), target, { prune: true });
  expect(paths(result.copied)).toEqual(['a/1.md', 'a/2.md']);
  expect(result.failed.map(({ path, error }) => [path, error.code])).toEqual([
    ['b/3.md', 'PERMISSION_DENIED'],
    ['c/5.md', 'PERMISSION_DENIED'],
  ]);
  expect(asked().writeMany).toBeGreaterThan(0);
  expect(await contents(inner)).toEqual({
    'a/1.md': '1',
    'a/2.md': '2',
    'b/3.md': 'kept',
    'c/4.md': 'hidden',
  });
  const path = (name: string) => name as BackendPath;
  const [seen, hidden, none] = await target.driver.statMany!([path('a/1.md'), path('c/4.md'), path('x')], {});
  expect([seen?.path, hidden, none]).toEqual(['a/1.md', undefined, undefined]);
  const [removed, denied] = await target.driver.removeMany!(
    [{ path: path('a/1.md') }, { path: path('c/4.md') }],
    {},
  );
  expect([removed?.status, denied?.status]).toEqual(['fulfilled', 'rejected']);
  expect(await inner.exists('c/4.md')).toBe(true);
});

test('among many files a directory that is remembered is what it is', async () => {
  const { inner } = bulk();
  const target = rememberDirectories(inner);
  await target.create('made/here', { isDirectory: true });
  const path = (name: string) => name as BackendPath;
  const how = { ifExists: 'replace', ifMissing: 'create' } as const;
  const [infoOfMade] = await target.driver.statMany!([path('made')], {});
  expect(infoOfMade?.isDir).toBe(true);
  const source = new Uint8Array();
  const written = await target.driver.writeMany!(
    [
      { path: path('made/here'), source, ...how },
      { path: path('file'), source, ...how },
    ],
    {},
  );
  expect(written.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  const removed = await target.driver.removeMany!(
    ['file', 'made', 'made/here', 'made'].map((name) => ({ path: path(name) })),
    {},
  );
  expect(removed.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(await Array.fromAsync(target.list('/'))).toEqual([]);
});
