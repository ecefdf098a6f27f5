import fs from 'node:fs';
import { MemoryFileBackend, mirror, readOnly, subdirectory } from '@f9/core';
import { describe, expect, test } from 'vitest';
import { filesAt, git } from './repository.ts';
import { Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

// What of a mirror only a vault with a remote shows.

const many = (count: number, text: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i % 7}/f${i}.md`, `${text} ${i}`]));

const fetches = (calls: readonly string[]): number => calls.filter((call) => call === 'fetch').length;

describe('a git vault as the source', () => {
  test('is pulled once, however many files it has and whatever view of it is mirrored', async () => {
    const wrapped = new WrappedGit();
    const vaults = new Vaults();
    await vaults.two(many(30, 'v1'));
    const auto = await vaults.open('auto', { autoPull: true });
    for (const source of [auto, readOnly(auto), subdirectory(auto, 'd1')]) {
      expect(fetches(await wrapped.callsOf(() => mirror(source, new MemoryFileBackend())))).toBe(1);
    }
    const off = { pull: false } as const;
    expect(fetches(await wrapped.callsOf(() => mirror(auto, new MemoryFileBackend(), off)))).toBe(0);
  });

  test('is named in the result by its commit', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const { version } = await mirror(ours, new MemoryFileBackend());
    expect(version).toBe(git(vaults.at('ours'), 'rev-parse', 'HEAD'));
  });

  test('with pull: true is never stale', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ a: 'old' });
    await theirs.update('a', { data: 'new' });
    await theirs.push();
    const target = new MemoryFileBackend();
    await mirror(ours, target);
    expect(await target.read('a', { binary: false })).toBe('old');
    await mirror(ours, target, { pull: true });
    expect(await target.read('a', { binary: false })).toBe('new');
  });

  test('whose remote is away fails where it is to be pulled, and is mirrored as it is where it is not', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'kept' });
    fs.rmSync(vaults.remote, { recursive: true });
    const target = new MemoryFileBackend();
    await expect(mirror(ours, target, { pull: true })).rejects.toThrow();
    expect(await target.exists('a')).toBe(false);
    await mirror(ours, target);
    expect(await target.read('a', { binary: false })).toBe('kept');
  });
});

describe('a git vault as the target', () => {
  test('that pushes by itself gets one commit and one push', async () => {
    const wrapped = new WrappedGit();
    const vaults = new Vaults();
    await vaults.two({ first: 'x' });
    const target = await vaults.open('target', { autoPush: true });
    const source = new MemoryFileBackend();
    for (const [path, data] of Object.entries(many(20, 'v1'))) await source.create(path, { data });
    const before = Number(git(vaults.remote, 'rev-list', '--count', 'main'));
    const calls = await wrapped.callsOf(() => mirror(source, target));
    expect(calls.filter((call) => call === 'push')).toHaveLength(1);
    expect(Number(git(vaults.remote, 'rev-list', '--count', 'main'))).toBe(before + 1);
    expect(filesAt(vaults.remote)).toEqual({ first: 'x', ...many(20, 'v1') });
  });

  test('that is mirrored back at the same time is not waited for for ever', async () => {
    const vaults = new Vaults();
    const [a, b] = await vaults.two({ first: 'x' });
    for (let round = 0; round < 3; round++) {
      const [there, back] = await Promise.all([
        mirror(a, subdirectory(b, 'from-a'), { ignore: ['from-*/**'] }),
        mirror(b, subdirectory(a, 'from-b'), { ignore: ['from-*/**'] }),
      ]);
      expect([...there.failed, ...back.failed]).toEqual([]);
    }
  });

  test('that cannot publish keeps the files, and the result says both', async () => {
    const vaults = new Vaults();
    await vaults.two({ first: 'x' });
    const target = await vaults.open('target', { autoPush: true });
    fs.rmSync(vaults.remote, { recursive: true });
    const source = new MemoryFileBackend();
    await source.create('a', { data: 'a' });
    const result = await mirror(source, target);
    expect(result.copied.map(({ path }) => path)).toEqual(['a']);
    expect(result.failed).toMatchObject([{ path: '' }]);
  });
});

test('what runs in one repository runs in the other', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ plain: 'p', run: 'r' });
  fs.chmodSync(vaults.at('ours/run'), 0o755);
  await ours.push();
  const other = new Vaults();
  const [target] = await other.two({ run: 'r' });
  const result = await mirror(ours, target);
  expect(result.failed).toEqual([]);
  await target.push();
  expect(git(other.remote, 'ls-tree', 'main').replaceAll(/ blob \S+\t/g, ' ')).toBe(
    '100644 plain\n100755 run',
  );
  expect((await mirror(ours, target)).unchanged).toEqual(['plain', 'run']);
});
