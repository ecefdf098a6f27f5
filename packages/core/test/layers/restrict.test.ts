import { describe, expect, test } from 'vitest';
import { DriverBackend, layer } from '../../src/driver/index.ts';
import {
  type FileBackend,
  MemoryFileBackend,
  type Restrictions,
  readOnly,
  restrict,
} from '../../src/index.ts';
import { memoryDriver, minimalDriver, mistaken } from '../drivers.ts';

const FILES = ['notes/a.md', 'notes/deep/b.md', 'notes/.env', 'secret/key', 'todo.txt', 'public/index.html'];

async function vaultOf(restrictions: Restrictions, backend: FileBackend = new MemoryFileBackend()) {
  for (const path of FILES) await backend.create(path, { data: path });
  return { inner: backend, vault: restrict(backend, restrictions) };
}

async function paths(vault: FileBackend): Promise<string[]> {
  return (await Array.fromAsync(vault.list('/', { recursive: true }))).map(({ path }) => path);
}

const NOT_FOUND = { code: 'NOT_FOUND' };
const DENIED = { code: 'PERMISSION_DENIED' };

/** Everything that reads one path, on any vault. */
const readings: Record<string, (vault: FileBackend, path: string) => Promise<unknown>> = {
  read: (vault, path) => vault.read(path),
  streamRead: (vault, path) => Array.fromAsync(vault.streamRead(path)),
  info: (vault, path) => vault.info(path),
  checksum: (vault, path) => vault.checksum(path),
  list: (vault, path) => Array.fromAsync(vault.list(path)),
  copy: (vault, path) => vault.copy(path, 'notes/copied'),
};

/** Everything that writes one path that is a file. */
const writings: Record<string, (vault: FileBackend, path: string) => Promise<unknown>> = {
  create: (vault, path) => vault.create(path, { data: 'new', overwrite: true }),
  update: (vault, path) => vault.update(path, { data: 'new' }),
  append: (vault, path) => vault.update(path, { data: 'new', append: true }),
  'append and create': (vault, path) => vault.update(path, { data: 'new', append: true, create: true }),
  streamWrite: (vault, path) => vault.streamWrite(path, { chunkSource: ['new'], overwrite: true }),
  delete: (vault, path) => vault.delete(path),
  'move away': (vault, path) => vault.move(path, 'notes/moved'),
  'move onto': (vault, path) => vault.move('notes/a.md', path, { overwrite: true }),
  'copy onto': (vault, path) => vault.copy('notes/a.md', path, { overwrite: true }),
};

