import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileBackend, MemoryFileBackend, readOnly, restrict, subdirectory } from '@f9/core';
import { backendError, DriverBackend, layer } from '@f9/core/driver';
import { LocalFileBackend } from '@f9/local';
import { describe, expect, test } from 'vitest';
import { httpEmbedder, sqlite, type WithSearchOptions, withSearch } from '../src/index.ts';
import { embeddingServer } from './embedding-server.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'f9-search-'));
const paths = async (vault: FileBackend, query: string): Promise<string[]> =>
  (await vault.search(query)).map(({ path }) => path);

async function searchable(options: Partial<WithSearchOptions> = {}) {
  const inner = new MemoryFileBackend();
  return { inner, vault: withSearch(inner, { path: ':memory:', ...options }) };
}

test('follows the vault, whoever writes', async () => {
  const { inner, vault } = await searchable();
  expect(vault.capabilities.search).toBe(true);
  await vault.create('a.md', { data: 'kingfisher' });
  expect(await paths(vault, 'kingfisher')).toEqual(['a.md']);
  await inner.update('a.md', { data: 'heron' });
  expect(await paths(vault, 'kingfisher')).toEqual([]);
  await inner.move('a.md', 'd/b.md');
  expect(await paths(vault, 'heron')).toEqual(['d/b.md']);
  await inner.delete('d', { recursive: true });
  expect(await paths(vault, 'heron')).toEqual([]);
});

test('reads again only what changed, also in another process', async () => {
  const root = folder();
  const path = join(folder(), 'index.db');
  for (let i = 0; i < 20; i++) writeFileSync(join(root, `f${i}.md`), `note ${i} heron`);
  const open = () => withSearch(new LocalFileBackend({ root }), { path });
  {
    await using vault = open();
    expect(await vault.refreshIndex()).toEqual({ indexed: 20, removed: 0, unchanged: 0 });
  }
  writeFileSync(join(root, 'f1.md'), 'another text');
  rmSync(join(root, 'f2.md'));
  await using vault = open();
  expect(await vault.refreshIndex()).toEqual({ indexed: 1, removed: 1, unchanged: 18 });
  expect(await paths(vault, 'another')).toEqual(['f1.md']);
});

test.each([
  ['new', false],
  ['old', true],
])(
  'an index that another process writes to is waited for in turns of the event loop: a %s one',
  async (_, isOld) => {
    const path = join(folder(), 'index.db');
    const inner = new MemoryFileBackend();
    await inner.create('a.md', { data: 'heron' });
    if (isOld) {
      await using before = withSearch(inner, { path });
      await before.search('heron');
      await inner.create('b.md', { data: 'heron' });
    }
    await using vault = withSearch(inner, { path });
    const { DatabaseSync } = sqlite();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE; CREATE TABLE other (a)');
    const searching = vault.search('heron');
    // In this thread: were it blocked, nobody would ever end what is waited for.
    await sleep(200);
    other.exec('COMMIT');
    other.close();
    expect(await searching).toHaveLength(isOld ? 2 : 1);
  },
);

