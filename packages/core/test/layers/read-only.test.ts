import { beforeEach, describe, expect, test } from 'vitest';
import { DriverBackend, type SyncDriver, SyncDriverBackend } from '../../src/driver/index.ts';
import { type FileBackend, isSyncFileBackend, MemoryFileBackend, readOnly } from '../../src/index.ts';
import { memoryDriver, minimalDriver } from '../drivers.ts';

describe.each([
  ['that does everything by itself', () => new MemoryFileBackend()],
  ['that leaves to core what it can', () => new DriverBackend(minimalDriver())],
])('a view of a backend %s', (_, make) => {
  let backend: FileBackend;
  let view: FileBackend;
  beforeEach(async () => {
    backend = make();
    await backend.create('dir/a', { data: 'text' });
    view = readOnly(backend);
  });

  test.each<[string, (view: FileBackend) => Promise<unknown>]>([
    ['create', (view) => view.create('new', { data: 'x' })],
    ['create with overwrite', (view) => view.create('dir/a', { data: 'x', overwrite: true })],
    ['create of a directory', (view) => view.create('new', { isDirectory: true })],
    ['update', (view) => view.update('dir/a', { data: 'x' })],
    ['append', (view) => view.update('dir/a', { data: 'x', append: true })],
    ['streamWrite', (view) => view.streamWrite('new', { chunkSource: ['x'] })],
    ['delete', (view) => view.delete('dir/a')],
    ['delete of a tree', (view) => view.delete('dir', { recursive: true })],
    ['copy', (view) => view.copy('dir/a', 'new')],
    ['copy of a directory', (view) => view.copy('dir', 'new')],
    ['move', (view) => view.move('dir/a', 'new')],
    ['move of a directory', (view) => view.move('dir', 'new')],
  ])('refuses %s and changes nothing', async (_name, write) => {
    await expect(write(view)).rejects.toMatchObject({
      code: 'READ_ONLY',
      name: 'PermissionDeniedError',
      operation: expect.any(String),
    });
    const entries = await Array.fromAsync(backend.list('/', { recursive: true }));
    expect(entries.map(({ path }) => path)).toEqual(['dir', 'dir/a']);
    expect(await backend.read('dir/a', { binary: false })).toBe('text');
  });

  test('reads, lists, finds and sums', async () => {
    expect(await view.read('dir/a', { binary: false })).toBe('text');
    expect(await view.glob('**')).toEqual(['dir/a']);
    expect(await view.checksum('dir/a')).toBe(await backend.checksum('dir/a'));
    expect((await view.info('dir')).isDir).toBe(true);
    expect((await Array.fromAsync(view.list())).map(({ path }) => path)).toEqual(['dir']);
  });

  test('sees what is written beside it, and leaves the backend writable', async () => {
    await backend.create('new');
    expect(await view.exists('new')).toBe(true);
  });

  test('does not take a byte from a source', async () => {
    let taken = 0;
    const source = (function* () {
      taken++;
      yield 'x';
    })();
    await expect(view.streamWrite('new', { chunkSource: source })).rejects.toThrow();
    expect(taken).toBe(0);
  });
});

test('a session through a view holds the vault still and publishes nothing', async () => {
  const steps: string[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async ({ push = true }) => ({
        commitOnSuccess: push,
        commit: async () => void steps.push('commit'),
        release: async () => void steps.push('release'),
      }),
    }),
  );
  const view = readOnly(backend);
  await view.syncSession(async (session) => {
    await expect(session.commit()).rejects.toMatchObject({ code: 'READ_ONLY', operation: 'commit' });
    await expect(session.create('a')).rejects.toMatchObject({ code: 'READ_ONLY' });
  });
  expect(steps).toEqual(['release']);
  await backend.syncSession(async () => {
    await view.syncSession((session) =>
      expect(session.commit()).rejects.toMatchObject({ code: 'READ_ONLY' }),
    );
  });
  expect(steps).toEqual(['release', 'commit', 'release']);
});

test('a view can pull and report conflicts, not push or settle them', async () => {
  const calls: string[] = [];
  class Remote implements SyncDriver {
    readonly #calls = calls;
    async pull(): Promise<void> {
      this.#calls.push('pull');
    }
    async push(): Promise<void> {
      this.#calls.push('push');
    }
    async conflicts(): Promise<[]> {
      this.#calls.push('conflicts');
      return [];
    }
    async resolve(): Promise<void> {
      this.#calls.push('resolve');
    }
  }
  const view = readOnly(new SyncDriverBackend(memoryDriver({ sync: new Remote() })));
  if (!isSyncFileBackend(view)) throw new Error('A view of a backend with a remote has one as well');
  await view.pull();
  expect(await view.conflictReport()).toEqual([]);
  for (const call of [
    view.push(),
    view.conflictAcceptLocal('a'),
    view.conflictAcceptRemote('a'),
    view.conflictKeepBoth('a'),
    view.conflictResolve('a', { data: 'x' }),
  ]) {
    await expect(call).rejects.toMatchObject({ code: 'READ_ONLY' });
  }
  await expect(view.sync()).rejects.toMatchObject({ code: 'READ_ONLY', operation: 'sync' });
  expect(calls).toEqual(['pull', 'conflicts', 'pull']);
});
