import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MemoryFileBackend, mirror } from '@f9/core';
import { httpEmbedder } from '@f9/search';
import { describe, expect, test } from 'vitest';
import { embeddingServer } from '../../search/test/embedding-server.ts';
import { SqliteFileBackend } from '../src/index.ts';
import { another } from './another-process.ts';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'f9-sqlite-')), 'vault.db');
describe('a file that is no vault, or none that this version knows', () => {
  const opened = async (path: string, options = {}): Promise<unknown> => {
    await using vault = new SqliteFileBackend({ path, ...options });
    return await vault.create('a.md', { data: 'a' }).catch((error: unknown) => error);
  };

  test('no SQLite database is INTEGRITY, and stays as it is', async () => {
    const path = file();
    writeFileSync(path, 'some text that is long enough to be looked at'.repeat(50));
    expect(await opened(path)).toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining('no SQLite database'),
    });
    expect(readFileSync(path, 'utf8')).toMatch(/^some text/);
  });

  test("another program's database is INVALID_ARGUMENT, and stays as it is", async () => {
    const path = file();
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
    other.close();
    expect(await opened(path)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('another program'),
    });
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1);
    after.close();
  });

  test('a newer vault is UNSUPPORTED, with the command that helps', async () => {
    const path = file();
    await opened(path);
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(await opened(path)).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('npm install @f9/sqlite@latest'),
    });
  });

  test('one whose tables were not made yet gets them', async () => {
    const path = file();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA application_id = ${0x66397631}; PRAGMA user_version = 0`);
    database.close();
    expect(await opened(path)).toMatchObject({ path: 'a.md' });
  });

  test('on a Node whose SQLite cannot search it is UNSUPPORTED, and says which can', async () => {
    const path = file();
    const old = "Object.defineProperty(process.versions, 'node', { value: '22.12.0' });";
    const child = another(
      path,
      `${old} console.log(await vault.create('a.md').catch(({ code, message }) => code + ': ' + message)); await vault.close();`,
    );
    const [said] = await once(child.stdout!, 'data');
    expect(String(said)).toMatch(/^UNSUPPORTED: .*use 22\.16 or newer/);
    expect(existsSync(path)).toBe(false);
  });

  test('on a filesystem between machines it is UNSUPPORTED, and no file is made', async () => {
    const path = file();
    const nfs = `
      const fs = process.getBuiltinModule('node:fs');
      fs.statfsSync = () => ({ type: 0x6969 });
      process.getBuiltinModule('node:module').syncBuiltinESMExports();`;
    const child = another(
      path,
      `${nfs} console.log(await vault.create('a.md').catch(({ code, message }) => code + ': ' + message)); await vault.close();`,
    );
    const [said] = await once(child.stdout!, 'data');
    expect(String(said)).toMatch(/^UNSUPPORTED: .*not NFS; its locks do not hold between machines/);
    expect(existsSync(path)).toBe(false);
  });

  test('an option that there is not is refused, of the vault and of what it can do beside its operations', async () => {
    const path = file();
    const code = 'INVALID_ARGUMENT';
    const made = (options: object): SqliteFileBackend => new SqliteFileBackend({ path, ...options });
    for (const options of [{ histroy: true }, { disposeTimeout: -1 }]) {
      expect(() => made(options)).toThrow(expect.objectContaining({ code }));
    }
    expect(() => new SqliteFileBackend(undefined as never)).toThrow(expect.objectContaining({ code }));
    await using vault = made({ disposeTimeout: 1000 });
    const wrong = { onProgres: () => undefined } as never;
    await expect(vault.backup(`${path}.copy`, wrong)).rejects.toMatchObject({ code });
    await expect(vault.embedPending(wrong)).rejects.toMatchObject({ code });
    await expect(vault.check(wrong)).rejects.toMatchObject({ code });
    expect(existsSync(`${path}.copy`)).toBe(false);
  });

  test('what hangs holds up disposal no longer than disposeTimeout', async () => {
    const vault = new SqliteFileBackend({ path: file(), disposeTimeout: 50 });
    const source = (async function* (): AsyncGenerator<string> {
      yield await new Promise<string>(() => undefined);
    })();
    const writing = expect(vault.streamWrite('a', { chunkSource: source })).rejects.toMatchObject({
      code: 'CLOSED',
    });
    await vault.exists('a');
    await expect(vault.close()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('streamWrite'),
    });
    await writing;
  });

  test('a folder that is not there is NOT_FOUND, and a file that is a folder IS_DIRECTORY', async () => {
    expect(await opened('/none/such/vault.db')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await opened(dirname(file()))).toMatchObject({ code: 'IS_DIRECTORY' });
  });

  test('a damaged one is INTEGRITY', async () => {
    const path = file();
    {
      await using vault = new SqliteFileBackend({ path });
      for (let i = 0; i < 50; i++) await vault.create(`f${i}`, { data: 'x'.repeat(5000) });
    }
    truncateSync(path, Math.floor(statSync(path).size / 2));
    await using vault = new SqliteFileBackend({ path });
    const reads = Array.from({ length: 50 }, (_, i) =>
      vault.read(`f${i}`).catch(({ code }: { code: string }) => code),
    );
    const codes = (await Promise.all(reads)).filter((result) => typeof result === 'string');
    expect(codes.length).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set(['INTEGRITY']));
  });
});

test.skipIf(process.getuid?.() === 0)(
  'a file that may only be read is read, and refuses writes (needs an ordinary user)',
  async () => {
    const path = file();
    {
      await using vault = new SqliteFileBackend({ path });
      await vault.create('a.md', { data: 'A' });
    }
    chmodSync(path, 0o444);
    await using vault = new SqliteFileBackend({ path });
    expect(await vault.read('a.md', { binary: false })).toBe('A');
    await expect(vault.create('b.md')).rejects.toMatchObject({ code: 'READ_ONLY' });
  },
);

describe('history', () => {
  test('tells what a file was, newest first, also when it is gone; reads and restores it', async () => {
    await using vault = new SqliteFileBackend({ path: file(), history: true });
    await vault.create('a.md', { data: 'one' });
    await vault.update('a.md', { data: ' two', append: true });
    await vault.update('a.md', { data: 'three' });
    await vault.delete('a.md');
    const versions = await Array.fromAsync(vault.history('a.md'));
    expect(versions.map(({ size, deleted }) => [size, deleted])).toEqual([
      [0, true],
      [5, false],
      [7, false],
      [3, false],
    ]);
    const text = (index: number) => vault.read('a.md', { binary: false, version: versions[index]!.version });
    expect([await text(1), await text(2), await text(3)]).toEqual(['three', 'one two', 'one']);
    await expect(text(0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await vault.restore('a.md', { version: versions[2]!.version });
    expect(await vault.read('a.md', { binary: false })).toBe('one two');
  });

  test('without the option there is none, and bytes that were replaced are gone', async () => {
    const path = file();
    await using vault = new SqliteFileBackend({ path });
    await vault.create('a.md', { data: 'one' });
    await vault.update('a.md', { data: 'two' });
    await expect(Array.fromAsync(vault.history('a.md'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('SELECT count(*) AS count FROM blocks').get()).toMatchObject({ count: 1 });
    database.close();
  });
});

test.skipIf(process.platform === 'win32')(
  'a vault whose file is deleted or replaced while it is open acknowledges nothing that nobody else sees (not on Windows)',
  async () => {
    for (const hasSuccessor of [true, false]) {
      const [path, other] = [file(), file()];
      await using vault = new SqliteFileBackend({ path });
      await vault.create('a.md', { data: 'old' });
      await vault.create('large', { data: new Uint8Array(600_000) });
      if (hasSuccessor) {
        await using successor = new SqliteFileBackend({ path: other });
        await successor.create('a.md', { data: 'other' });
        await successor.close();
        renameSync(other, path);
      } else rmSync(path);
      for (const attempt of [
        () => vault.update('a.md', { data: 'new' }),
        () => vault.create('new.md'),
        () => vault.delete('a.md'),
        () => Array.fromAsync(vault.streamRead('large')),
        () => vault.glob('**'),
        () => vault.syncSession(async () => undefined),
      ]) {
        await expect(attempt()).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: expect.stringContaining('open what is there now'),
        });
      }
    }
  },
);

test('a backup while the vault is in use is whole', async () => {
  const path = file();
  const copy = `${path}.backup`;
  await using vault = new SqliteFileBackend({ path });
  for (let i = 0; i < 100; i++) await vault.create(`f${i}`, { data: 'kingfisher '.repeat(1000) });
  const seen: number[] = [];
  const writing = Promise.all(Array.from({ length: 20 }, (_, i) => vault.update(`f${i}`, { data: 'other' })));
  await vault.backup(copy, { onProgress: ({ done }) => seen.push(done) });
  await writing;
  expect(seen.length).toBeGreaterThan(0);
  await expect(vault.backup(copy)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await using other = new SqliteFileBackend({ path: copy });
  expect(await other.glob('**')).toHaveLength(100);
  expect(await other.check()).toMatchObject({ problems: [], files: 100 });
});

test('what a file of somebody else holds that is no path is listed nowhere, and told', async () => {
  const path = file();
  await using vault = new SqliteFileBackend({ path });
  await vault.create('good.md', { data: 'good' });
  const forged = [
    '..\0..\0escape',
    '.f9\0lock',
    'a\0\0b',
    'a\\b',
    ...Array.from({ length: 1100 }, (_, i) => `s/${i}`),
  ];
  const keys = [...forged.map((key) => Buffer.from(key)), Buffer.of(0x6e, 0xff)];
  const database = new DatabaseSync(path);
  const insert = database.prepare(
    "INSERT INTO entries SELECT ?, ?, parent, content, version, size, sha256, created_at, modified_at, indexed FROM entries WHERE path = 'good.md'",
  );
  for (const [at, key] of keys.entries()) insert.run(key, `forged ${at}`);
  database.close();
  for (const recursive of [false, true]) {
    const skipped: string[] = [];
    const onSkipped = ({ path: shown }: { readonly path: string }): void => void skipped.push(shown);
    const listed = await Array.fromAsync(vault.list('/', { recursive, onSkipped }), (entry) => entry.path);
    expect(listed).toEqual(['good.md']);
    expect(skipped).toHaveLength(keys.length);
  }
  expect(await vault.glob('**', { dot: true })).toEqual(['good.md']);
  const result = await mirror(vault, new MemoryFileBackend());
  expect([result.copied.map((change) => change.path), result.failed]).toEqual([['good.md'], []]);
});

describe('check', () => {
  test('finds nothing in a vault that is well', async () => {
    await using vault = new SqliteFileBackend({ path: file() });
    await vault.create('d/a.md', { data: 'words' });
    expect(await vault.check()).toEqual({ problems: [], files: 1, notIndexed: 0, notEmbedded: 1 });
  });

  test('names files whose bytes are missing; reading them is INTEGRITY', async () => {
    const path = file();
    await using vault = new SqliteFileBackend({ path });
    await vault.create('a.md', { data: 'words' });
    const database = new DatabaseSync(path);
    database.exec('DELETE FROM blocks');
    database.close();
    expect(await vault.check()).toMatchObject({ problems: ['Bytes of "a.md" are missing'] });
    await expect(vault.read('a.md')).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  test.each([
    ['DELETE FROM entries', 'There are bytes of no file'],
    ['DELETE FROM search_words', 'The words of "a.md" are missing'],
    ['DELETE FROM search_passages', 'There are words of no passage'],
    [
      "INSERT INTO entries SELECT CAST('b.md' AS BLOB), 'b.md', parent, content, version, size, sha256, created_at, modified_at, indexed FROM entries",
      '"a.md" and "b.md" have the same bytes',
    ],
  ])('after %s says: %s', async (sql, problem) => {
    const path = file();
    await using vault = new SqliteFileBackend({ path });
    await vault.create('a.md', { data: 'words' });
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    expect((await vault.check()).problems).toContain(problem);
  });
});

describe('search', () => {
  test('finds what was just written, whichever way, and nothing that is gone', async () => {
    await using vault = new SqliteFileBackend({ path: file() });
    const paths = async (query: string) => (await vault.search(query)).map(({ path }) => path);
    await vault.create('a.md', { data: '# Birds\n\nThe kingfisher dives.\n' });
    expect(await vault.search('kingfisher')).toEqual([
      {
        path: 'a.md',
        score: expect.any(Number),
        snippet: 'The kingfisher dives.',
        line: 3,
        heading: 'Birds',
      },
    ]);
    await vault.update('a.md', { data: 'An owl listens.\n', append: true });
    expect(await paths('owl')).toEqual(['a.md']);
    await vault.move('a.md', 'd/b.md');
    expect(await paths('owl')).toEqual(['d/b.md']);
    await vault.copy('d/b.md', 'c.md');
    expect((await paths('owl')).toSorted()).toEqual(['c.md', 'd/b.md']);
    await vault.delete('d', { recursive: true });
    expect(await paths('owl')).toEqual(['c.md']);
    await vault.streamWrite('large.md', { chunkSource: ['x '.repeat(900_000), ' heron'] });
    expect(await paths('heron')).toEqual(['large.md']);
  });

  test('a vault whose index is gone is filled before it is searched', async () => {
    const path = file();
    {
      await using vault = new SqliteFileBackend({ path });
      for (let i = 0; i < 250; i++) await vault.create(`f${i}.md`, { data: `kingfisher ${i}` });
    }
    const database = new DatabaseSync(path);
    database.exec("UPDATE search_settings SET value = 'older' WHERE name = 'schema'");
    database.close();
    await using vault = new SqliteFileBackend({ path });
    expect(await vault.search('kingfisher', { limit: 50 })).toHaveLength(50);
    expect(await vault.check()).toMatchObject({ notIndexed: 0 });
  });
});

describe('other processes', () => {
  test('embed what this one does not: no text twice', async () => {
    await using server = await embeddingServer();
    const path = file();
    const embedder = httpEmbedder({ baseURL: server.url, model: 'm', batch: 2 });
    await using vault = new SqliteFileBackend({ path, embedder });
    for (let i = 0; i < 40; i++) await vault.create(`${i}.md`, { data: `note ${i}` });
    const program = `
      const { httpEmbedder } = await import(${JSON.stringify(new URL('../../search/src/index.ts', import.meta.url).href)});
      const embedder = httpEmbedder({ baseURL: '${server.url}', model: 'm', batch: 2 });
      await using mine = new SqliteFileBackend({ path: ${JSON.stringify(path)}, embedder });
      console.log('ready');
      for (let done; (done = await mine.embedPending()) === 0; ) if ((await mine.pendingEmbeddings()) === 0) break;
      await vault.close();`;
    const child = another(path, program);
    await once(child.stdout!, 'data');
    await vault.embedPending();
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(server.texts.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => `note ${i}`).toSorted());
  });

  test('that embed and are killed leave what they did, and their turn', async () => {
    await using server = await embeddingServer();
    const path = file();
    const embedder = httpEmbedder({ baseURL: server.url, model: 'm', batch: 1 });
    await using vault = new SqliteFileBackend({ path, embedder });
    for (let i = 0; i < 20; i++) await vault.create(`${i}.md`, { data: `note ${i}` });
    const program = `
      const { httpEmbedder } = await import(${JSON.stringify(new URL('../../search/src/index.ts', import.meta.url).href)});
      const embedder = httpEmbedder({ baseURL: '${server.url}', model: 'm', batch: 1 });
      const mine = new SqliteFileBackend({ path: ${JSON.stringify(path)}, embedder });
      await mine.embedPending({ onProgress: ({ done }) => done === 5 && process.kill(process.pid, 'SIGKILL') });`;
    await once(another(path, program), 'exit');
    expect(await vault.pendingEmbeddings()).toBe(15);
    expect(await vault.embedPending()).toBe(15);
    expect(new Set(server.texts).size).toBe(20);
  });

  test('are seen by a search at once', async () => {
    const path = file();
    await using vault = new SqliteFileBackend({ path });
    await vault.create('mine.md', { data: 'heron' });
    const child = another(
      path,
      "await vault.create('theirs.md', { data: 'a heron too' }); await vault.close();",
    );
    await once(child, 'exit');
    expect((await vault.search('heron')).map((result) => result.path).toSorted()).toEqual([
      'mine.md',
      'theirs.md',
    ]);
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'a full disk is NO_SPACE, what was there stays, and what is written once there is room counts (needs root)',
  async () => {
    const mounted = mkdtempSync(join(tmpdir(), 'f9-sqlite-full-'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mounted]);
    if (status !== 0) throw new Error('cannot mount a small disk; run as root');
    try {
      const path = join(mounted, 'vault.db');
      const vault = new SqliteFileBackend({ path });
      await vault.create('a.md', { data: 'kingfisher' });
      for (let size = 100_000; size < 3_000_000; size += 300_000) {
        await vault
          .create(`large${size}`, { data: new Uint8Array(size) })
          .catch(({ code }: { code: string }) => {
            expect(code).toBe('NO_SPACE');
          });
      }
      expect(await vault.read('a.md', { binary: false })).toBe('kingfisher');
      expect((await vault.search('kingfisher')).map((result) => result.path)).toEqual(['a.md']);
      await vault.close();
      expect(existsSync(path)).toBe(true);
    } finally {
      spawnSync('umount', ['-l', mounted]);
    }
  },
);