test('tells progress, and can be aborted', async () => {
  const seen: unknown[] = [];
  const { inner, vault } = await searchable({ onProgress: (progress) => seen.push(progress) });
  for (let i = 0; i < 450; i++) await inner.create(`f${i}.md`, { data: `heron ${i}` });
  await expect(vault.search('heron', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  await vault.search('heron');
  expect(seen).toEqual([
    { done: 200, total: 450 },
    { done: 400, total: 450 },
    { done: 450, total: 450 },
  ]);
});

test('what it can do beside the operations refuses options that it does not know', async () => {
  const vault = withSearch(new MemoryFileBackend(), { path: ':memory:' });
  const refused = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('the closest is ') };
  await expect(vault.refreshIndex({ sginal: undefined } as never)).rejects.toMatchObject(refused);
  await expect(vault.embedPending({ onProgres: () => undefined } as never)).rejects.toMatchObject(refused);
  await vault.close();
});

test('binary and too large files are found by their names', async () => {
  const { vault } = await searchable({ maxFileSize: 100 });
  await vault.create('kingfisher.png', { data: Uint8Array.of(0, 1, 2) });
  await vault.create('heron.md', { data: 'owl '.repeat(100) });
  expect(await paths(vault, 'kingfisher')).toEqual(['kingfisher.png']);
  expect(await paths(vault, 'heron')).toEqual(['heron.md']);
  expect(await paths(vault, 'owl')).toEqual([]);
});

test('maxStaleness spares the look at the vault', async () => {
  const { inner, vault } = await searchable({ maxStaleness: 60_000 });
  await inner.create('a.md', { data: 'heron' });
  expect(await paths(vault, 'heron')).toEqual(['a.md']);
  await inner.create('b.md', { data: 'heron' });
  expect(await paths(vault, 'heron')).toEqual(['a.md']);
  await vault.refreshIndex();
  expect((await paths(vault, 'heron')).toSorted()).toEqual(['a.md', 'b.md']);
});

test.each([
  ['INTEGRITY', []],
  ['PERMISSION_DENIED', []],
  ['UNAVAILABLE', 'UNAVAILABLE'],
] as const)('a file that cannot be read for %s: %j', async (code, expected) => {
  const inner = new MemoryFileBackend();
  await inner.create('a.md', { data: 'heron' });
  let isFailing = false;
  const vault = withSearch(
    new DriverBackend(
      layer(inner.driver, {
        async *read(path, options) {
          if (isFailing) throw backendError(code, 'It cannot be read', { path });
          yield* inner.driver.read(path, options);
        },
      }),
    ),
    { path: ':memory:' },
  );
  await vault.search('heron');
  isFailing = true;
  // One bad file hides no other; a vault that does not answer is no empty result.
  expect(await paths(vault, 'heron').catch((error: { code: string }) => error.code)).toEqual(expected);
});

describe('layers over it hold', () => {
  test('subdirectory, readOnly and restrict', async () => {
    const { vault } = await searchable();
    await vault.create('public/a.md', { data: 'heron' });
    await vault.create('secret/b.md', { data: 'heron' });
    expect(await paths(subdirectory(vault, 'public'), 'heron')).toEqual(['a.md']);
    expect(await paths(readOnly(vault), 'heron')).toHaveLength(2);
    expect(await paths(restrict(vault, { read: { deny: ['secret/**'] } }), 'heron')).toEqual(['public/a.md']);
  });
});

test('by meaning: embedPending, after which words are not needed', async () => {
  await using server = await embeddingServer();
  const { vault } = await searchable({ embedder: httpEmbedder({ baseURL: server.url, model: 'm' }) });
  await vault.create('car.md', { data: 'The automobile is in the garage.' });
  expect(await vault.embedPending()).toBe(1);
  expect(await vault.pendingEmbeddings()).toBe(0);
  expect(await paths(vault, 'vehicle')).toEqual(['car.md']);
});

describe('an index that cannot be', () => {
  test('a file that is no index is INTEGRITY, and is left alone', () => {
    const path = join(folder(), 'index.db');
    writeFileSync(path, 'text '.repeat(500));
    expect(() => withSearch(new MemoryFileBackend(), { path })).toThrow(
      expect.objectContaining({ code: 'INTEGRITY' }),
    );
  });

  test('a folder that is not there is IO', () => {
    expect(() => withSearch(new MemoryFileBackend(), { path: '/none/such/index.db' })).toThrow(
      expect.objectContaining({ code: 'IO' }),
    );
  });

  test('no path is INVALID_ARGUMENT', () => {
    expect(() => withSearch(new MemoryFileBackend(), { path: '' })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

test('every section is found under its headings, however deep, and the file of the index holds nothing that it does not need', async () => {
  const path = join(folder(), 'index.db');
  const { inner, vault } = await searchable({ path });
  const sections = ['# Garden', '## Water', '### Morning', '### Evening', '## Soil', '# House', '### Attic'];
  const text = sections
    .map((heading, i) => `${heading}\n\n${`word${i} `.repeat(300)}\n\nend${i}\n`)
    .join('\n');
  for (let i = 0; i < 30; i++) await inner.create(`before${i}.md`, { data: text });
  await vault.refreshIndex();
  {
    using database = new (sqlite().DatabaseSync)(path);
    expect(database.prepare('PRAGMA freelist_count').get()).toEqual({ freelist_count: 0 });
  }
  for (let i = 0; i < 30; i++) await inner.delete(`before${i}.md`);
  await inner.create('a.md', { data: text });
  for (const [at, heading] of sections.entries()) {
    const results = await vault.search(`end${at}`);
    expect(results.map((result) => [result.path, result.heading])).toEqual([
      ['a.md', heading.replace(/^#+ /, '')],
    ]);
  }
  await vault.close();
});
