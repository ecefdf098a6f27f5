import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { backendError } from '../../src/driver/index.ts';
import { compareVaults, type MirrorOptions, mirror } from '../../src/index.ts';
import { changed, contents, counting, paths, vault } from './vaults.ts';

describe('mirror', () => {
  test('copies what is new, updates what differs, leaves what is the same and what the source does not have', async () => {
    const source = await vault({ 'a.md': 'a', 'sub/b.md': 'new', '.hidden/c.md': 'c', same: 'same' });
    const target = await vault({ 'sub/b.md': 'old', same: 'same', extra: 'extra' });
    const result = await mirror(source, target);
    expect(paths(result.copied)).toEqual(['.hidden/c.md', 'a.md']);
    expect(result.updated).toEqual([{ path: 'sub/b.md', reason: 'its content differs' }]);
    expect(result.unchanged).toEqual(['same']);
    expect([...result.deleted, ...result.moved, ...result.failed]).toEqual([]);
    expect(result.bytes).toBe(5);
    expect(await contents(target)).toEqual({ ...(await contents(source)), extra: 'extra' });
  });

  test('a second run over an unchanged vault writes nothing', async () => {
    const source = await vault({ a: '1', b: '2' });
    const target = counting(await vault({}));
    await mirror(source, target.backend);
    target.writes.length = 0;
    const again = await mirror(source, target.backend, { prune: true });
    expect(again.unchanged).toEqual(['a', 'b']);
    expect(again.bytes).toBe(0);
    expect(target.writes).toEqual([]);
  });

  test("compare: 'etag' reads no content where both etags are those that it compared before", async () => {
    const source = counting(await vault({ a: '1', b: '2', c: '3' }));
    const target = counting(await vault({}));
    await mirror(source.backend, target.backend, { compare: 'etag' });
    await mirror(source.backend, target.backend, { compare: 'etag' });
    await source.backend.update('b', { data: 'changed' });
    await target.backend.update('c', { data: 'drifted' });
    source.reads.length = target.reads.length = 0;
    const third = await mirror(source.backend, target.backend, { compare: 'etag' });
    expect(paths(third.updated)).toEqual(['b', 'c']);
    expect(new Set([...source.reads, ...target.reads])).toEqual(new Set(['b', 'c']));
    expect(await contents(target.backend)).toEqual({ a: '1', b: 'changed', c: '3' });
  });

  test("compare: 'etag' does not take equal etags of two backends for equal content", async () => {
    const source = await vault({ a: 'mine' });
    const target = await vault({ a: 'other' });
    expect((await source.info('a')).etag).toBe((await target.info('a')).etag);
    expect(paths((await mirror(source, target, { compare: 'etag' })).updated)).toEqual(['a']);
  });

  test("compare: 'size' reads no content and says both sizes", async () => {
    const source = counting(await vault({ a: '12', b: '345' }));
    const target = await vault({ a: 'xx', b: '0' });
    const result = await mirror(source.backend, target, { compare: 'size' });
    expect(result.updated).toEqual([{ path: 'b', reason: 'its size is 3 bytes, not 1' }]);
    expect(source.reads).toEqual(['b']);
  });

  test('dryRun tells the same as the run does, and changes nothing', async () => {
    const source = await vault({ a: 'new', moved: 'content', b: 'b' });
    const target = await vault({ a: 'old', before: 'content', gone: 'x' });
    const before = await contents(target);
    const plan = await mirror(source, target, { prune: true, dryRun: true });
    expect(await contents(target)).toEqual(before);
    const { bytes: _, ...done } = await mirror(source, target, { prune: true });
    expect(plan).toEqual({ ...done, bytes: 0 });
  });
});

describe('the result', () => {
  test('names what the target keeps and does not find, copied by this run or before', async () => {
    const found = (path: string): boolean => !path.endsWith('.bin');
    const target = changed(await vault({ 'old.bin': 'o', 'old.md': 'o' }), (driver) => ({
      write: async (path, data, options) =>
        (await driver.write(path, data, options)).with({ searchable: found(path) }),
      async *list(path, options) {
        for await (const batch of driver.list(path, options)) {
          yield batch.map((entry) => entry.with({ searchable: found(entry.path) }));
        }
      },
    }));
    const source = await vault({ 'old.bin': 'o', 'old.md': 'o', 'new.bin': 'n', 'new.md': 'n' });
    expect((await mirror(source, target)).notSearchable).toEqual(['new.bin', 'old.bin']);
    expect((await mirror(source, target, { dryRun: true })).notSearchable).toEqual(['new.bin', 'old.bin']);
  });

  test('asks no more for a checksum that the store gave with its answer, and finds out one that is wrong', async () => {
    const asked: string[] = [];
    const target = changed(await vault({}), (driver) => ({
      write: async (path, data, options) => {
        const info = await driver.write(path, data, options);
        const sum = createHash('sha256')
          .update(path === 'b' ? 'lies' : 'content')
          .digest('hex');
        return info.with({ checksum: sum });
      },
      checksum: async (path) => {
        asked.push(path);
        throw backendError('IO', 'Nobody needs it');
      },
    }));
    const result = await mirror(await vault({ a: 'content', b: 'content' }), target);
    expect(paths(result.copied)).toEqual(['a']);
    expect(result.failed).toMatchObject([{ path: 'b', error: { code: 'INTEGRITY' } }]);
    expect(asked).toEqual([]);
  });
});

test('an option that is not known is refused, with the closest; one that protects is never nothing', async () => {
  const [source, target] = [await vault({ a: 'a' }), await vault({ b: 'b' })];
  for (const [options, message] of [
    [{ purne: true }, 'prune'],
    [{ maxDeletes: 1 }, 'maxDelete'],
    [{ maxDelete: undefined }, 'maxDelete is undefined'],
    [{ backup: undefined }, 'backup is undefined'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ filter: 'a' }, 'filter'],
    [{ glob: [] }, 'glob'],
  ] as const) {
    const run = mirror(source, target, { prune: true, ...options } as MirrorOptions);
    await expect(run).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(run).rejects.toThrow(message);
  }
  await expect(compareVaults(source, target, { prune: true } as object)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect(await contents(target)).toEqual({ b: 'b' });
});
