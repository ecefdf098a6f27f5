import { expect, expectTypeOf, test } from 'vitest';
import { type BackendPath, DriverBackend, type ListOptions } from '../../src/driver/index.ts';
import { FileInfo, type ListedInfo, MemoryFileBackend } from '../../src/index.ts';
import { memoryDriver } from '../drivers.ts';

const FILES = ['a/b/c/d.md', 'a/b/x.md', 'a/y.md', 'z.md'];

/** A driver that ignores what a listing was asked for beyond `recursive`, and knows no etags in it. */
function plainLister() {
  const inner = memoryDriver();
  const asked: ListOptions[] = [];
  let stats = 0;
  const vault = new DriverBackend({
    ...inner,
    stat: (path, options) => {
      stats++;
      return inner.stat(path, options);
    },
    async *list(path, options) {
      asked.push(options);
      const { signal, recursive } = options;
      for await (const batch of inner.list(path, { signal, recursive })) {
        yield batch.map((entry) => new FileInfo({ ...entry, etag: undefined }));
      }
    },
  });
  return { vault, asked, stats: () => stats };
}

test.each([
  [1, ['a', 'z.md']],
  [2, ['a', 'a/b', 'a/y.md', 'z.md']],
  [3, ['a', 'a/b', 'a/b/c', 'a/b/x.md', 'a/y.md', 'z.md']],
  [9, ['a', 'a/b', 'a/b/c', 'a/b/c/d.md', 'a/b/x.md', 'a/y.md', 'z.md']],
])('maxDepth %i prunes, whether the driver does or not', async (maxDepth, expected) => {
  const { vault, asked } = plainLister();
  for (const each of [vault, new MemoryFileBackend()]) {
    for (const path of FILES) await each.create(path, { data: path });
    const entries = await Array.fromAsync(each.list('/', { recursive: true, maxDepth }));
    expect(entries.map(({ path }) => path)).toEqual(expected);
  }
  expect(asked.at(-1)).toMatchObject({ recursive: maxDepth > 1, maxDepth });
  const below = await Array.fromAsync(vault.list('a', { recursive: true, maxDepth: 1 }));
  expect(below.map(({ path }) => path)).toEqual(['a/b', 'a/y.md']);
});

test.each([0, -1, 1.5, Number.NaN])('a maxDepth of %d is INVALID_ARGUMENT', async (maxDepth) => {
  const listing = Array.fromAsync(new MemoryFileBackend().list('/', { recursive: true, maxDepth }));
  await expect(listing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', operation: 'list' });
});

test('etags: true gives every file its etag, asked for only where the listing lacks it; without it the type has none', async () => {
  const { vault, stats } = plainLister();
  for (const path of FILES) await vault.create(path, { data: path });
  const before = stats();
  const entries = await Array.fromAsync(vault.list('/', { recursive: true, etags: true }));
  expect(stats() - before).toBe(FILES.length);
  for (const entry of entries) {
    if (entry.fileType !== 'file') continue;
    expectTypeOf(entry.etag).toEqualTypeOf<string>();
    expect(entry.etag).toBe((await vault.info(entry.path)).etag);
    await vault.update(entry.path, { data: 'new', ifMatch: entry.etag });
  }
  expectTypeOf<ListedInfo>().not.toHaveProperty('etag');
});

test('a file that goes while etags are asked for is left out', async () => {
  const inner = memoryDriver();
  const vault = new DriverBackend({
    ...inner,
    stat: async (path, options) => (path === 'gone' ? undefined : await inner.stat(path, options)),
    async *list() {
      yield ['gone', 'here'].map((path) => new FileInfo({ path, fileType: 'file' }));
    },
  });
  await vault.create('here', { data: 'x' });
  const entries = await Array.fromAsync(vault.list('/', { etags: true }));
  expect(entries.map(({ path }) => path)).toEqual(['here']);
});

test('who wants to know is told of what no path can name', async () => {
  const skipped: unknown[] = [];
  const inner = memoryDriver();
  const vault = new DriverBackend({
    ...inner,
    async *list(path, options) {
      options.onSkipped?.({ path: 'back\\x5cslash', reason: 'unnameable' });
      yield* inner.list(path, options);
    },
  });
  await Array.fromAsync(vault.list('/', { onSkipped: (entry) => void skipped.push(entry) }));
  expect(skipped).toEqual([{ path: 'back\\x5cslash', reason: 'unnameable' }]);
});

test.each(['by listing', 'by itself'])(
  'what a store gives that is no path is left out, also of a glob %s',
  async (how) => {
    const forged = [
      '../../escape',
      '.f9/lock',
      '.F9',
      'a\0b',
      'a\\b',
      '',
      'a//b',
      'a/',
      'a/./b',
      '/a',
      'n'.repeat(256),
      '\ud800',
    ];
    const good = ['.dot', '...', 'f', 'f9/a', 'a/.f9', ' ', 'é'.repeat(127)];
    const inner = memoryDriver();
    const entries = [...good, ...forged].map((path) => new FileInfo({ path, fileType: 'file' }));
    const vault = new DriverBackend({
      ...inner,
      async *list() {
        yield entries;
      },
      ...(how === 'by itself' && { glob: async () => entries.map(({ path }) => path as BackendPath) }),
    });
    const skipped: string[] = [];
    const onSkipped = ({ path }: { readonly path: string }): void => void skipped.push(path);
    const listed = await Array.fromAsync(vault.list('/', { recursive: true, onSkipped }), ({ path }) => path);
    expect(listed).toEqual(good);
    expect(skipped).toEqual(forged);
    expect((await vault.glob('**', { dot: true })).toSorted()).toEqual(good.toSorted());
  },
);

test('globInfo says what is found by one walk: kinds and sizes, by bytes', async () => {
  const { vault, asked, stats } = plainLister();
  for (const path of FILES) await vault.create(path, { data: path });
  const before = { asked: asked.length, stats: stats() };
  const found = await vault.globInfo('a/**', { includeDirs: true });
  expect(found.map(({ path, isDir, size }) => [path, isDir ? 'dir' : size])).toEqual([
    ['a/b', 'dir'],
    ['a/b/c', 'dir'],
    ['a/b/c/d.md', 10],
    ['a/b/x.md', 8],
    ['a/y.md', 6],
  ]);
  expect({ asked: asked.length - before.asked, stats: stats() - before.stats }).toEqual({
    asked: 1,
    stats: 1,
  });
  expect((await vault.globInfo('*')).map(({ path }) => path)).toEqual(['z.md']);
});

test('a pattern that ends in a slash matches directories alone', async () => {
  const vault = new MemoryFileBackend();
  for (const path of FILES) await vault.create(path, { data: path });
  expect(await vault.glob('*/')).toEqual([]);
  expect(await vault.glob('*/', { includeDirs: true })).toEqual(['a']);
  expect(await vault.globDirs('**/')).toEqual(['a', 'a/b', 'a/b/c']);
  expect(await vault.globFiles('**/')).toEqual([]);
  expect((await vault.globInfo('a/*/', { includeDirs: true })).map(({ path }) => path)).toEqual(['a/b']);
});
