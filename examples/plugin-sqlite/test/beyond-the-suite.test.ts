import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import type { FileBackend } from '@f9/core';
import type { ParsedUri } from '@f9/core/driver';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SqliteFileBackend, sqlitePlugin } from '../src/index.ts';

// What a suite that knows nothing of SQLite cannot know: other processes, kills, rows, URIs.

/** In the repository of f9 its packages are sources; installed from a registry they are not. */
const core = realpathSync(new URL('../node_modules/@f9/core', import.meta.url));
const sources = core.includes('node_modules') ? [] : ['--conditions=@f9/source'];

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'f9-sqlite-'));
  path = join(folder, 'vault.db');
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

/** A process that runs `program` with a backend on the same file. */
function another(program: string): ReturnType<typeof spawn> {
  const source = JSON.stringify(new URL('../src/index.ts', import.meta.url).href);
  return spawn(
    process.execPath,
    [
      ...sources,
      '--experimental-strip-types',
      '--no-warnings',
      '--input-type=module',
      '--eval',
      `import { SqliteFileBackend } from ${source};
       const backend = new SqliteFileBackend({ path: ${JSON.stringify(path)} });
       ${program}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

/** A look at the tables from outside. */
function rows(sql: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Object.values(database.prepare(sql).get() ?? {})[0];
  } finally {
    database.close();
  }
}

test('appends of several processes all land', async () => {
  await using backend = new SqliteFileBackend({ path });
  await backend.create('log.txt');
  const children = ['a', 'b', 'c'].map((name) =>
    another(
      `for (let i = 0; i < 30; i++) await backend.update('log.txt', { data: '${name}\\n', append: true });`,
    ),
  );
  await Promise.all(children.map((child) => once(child, 'exit')));
  const lines = (await backend.read('log.txt', { binary: false })).trim().split('\n').sort();
  expect(lines.join('')).toBe('a'.repeat(30) + 'b'.repeat(30) + 'c'.repeat(30));
});

test('a writer that is killed changes nothing, and what it left is cleared after a day', async () => {
  {
    await using backend = new SqliteFileBackend({ path });
    await backend.create('a.txt', { data: 'old' });
  }
  const child = another(`
    async function* endless() {
      for (let i = 0; ; i++) {
        yield new Uint8Array(300_000);
        if (i === 3) console.log('writing');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await backend.streamWrite('a.txt', { chunkSource: endless(), overwrite: true });
  `);
  await once(child.stdout!, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  {
    await using backend = new SqliteFileBackend({ path });
    expect(await backend.read('a.txt', { binary: false })).toBe('old');
  }
  expect(rows('SELECT count(*) FROM blocks')).toBeGreaterThan(1);
  vi.useFakeTimers({ now: Date.now() + 25 * 60 * 60 * 1000, toFake: ['Date'] });
  await using backend = new SqliteFileBackend({ path });
  expect(await backend.read('a.txt', { binary: false })).toBe('old');
  expect([rows('SELECT count(*) FROM blocks'), rows('SELECT count(*) FROM staged')]).toEqual([1, 0]);
});

test('a writer that is given up after a day finds out', async () => {
  await using backend = new SqliteFileBackend({ path });
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<string> {
    yield 'x'.repeat(300_000);
    started.resolve();
    await go.promise;
  }
  const writing = backend.streamWrite('a.txt', { chunkSource: slow() });
  await started.promise;
  vi.useFakeTimers({ now: Date.now() + 25 * 60 * 60 * 1000, toFake: ['Date'] });
  await using other = await new SqliteFileBackend({ path }).open();
  go.resolve();
  await expect(writing).rejects.toMatchObject({ code: 'IO' });
  expect(await other.exists('a.txt')).toBe(false);
});

test('a large file is many small rows, and none is left behind', async () => {
  await using backend = new SqliteFileBackend({ path });
  const size = 20_000_000;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < size; sent += 1_000_000) yield new Uint8Array(1_000_000).fill(sent / 1_000_000);
  }
  await backend.streamWrite('large', { chunkSource: chunks() });
  expect(rows('SELECT max(length(bytes)) FROM blocks')).toBe(256 * 1024);
  const part = await backend.read('large', { offset: 7_999_999, length: 2 });
  expect([...part]).toEqual([7, 8]);
  let read = 0;
  for await (const chunk of backend.streamRead('large')) read += chunk.length;
  expect(read).toBe(size);
  await backend.move('large', 'd/moved');
  await backend.update('d/moved', { data: 'small' });
  expect(rows('SELECT sum(length(bytes)) FROM blocks')).toBe(5);
  await backend.delete('d', { recursive: true });
  expect([rows('SELECT count(*) FROM blocks'), rows('SELECT count(*) FROM staged')]).toEqual([0, 0]);
});

test('a write that fails leaves no rows', async () => {
  await using backend = new SqliteFileBackend({ path });
  async function* failing(): AsyncGenerator<string> {
    yield 'x'.repeat(600_000);
    throw new Error('mine');
  }
  await expect(backend.streamWrite('a.txt', { chunkSource: failing() })).rejects.toThrow('mine');
  expect([rows('SELECT count(*) FROM blocks'), rows('SELECT count(*) FROM staged')]).toEqual([0, 0]);
});

test('a listing of many pages is whole and in order', async () => {
  await using backend = new SqliteFileBackend({ path });
  const names = Array.from({ length: 1100 }, (_, i) => `d/${String(i).padStart(4, '0')}`);
  for (const name of names) await backend.create(name);
  const listed = async (recursive: boolean): Promise<string[]> =>
    (await Array.fromAsync(backend.list('d', { recursive }))).map((entry) => entry.path);
  expect(await listed(false)).toEqual(names);
  expect(await listed(true)).toEqual(names);
});

test('a file that is no database, or cannot be opened, is told without its place', async () => {
  await writeFile(
    path,
    'this is a text, and long enough to be taken for a header of SQLite, which it is not',
  );
  const cases: [FileBackend, string][] = [
    [new SqliteFileBackend({ path }), 'INTEGRITY'],
    [new SqliteFileBackend({ path: join(folder, 'none', 'vault.db') }), 'IO'],
  ];
  for (const [backend, code] of cases) {
    const error: unknown = await backend.exists('a').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(folder);
    await backend[Symbol.asyncDispose]();
  }
});

test('a URI names the file by its whole path', async () => {
  const open = (uri: Partial<ParsedUri>, options = {}): FileBackend | Promise<FileBackend> =>
    sqlitePlugin.create({ uri: { scheme: 'sqlite', path: '', ...uri }, options, baseDirectory: folder });
  await using backend = await open(
    { path: path.replaceAll('\\', '/').replace(/^(?!\/)/, '/') },
    { busyTimeout: 10 },
  );
  await backend.create('a.txt');
  expect(rows('SELECT count(*) FROM entries')).toBe(1);
  for (const uri of [{ host: 'vault.db' }, { path: '/' }, { host: 'host', path: '/vault.db' }]) {
    expect(() => open(uri)).toThrow(expect.objectContaining({ code: 'INVALID_URI' }));
  }
});

test('making a backend, and loading SQLite, says nothing on the way', async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listener);
  await using backend = await new SqliteFileBackend({ path }).open();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  expect([backend.name, warnings]).toEqual(['sqlite', []]);
});
