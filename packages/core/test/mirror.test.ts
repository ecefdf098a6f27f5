import { describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  backendError,
  backendOf,
  type DriverChanges,
  layer,
} from '../src/driver/index.ts';
import {
  type Capabilities,
  type FileBackend,
  MemoryFileBackend,
  type MirrorPhase,
  mirror,
} from '../src/index.ts';

async function vault(files: Record<string, string>): Promise<MemoryFileBackend> {
  const backend = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await backend.create(path, { data });
  return backend;
}

async function contents(backend: FileBackend): Promise<Record<string, string>> {
  const paths = await backend.globFiles('**', { dot: true });
  return Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => [path, await backend.read(path, { binary: false })] as const),
    ),
  );
}

const paths = (changes: readonly { readonly path: string }[]): string[] => changes.map(({ path }) => path);

/** A backend whose driver does something else in places; counts what it does. */
function changed(backend: FileBackend, changes: (driver: BackendDriver) => DriverChanges): FileBackend {
  return backendOf(layer(backend.driver, changes(backend.driver)));
}

function counting(backend: FileBackend): { backend: FileBackend; reads: string[]; writes: string[] } {
  const reads: string[] = [];
  const writes: string[] = [];
  const counted = changed(backend, (driver) => ({
    read: (path, options) => {
      reads.push(path);
      return driver.read(path, options);
    },
    readFile: (path, options) => {
      reads.push(path);
      return driver.readFile!(path, options);
    },
    write: (path, source, options) => {
      writes.push(path);
      return driver.write(path, source, options);
    },
    move: (from, to, options) => {
      writes.push(to);
      return driver.move!(from, to, options);
    },
  }));
  return { backend: counted, reads, writes };
}

const withCapabilities = (driver: BackendDriver, more: Partial<Capabilities>): DriverChanges => ({
  capabilities: { ...driver.capabilities, ...more },
});

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

  test('glob and ignore say which files are looked at on both sides', async () => {
    const source = await vault({ 'a.md': 'a', 'b.txt': 'b', 'drafts/c.md': 'c' });
    const target = await vault({ 'old.md': 'x', 'old.txt': 'x', 'drafts/old.md': 'x' });
    const result = await mirror(source, target, { glob: '**/*.md', ignore: ['drafts/**'], prune: true });
    expect(paths(result.copied)).toEqual(['a.md']);
    expect(paths(result.deleted)).toEqual(['old.md']);
    expect(Object.keys(await contents(target))).toEqual(['a.md', 'drafts/old.md', 'old.txt']);
  });
});

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

  test('a file that was written while it was moved gets the content of the source', async () => {
    const source = await vault({ after: 'content' });
    const inner = await vault({ before: 'content' });
    const target = changed(inner, (driver) => ({
      move: async (from, to, options) => {
        await inner.update(from, { data: 'changed by somebody' });
        return await driver.move!(from, to, options);
      },
    }));
    await mirror(source, target, { prune: true });
    expect(await contents(inner)).toEqual({ after: 'content' });
  });

  test('a directory takes the place of a file, and a file that of a directory', async () => {
    const source = await vault({ 'was-file/inside': '1', 'was-dir': '2' });
    const target = await vault({ 'was-file': 'x', 'was-dir/inside': 'y' });
    const result = await mirror(source, target, { prune: true });
    expect(result.failed).toEqual([]);
    expect(await contents(target)).toEqual(await contents(source));
  });
});