describe.each([
  ['a vault that can all', () => new MemoryFileBackend()],
  ['a vault that can the least', () => new DriverBackend(minimalDriver())],
])('on %s', (_, make) => {
  const restrictions = {
    read: { allow: ['notes/**', 'todo.*'], deny: ['**/.env'] },
    write: { allow: ['notes'] },
  };

  test('what may not be read is not there, for any operation', async () => {
    const { vault } = await vaultOf(restrictions, make());
    expect(await paths(vault)).toEqual(['notes', 'notes/a.md', 'notes/deep', 'notes/deep/b.md', 'todo.txt']);
    for (const [name, run] of Object.entries(readings)) {
      for (const hidden of ['secret/key', 'secret', 'notes/.env', 'public/index.html']) {
        await expect(run(vault, hidden), `${name} ${hidden}`).rejects.toMatchObject(NOT_FOUND);
      }
    }
    for (const hidden of ['secret/key', 'secret', 'notes/.env'])
      expect(await vault.exists(hidden)).toBe(false);
    expect(await vault.glob('**', { dot: true, includeDirs: true })).toEqual([
      'notes',
      'notes/a.md',
      'notes/deep',
      'notes/deep/b.md',
      'todo.txt',
    ]);
    expect(await vault.glob('secret/*')).toEqual([]);
    expect((await vault.globInfo('**/*')).map(({ path }) => path)).toEqual([
      'notes/a.md',
      'notes/deep/b.md',
      'todo.txt',
    ]);
    expect([...(await vault.checksumMany(FILES)).keys()]).toEqual([
      'notes/a.md',
      'notes/deep/b.md',
      'todo.txt',
    ]);
  });

  test('what may not be written is PERMISSION_DENIED, whether it may be read or not, and changes nothing', async () => {
    const { inner, vault } = await vaultOf(restrictions, make());
    const before = await Promise.all(FILES.map((path) => inner.read(path)));
    for (const [name, run] of Object.entries(writings)) {
      await expect(run(vault, 'todo.txt'), name).rejects.toMatchObject(DENIED);
    }
    for (const path of ['secret/key', 'secret/new', 'notes/.env']) {
      await expect(vault.create(path, { data: 'x', overwrite: true })).rejects.toMatchObject(DENIED);
      await expect(vault.create(path, { isDirectory: true })).rejects.toMatchObject(DENIED);
    }
    await expect(vault.edit('todo.txt', () => 'x')).rejects.toMatchObject(DENIED);
    expect(await Promise.all(FILES.map((path) => inner.read(path)))).toEqual(before);
    await vault.update('notes/a.md', { data: 'mine' });
    await vault.move('notes/a.md', 'notes/deep/a.md');
    expect(await inner.read('notes/deep/a.md', { binary: false })).toBe('mine');
  });

  test('a directory with something in it that may not go stays whole', async () => {
    const { inner, vault } = await vaultOf(restrictions, make());
    await expect(vault.delete('notes', { recursive: true })).rejects.toMatchObject(DENIED);
    await expect(vault.move('notes', 'notes2')).rejects.toMatchObject(DENIED);
    expect(await paths(inner)).toEqual(expect.arrayContaining(FILES));
    await vault.delete('notes/deep', { recursive: true });
    expect(await inner.exists('notes/deep')).toBe(false);
  });

  test('a directory is copied as far as it can be read', async () => {
    const { inner, vault } = await vaultOf({ read: restrictions.read }, make());
    await vault.copy('notes', 'notes/again').catch(() => undefined);
    await vault.create('notes/x/y.md', { data: 'y' });
    await inner.create('notes/x/.env', { data: 'secret' });
    await vault.copy('notes/x', 'notes/z');
    expect(await inner.exists('notes/z/y.md')).toBe(true);
    expect(await inner.exists('notes/z/.env')).toBe(false);
  });
});

test('a pattern that matches a directory stands for all in it; directories that lead on can be seen, and made', async () => {
  const { vault } = await vaultOf({ read: { allow: ['notes/deep', 'public/*.html'] } });
  expect(await paths(vault)).toEqual([
    'notes',
    'notes/deep',
    'notes/deep/b.md',
    'public',
    'public/index.html',
  ]);
  expect((await vault.info('notes')).isDir).toBe(true);
  await vault.create('public', { isDirectory: true, overwrite: true });
  await expect(vault.create('elsewhere', { isDirectory: true })).rejects.toMatchObject(DENIED);
  await expect(vault.delete('public')).rejects.toMatchObject(DENIED);
});

