import { describe, expect, test } from 'vitest';
import { backendError } from '../../src/driver/index.ts';
import { type ErrorCode, type FileBackend, mirror, readOnly, subdirectory } from '../../src/index.ts';
import { changed, contents, paths, vault, withCapabilities } from './vaults.ts';

/** The vault, of which one file cannot be read. */
function unreadable(
  backend: FileBackend,
  forbidden: string,
  code: ErrorCode = 'PERMISSION_DENIED',
): FileBackend {
  const refuse = (path: string): void => {
    if (path === forbidden) throw backendError(code, `You may not read ${JSON.stringify(path)}`, { path });
  };
  return changed(backend, (driver) => ({
    async *read(path, options) {
      refuse(path);
      yield* driver.read(path, options);
    },
    readFile: async (path, options) => {
      refuse(path);
      return await driver.readFile!(path, options);
    },
  }));
}

describe('a mirror that meets trouble', () => {
  test('goes on after a file that fails, and says why it failed', async () => {
    const source = unreadable(await vault({ a: '1', b: '2', c: '3' }), 'b');
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

describe('one bad thing stays one bad thing', () => {
  test('a source file that cannot be read, whose name the target knows, fails by name and the others go on', async () => {
    const source = unreadable(await vault({ a: 'new a', b: 'new b', c: 'same c' }), 'b');
    const target = await vault({ a: 'old a', b: 'old b', c: 'same c' });
    const result = await mirror(source, target, { prune: true });
    expect(paths(result.updated)).toEqual(['a']);
    expect(result.unchanged).toEqual(['c']);
    expect(result.failed).toMatchObject([{ path: 'b', error: { code: 'PERMISSION_DENIED' } }]);
    expect(await contents(target)).toEqual({ a: 'new a', b: 'old b', c: 'same c' });
  });

  test('a target file that is damaged is written again', async () => {
    const inner = await vault({ a: 'right', b: 'b' });
    let damaged = true;
    const target = changed(unreadable(inner, 'a', 'INTEGRITY'), (driver) => ({
      write: async (path, data, options) => {
        if (path === 'a') damaged = false;
        return await driver.write(path, data, options);
      },
      async *read(path, options) {
        yield* (damaged ? driver : inner.driver).read(path, options);
      },
    }));
    const result = await mirror(await vault({ a: 'right', b: 'b' }), target);
    expect(paths(result.updated)).toEqual(['a']);
    expect(result.failed).toEqual([]);
  });

  test('a directory that cannot be listed fails by name; what the target has of it stays', async () => {
    const inner = await vault({ 'open/a': 'a', 'shut/b': 'b' });
    const source = changed(inner, (driver) => ({
      async *list(path, options) {
        for await (const batch of driver.list(path, options)) {
          if (
            path === 'shut' ||
            (options.recursive && batch.some((entry) => entry.path.startsWith('shut/')))
          ) {
            throw backendError('PERMISSION_DENIED', 'You may not list "shut"', { path: 'shut' });
          }
          yield batch;
        }
      },
    }));
    const target = await vault({ 'shut/b': 'kept', 'shut/c': 'kept', extra: 'x' });
    const result = await mirror(source, target, { prune: true });
    expect(paths(result.copied)).toEqual(['open/a']);
    expect(paths(result.deleted)).toEqual(['extra']);
    expect(result.failed).toMatchObject([{ path: 'shut', error: { code: 'PERMISSION_DENIED' } }]);
    expect(await contents(target)).toEqual({ 'open/a': 'a', 'shut/b': 'kept', 'shut/c': 'kept' });
  });

  test('a service that is away fails the whole, and is not asked file by file', async () => {
    let asked = 0;
    const source = changed(await vault({ a: '1', b: '2' }), () => ({
      checksumMany: async () => {
        asked++;
        throw backendError('UNAVAILABLE', 'The connection was lost');
      },
    }));
    await expect(mirror(source, await vault({ a: 'x', b: 'y' }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(asked).toBe(1);
  });
});

describe('vaults that overlap', () => {
  test('are refused before anything is written or deleted', async () => {
    const whole = await vault({ 'docs/a': 'a', b: 'b' });
    const before = await contents(whole);
    const docs = subdirectory(whole, 'docs');
    const pairs = [
      [docs, whole],
      [whole, docs],
      [whole, subdirectory(whole, 'backup')],
      [readOnly(docs), whole],
      [subdirectory(docs, 'deep'), docs],
      [whole, whole],
    ] as const;
    for (const [source, target] of pairs) {
      const run = mirror(source, target, { prune: 'even-if-empty' });
      await expect(run).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    const backup = subdirectory(whole, 'attic');
    await expect(mirror(await vault({ b: 'new' }), whole, { backup })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await contents(whole)).toEqual(before);
  });

  test('folders of one vault that lie apart are none', async () => {
    const whole = await vault({ 'docs/a': 'a' });
    await mirror(subdirectory(whole, 'docs'), subdirectory(whole, 'docs-copy'));
    expect(await contents(whole)).toEqual({ 'docs/a': 'a', 'docs-copy/a': 'a' });
  });
});