describe('a mirror that meets trouble', () => {
  test('goes on after a file that fails, and says why it failed', async () => {
    const source = changed(await vault({ a: '1', b: '2', c: '3' }), (driver) => ({
      async *read(path, options) {
        if (path === 'b') throw backendError('PERMISSION_DENIED', 'You may not read "b"', { path });
        yield* driver.read(path, options);
      },
    }));
    const target = await vault({});
    const result = await mirror(source, target);
    expect(paths(result.copied)).toEqual(['a', 'c']);
    expect(result.failed).toMatchObject([
      { path: 'b', reason: 'You may not read "b"', error: { code: 'PERMISSION_DENIED' } },
    ]);
    expect(await contents(target)).toEqual({ a: '1', c: '3' });
  });

  test('stops trying where every other file would fail as well', async () => {
    let writes = 0;
    const target = changed(await vault({}), () => ({
      write: async () => {
        writes++;
        throw backendError('NO_SPACE', 'The disk is full');
      },
    }));
    const result = await mirror(await vault({ a: '1', b: '2', c: '3' }), target, { concurrency: 1 });
    expect(writes).toBe(1);
    expect(paths(result.failed)).toEqual(['a', 'b', 'c']);
    expect(result.failed[2]?.reason).toContain('not tried');
  });

  test('a target that keeps other bytes than it was given is found out', async () => {
    const target = changed(await vault({}), (driver) => ({
      write: (path, _, options) => driver.write(path, new TextEncoder().encode('lies'), options),
    }));
    const result = await mirror(await vault({ a: 'truth' }), target);
    expect(result.copied).toEqual([]);
    expect(result.failed).toMatchObject([{ path: 'a', error: { code: 'INTEGRITY' } }]);
  });

  test('names that the target folds into one fail, and neither is written', async () => {
    const target = changed(await vault({}), (driver) => withCapabilities(driver, { caseSensitive: false }));
    const result = await mirror(await vault({ 'Read.md': '1', 'read.md': '2', other: '3' }), target);
    expect(paths(result.copied)).toEqual(['other']);
    expect(result.failed.map(({ path, error }) => [path, error.code])).toEqual([
      ['Read.md', 'ALREADY_EXISTS'],
      ['read.md', 'ALREADY_EXISTS'],
    ]);
  });

  test('aborted in the middle it rejects with the reason, and the next run ends right', async () => {
    const source = await vault(
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, `content ${i}`])),
    );
    const target = await vault({});
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = mirror(source, target, {
      signal: controller.signal,
      concurrency: 2,
      onProgress: ({ phase, done }) => {
        if (phase === 'copying' && done === 10) controller.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    const half = Object.keys(await contents(target)).length;
    expect(half).toBeGreaterThanOrEqual(10);
    expect(half).toBeLessThan(40);
    const again = await mirror(source, target);
    expect(again.unchanged).toHaveLength(half);
    expect(await contents(target)).toEqual(await contents(source));
  });

  test('two mirrors into one target at the same time leave every file whole', async () => {
    const files = (text: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, `${text} ${i}`.repeat(50)]));
    const target = await vault({});
    await Promise.all([mirror(await vault(files('one')), target), mirror(await vault(files('two')), target)]);
    for (const [path, text] of Object.entries(await contents(target))) {
      expect([files('one')[path], files('two')[path]]).toContain(text);
    }
  });
});

describe('progress', () => {
  test('tells the phase, the files and the bytes, and ends with done', async () => {
    const source = await vault({ a: 'aaaa', b: 'bb' });
    const seen: MirrorPhase[] = [];
    let last = { phase: 'listing' as MirrorPhase, bytes: 0 };
    const copied: string[] = [];
    await mirror(source, await vault({ old: 'x' }), {
      prune: true,
      onProgress: (progress) => {
        if (seen.at(-1) !== progress.phase) seen.push(progress.phase);
        if (progress.phase === 'copying' && progress.path !== undefined) {
          copied.push(progress.path);
          expect(progress.total).toBe(2);
          expect(progress.done).toBe(copied.length);
        }
        last = progress;
      },
    });
    expect(seen).toEqual(['listing', 'comparing', 'moving', 'copying', 'deleting', 'done']);
    expect(copied.sort()).toEqual(['a', 'b']);
    expect(last).toMatchObject({ phase: 'done', bytes: 6 });
  });

  test('concurrency bounds the files in work', async () => {
    let running = 0;
    let most = 0;
    const target = changed(await vault({}), (driver) => ({
      write: async (path, content, options) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        const info = await driver.write(path, content, options);
        running--;
        return info;
      },
    }));
    const source = await vault(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, 'x'])));
    await mirror(source, target, { concurrency: 3 });
    expect(most).toBe(3);
    await expect(mirror(source, target, { concurrency: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

test('a source that sums by itself is asked once more, so that the next mirror finds the sums known', async () => {
  const asked: string[] = [];
  const source = changed(await vault({ a: '1', b: '2' }), () => ({
    checksum: async (path) => {
      asked.push(path);
      throw backendError('NOT_FOUND', 'It is gone by now', { path });
    },
  }));
  const result = await mirror(source, await vault({}));
  expect(paths(result.copied)).toEqual(['a', 'b']);
  expect(asked.sort()).toEqual(['a', 'b']);
});

test('a directory where a file belongs is not replaced, and the reason says so', async () => {
  const target = await vault({ 'a/inside': 'kept' });
  const { failed } = await mirror(await vault({ a: 'file' }), target);
  expect(failed).toMatchObject([{ path: 'a', error: { code: 'ALREADY_EXISTS' } }]);
  expect(failed[0]?.reason).toContain('move it away');
  expect(await contents(target)).toEqual({ 'a/inside': 'kept' });
});