test('nothing said allows all; an empty list allows nothing', async () => {
  const { vault } = await vaultOf({});
  expect(await paths(vault)).toEqual(expect.arrayContaining(FILES));
  expect(await paths(restrict(vault, { read: { allow: [] } }))).toEqual([]);
  await expect(restrict(vault, { write: { allow: [] } }).create('x')).rejects.toMatchObject(DENIED);
  expect(() => restrict(vault, { read: { allow: [''] } })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('a search gives what may be read, as many as were asked for where there are as many', async () => {
  const asked: (number | undefined)[] = [];
  const results = Array.from({ length: 50 }, (_, n) => ({
    path: `${n % 5 === 0 ? 'notes' : 'secret'}/${n}`,
    score: 1,
    snippet: '',
  }));
  const { capabilities } = memoryDriver();
  const searching = new DriverBackend(
    memoryDriver({
      capabilities: { ...capabilities, search: true },
      search: async (_, { limit }) => {
        asked.push(limit);
        return results.slice(0, limit);
      },
    }),
  );
  const vault = restrict(searching, { read: { deny: ['secret'] } });
  const found = await vault.search('word', { limit: 6 });
  expect(found.map(({ path }) => path)).toEqual([0, 5, 10, 15, 20, 25].map((n) => `notes/${n}`));
  expect(asked).toEqual([6, 24, 96]);
});

test('patterns may be of a tree that the vault is a part of', async () => {
  const inner = new MemoryFileBackend();
  for (const path of ['a.md', 'private/b.md', 'notes/c.md']) await inner.create(path);
  const seen = (...deny: string[]): Promise<string[]> =>
    restrict(inner, { at: '/home/notes', read: { deny } }).glob('**');
  expect(await seen('home/notes/private/**', 'notes/c.md')).toEqual(['a.md', 'notes/c.md']);
  expect(await seen('private', '**/b.md', 'a.md')).toEqual(['a.md', 'notes/c.md']);
  expect(await seen('home')).toEqual([]);
  const within = restrict(inner, { at: 'home', read: { allow: ['home/notes'] } });
  expect(await within.glob('**')).toEqual(['notes/c.md']);
});

test('versions, changes and conflicts are told of what may be read alone', async () => {
  const { driver } = new MemoryFileBackend();
  const inner = new DriverBackend(
    layer(driver, {
      capabilities: { ...driver.capabilities, versions: true, watch: 'native', changes: true },
      async *history(path) {
        yield { version: '1', at: new Date(0), size: 1, deleted: false, path };
        yield { version: '0', at: new Date(0), size: 1, deleted: false, path: 'secret/old' };
      },
      async *watch(_, { onReady }) {
        onReady();
        yield { path: 'secret/key', kind: 'written' };
        yield { path: 'notes', kind: 'overflow' };
        yield { path: 'notes/a.md', kind: 'written' };
      },
      changesSince: async () => ({
        cursor: '1',
        changes: [
          { path: 'secret/key', kind: 'removed' },
          { path: 'notes/a', kind: 'removed' },
        ],
      }),
    }),
  );
  const vault = restrict(inner, { read: { allow: ['notes/*'] } });
  expect((await Array.fromAsync(vault.history('notes/a'))).map(({ version }) => version)).toEqual(['1']);
  await expect(Array.fromAsync(vault.history('secret/key'))).rejects.toMatchObject(NOT_FOUND);
  expect((await Array.fromAsync(vault.watch())).map(({ path }) => path)).toEqual(['notes', 'notes/a.md']);
  expect((await vault.changesSince('0')).changes).toEqual([{ path: 'notes/a', kind: 'removed' }]);
});

test('it stacks with read-only', async () => {
  const { vault } = await vaultOf({ read: { allow: ['notes'] } });
  await expect(readOnly(vault).delete('notes/a.md')).rejects.toMatchObject({ code: 'READ_ONLY' });
  await expect(readOnly(vault).read('todo.txt')).rejects.toMatchObject(NOT_FOUND);
});

test.each([
  ['a list of patterns', { read: ['notes/**', 'todo.txt'], write: ['notes/**'] }],
  ['patterns, and one alone', { read: ['notes/**', 'todo.txt'], write: 'notes/**' }],
  ['rules', { read: { allow: ['notes/**', 'todo.txt'] }, write: { allow: ['notes/**'] } }],
] as const)('what is allowed is said by %s', async (_, restrictions) => {
  const { vault } = await vaultOf(restrictions);
  expect(await vault.glob('**', { dot: true })).toEqual([
    'notes/.env',
    'notes/a.md',
    'notes/deep/b.md',
    'todo.txt',
  ]);
  await expect(vault.read('secret/key')).rejects.toMatchObject(NOT_FOUND);
  await expect(vault.update('todo.txt', { data: 'x' })).rejects.toMatchObject(DENIED);
  await vault.update('notes/a.md', { data: 'x' });
});

test.each([
  ['nothing at all', undefined],
  ['patterns for all of it', ['notes/**']],
  ['a name that is none', { raed: ['notes/**'] }],
  ['reading as undefined', { read: undefined }],
  ['writing as null', { write: null }],
  ['a name in a rule that is none', { read: { alow: ['notes/**'] } }],
  ['an allowance as undefined', { read: { allow: undefined } }],
  ['a refusal that is no list', { read: { deny: 'secret/**' } }],
  ['a pattern that is none', { read: [5] }],
])('%s is refused, since it would guard nothing', (_, restrictions) => {
  expect(() => restrict(new MemoryFileBackend(), mistaken(restrictions))).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
