import { describe, expect, test } from 'vitest';
import { backendError } from '../../src/driver/index.ts';
import { mirror, subdirectory } from '../../src/index.ts';
import { changed, contents, counting, paths, vault } from './vaults.ts';

describe('prune', () => {
  test('deletes what the source does not have, and the directories that this empties', async () => {
    const source = await vault({ 'keep/a': 'a' });
    const target = await vault({ 'keep/a': 'a', 'keep/b': 'b', 'gone/deep/c': 'c' });
    const result = await mirror(source, target, { prune: true });
    expect(result.deleted).toEqual([
      { path: 'gone/deep/c', reason: 'the source does not have it' },
      { path: 'keep/b', reason: 'the source does not have it' },
    ]);
    expect(await Array.fromAsync(target.list('/', { recursive: true }), ({ path }) => path)).toEqual([
      'keep',
      'keep/a',
    ]);
  });

  test('refuses an empty source unless told so by name', async () => {
    const target = await vault({ a: 'a' });
    const empty = await vault({});
    await expect(mirror(empty, target, { prune: true })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await contents(target)).toEqual({ a: 'a' });
    expect(paths((await mirror(empty, target, { prune: 'even-if-empty' })).deleted)).toEqual(['a']);
  });

  test('deletes nothing where listing the source fails', async () => {
    const target = await vault({ a: 'a', b: 'b' });
    const broken = changed(await vault({ a: 'a' }), (driver) => ({
      async *list(path, options) {
        yield* driver.list(path, options);
        throw backendError('UNAVAILABLE', 'The connection was lost');
      },
    }));
    await expect(mirror(broken, target, { prune: true })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await contents(target)).toEqual({ a: 'a', b: 'b' });
  });

  test('does not delete what somebody else wrote since it was compared', async () => {
    const source = await vault({ a: 'a' });
    const inner = await vault({ extra: 'old' });
    const target = changed(inner, (driver) => ({
      write: async (path, content, options) => {
        await inner.update('extra', { data: 'precious' });
        return await driver.write(path, content, options);
      },
    }));
    const result = await mirror(source, target, { prune: true });
    expect(result.failed).toMatchObject([{ path: 'extra', error: { code: 'PRECONDITION_FAILED' } }]);
    expect(await contents(inner)).toEqual({ a: 'a', extra: 'precious' });
  });

  test('moves what only changed its name, copying nothing', async () => {
    const source = await vault({ 'new/name.md': 'the same bytes', other: 'x' });
    const target = counting(await vault({ 'old/name.md': 'the same bytes', other: 'x' }));
    const result = await mirror(source, target.backend, { prune: true });
    expect(result.moved).toEqual([
      { path: 'new/name.md', from: 'old/name.md', reason: 'it was "old/name.md"' },
    ]);
    expect(result.bytes).toBe(0);
    expect(target.writes).toEqual(['new/name.md']);
    expect(await target.backend.exists('old')).toBe(false);
  });

  test('a file that somebody wrote between the last look and the move goes back to its name, and the source is copied', async () => {
    const source = await vault({ after: 'content' });
    const inner = await vault({ before: 'content' });
    let moves = 0;
    const target = changed(inner, (driver) => ({
      move: async (from, to, options) => {
        if (moves++ === 0) await inner.update(from, { data: 'precious' });
        return await driver.move!(from, to, options);
      },
    }));
    const result = await mirror(source, target, { prune: true });
    expect(await contents(inner)).toEqual({ after: 'content', before: 'precious' });
    expect(result.moved).toEqual([]);
    expect(paths(result.copied)).toEqual(['after']);
    expect(result.failed).toMatchObject([{ path: 'before', error: { code: 'PRECONDITION_FAILED' } }]);
  });

  test('a file that somebody wrote after it was compared is not moved', async () => {
    const source = await vault({ after: 'content', trigger: 'x' });
    const inner = await vault({ before: 'content', trigger: 'x' });
    let listed = 0;
    const moved: string[] = [];
    const target = changed(inner, (driver) => ({
      checksumMany: undefined,
      move: async (from, to, options) => {
        moved.push(from);
        return await driver.move!(from, to, options);
      },
      read: async function* (path, options) {
        yield* driver.read(path, options);
        // The sums are the last thing that is read before anything moves.
        if (path === 'before' && listed++ === 0) await inner.update('before', { data: 'precious' });
      },
    }));
    const result = await mirror(source, target, { prune: true });
    expect(await contents(inner)).toEqual({ after: 'content', before: 'precious', trigger: 'x' });
    expect([...result.moved, ...moved]).toEqual([]);
    expect(result.failed).toMatchObject([{ path: 'before', error: { code: 'PRECONDITION_FAILED' } }]);
  });

  test('looks once more whether the source has the file again', async () => {
    const inner = await vault({ a: 'a' });
    const source = changed(inner, (driver) => ({
      stat: async (path, options) => {
        if (path === 'late') await inner.create('late', { data: 'came back', overwrite: true });
        return await driver.stat(path, options);
      },
    }));
    const target = await vault({ a: 'a', late: 'old' });
    const result = await mirror(source, target, { prune: true });
    expect([...result.deleted, ...result.failed]).toEqual([]);
    expect(await contents(target)).toEqual({ a: 'a', late: 'old' });
  });

  test('a source that cannot say whether it has a file again keeps that file; the rest is done and reported', async () => {
    let isAway = true;
    const source = changed(await vault({ a: 'new' }), (driver) => ({
      stat: async (path, options) => {
        if (path === 'gone/b' && isAway) throw backendError('UNAVAILABLE', 'The connection was lost');
        return await driver.stat(path, options);
      },
    }));
    const inner = await vault({ a: 'old', 'gone/b': 'b', 'other/c': 'c' });
    const target = changed(inner, () => ({ removeMany: undefined }));
    const result = await mirror(source, target, { prune: true });
    expect(result.failed).toMatchObject([{ path: 'gone/b', error: { code: 'UNAVAILABLE' } }]);
    expect([paths(result.updated), paths(result.deleted)]).toEqual([['a'], ['other/c']]);
    expect(await inner.globDirs('**')).toEqual(['gone']);
    isAway = false;
    expect((await mirror(source, target, { prune: true })).failed).toEqual([]);
    expect(await inner.globDirs('**')).toEqual([]);
  });

  test('a directory takes the place of a file, and a file that of a directory', async () => {
    const source = await vault({ 'was-file/inside': '1', 'was-dir': '2' });
    const target = await vault({ 'was-file': 'x', 'was-dir/inside': 'y' });
    const result = await mirror(source, target, { prune: true });
    expect(result.failed).toEqual([]);
    expect(await contents(target)).toEqual(await contents(source));
  });
});

