import { expect, test } from 'vitest';
import { compareVaults, mirror } from '../../src/index.ts';
import { contents, vault } from './vaults.ts';

test('tells what is missing, differs, is too many and the same, and changes nothing', async () => {
  const source = await vault({ a: 'new', b: 'b', moved: 'content', 'sub/c': 'c' });
  const target = await vault({ a: 'old', b: 'b', before: 'content' });
  const before = await contents(target);
  expect(await compareVaults(source, target)).toEqual({
    inStep: false,
    missing: ['moved', 'sub/c'],
    differing: [{ path: 'a', reason: 'its content differs' }],
    extra: ['before'],
    same: ['b'],
    skipped: [],
    failed: [],
  });
  expect(await contents(target)).toEqual(before);
});

test('vaults are in step after a mirror that prunes', async () => {
  const source = await vault({ a: 'a', 'sub/b': 'b' });
  const target = await vault({ old: 'x' });
  await mirror(source, target, { prune: true });
  expect(await compareVaults(source, target)).toMatchObject({ inStep: true, same: ['a', 'sub/b'] });
});

test('what is not looked at does not count', async () => {
  const [source, target] = [await vault({ 'a.md': 'a' }), await vault({ 'a.md': 'a', 'b.txt': 'b' })];
  expect(await compareVaults(source, target, { glob: '**/*.md' })).toMatchObject({ inStep: true });
});