describe('maxDelete', () => {
  const many = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, `${i}`]));

  test.each([[1], ['19%']] as const)(
    'with %s, two of ten deletions are too many and nothing is done',
    async (maxDelete) => {
      const source = await vault({ ...many(8), new: 'new' });
      const target = await vault(many(10));
      const run = mirror(source, target, { prune: true, maxDelete });
      await expect(run).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(run).rejects.toThrow('would delete 2 of 10 files');
      expect(await contents(target)).toEqual(many(10));
    },
  );

  test.each([[2], ['20%']] as const)('with %s, two of ten are deleted', async (maxDelete) => {
    const target = await vault(many(10));
    const result = await mirror(await vault(many(8)), target, { prune: true, maxDelete });
    expect(paths(result.deleted)).toEqual(['f8', 'f9']);
  });

  test('does not count a rename', async () => {
    const source = await vault({ after: 'content', b: 'b' });
    const target = await vault({ before: 'content', b: 'b' });
    const result = await mirror(source, target, { prune: true, maxDelete: 0 });
    expect(paths(result.moved)).toEqual(['after']);
  });

  test.each([[-1], ['ten'], ['-5%'], [Number.NaN]])('%s is no bound', async (maxDelete) => {
    const run = mirror(await vault({ a: 'a' }), await vault({}), { maxDelete: maxDelete as number });
    await expect(run).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('directories that the source does not have', () => {
  test('go once they are empty, also where an earlier run could not remove them', async () => {
    const source = await vault({ 'keep/a': 'a' });
    const inner = await vault({ 'keep/a': 'a', 'gone/deep/b': 'b' });
    const stubborn = changed(inner, (driver) => ({
      remove: async (path, options) => {
        if (path === 'gone') throw backendError('BUSY', 'Somebody looks at "gone"', { path });
        await driver.remove(path, options);
      },
    }));
    const result = await mirror(source, stubborn, { prune: true });
    expect(paths(result.deleted)).toEqual(['gone/deep/b']);
    expect(result.failed).toMatchObject([{ path: 'gone', error: { code: 'BUSY' } }]);
    await mirror(source, inner, { prune: true });
    expect(await inner.exists('gone')).toBe(false);
  });

  test('stay where the source has them empty, and where they hold what is not looked at', async () => {
    const source = await vault({ 'a.md': 'a' });
    await source.create('empty', { isDirectory: true });
    const target = await vault({ 'a.md': 'a', 'other/keep.txt': 'x', 'notes/gone.md': 'x' });
    await target.create('empty', { isDirectory: true });
    await target.create('lonely', { isDirectory: true });
    await mirror(source, target, { prune: true, glob: '**/*.md' });
    expect(await target.globDirs('**')).toEqual(['empty', 'lonely', 'other']);
  });
});

describe('backup', () => {
  test('receives what is replaced and what is deleted, before it is', async () => {
    const source = await vault({ a: 'new', same: 's' });
    const target = await vault({ a: 'old', same: 's', 'sub/gone.md': 'gone' });
    const attic = await vault({});
    const result = await mirror(source, target, { prune: true, backup: subdirectory(attic, '2026') });
    expect(result.failed).toEqual([]);
    expect(await contents(attic)).toEqual({ '2026/a': 'old', '2026/sub/gone.md': 'gone' });
    expect(await contents(target)).toEqual({ a: 'new', same: 's' });
  });

  test('keeps every version under a name of its own, and the same one only once', async () => {
    const attic = await vault({});
    const target = await vault({ 'a.md': '0' });
    for (const data of ['1', '2', '3']) {
      await mirror(await vault({ 'a.md': data }), target, { backup: attic });
      if (data === '2') await target.update('a.md', { data: '1' });
    }
    expect(await contents(attic)).toEqual({ 'a.md': '0', 'a.1.md': '1' });
  });

  test('where it fails, nothing is replaced or deleted', async () => {
    const target = await vault({ a: 'old', gone: 'gone' });
    const full = changed(await vault({}), () => ({
      write: async () => {
        throw backendError('IO', 'The attic is broken');
      },
    }));
    const result = await mirror(await vault({ a: 'new' }), target, { prune: true, backup: full });
    expect(paths(result.failed)).toEqual(['a', 'gone']);
    expect(await contents(target)).toEqual({ a: 'old', gone: 'gone' });
  });

  test('what is written after it was kept is not replaced', async () => {
    const inner = await vault({ a: 'old' });
    const attic = changed(await vault({}), (driver) => ({
      write: async (path, data, options) => {
        const info = await driver.write(path, data, options);
        await inner.update('a', { data: 'precious' });
        return info;
      },
    }));
    const result = await mirror(await vault({ a: 'new' }), inner, { backup: attic });
    expect(result.failed).toMatchObject([{ path: 'a', error: { code: 'PRECONDITION_FAILED' } }]);
    expect(await contents(inner)).toEqual({ a: 'precious' });
  });
});
