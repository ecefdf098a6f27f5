import { inspect } from 'node:util';
import { isSyncFileBackend, MemoryFileBackend } from '@f9/core';
import { backendError, DriverBackend, layer, SyncDriverBackend } from '@f9/core/driver';
import { describe, expect, test } from 'vitest';
import { CompatibleFileBackend } from '../src/index.ts';

async function vault(): Promise<CompatibleFileBackend> {
  const memory = new MemoryFileBackend();
  await memory.create('a.txt', { data: 'content' });
  return new CompatibleFileBackend(memory);
}

test('every operation works as on the backend it wraps', async () => {
  const memory = new MemoryFileBackend();
  const backend = new CompatibleFileBackend(memory);
  expect([backend.name, backend.capabilities, backend.driver]).toEqual([
    memory.name,
    memory.capabilities,
    memory.driver,
  ]);
  await backend.create('a.txt', { data: 'one' });
  await backend.update('a.txt', { data: ' two', append: true });
  await backend.streamWrite('d/b.txt', { chunkSource: ['three'] });
  await backend.copy('a.txt', 'd/c.txt');
  await backend.move('d/b.txt', 'b.txt');
  expect(Buffer.from(await backend.read('a.txt')).toString()).toBe('one two');
  expect(await backend.read('b.txt', { binary: false })).toBe('three');
  expect((await Array.fromAsync(backend.streamRead('b.txt', { binary: false, chunkSize: 2 }))).join()).toBe(
    'th,re,e',
  );
  expect((await backend.info('a.txt')).size).toBe(7);
  expect(await backend.exists('a.txt')).toBe(true);
  expect((await Array.fromAsync(backend.list())).map(({ path }) => path)).toEqual(['a.txt', 'b.txt', 'd']);
  expect(await backend.checksum('a.txt')).toBe(await backend.checksum('d/c.txt'));
  expect([...(await backend.checksumMany(['a.txt', 'none'])).keys()]).toEqual(['a.txt']);
  expect([
    await backend.glob('**', { includeDirs: true }),
    await backend.globFiles('*'),
    await backend.globDirs('*'),
  ]).toEqual([['a.txt', 'b.txt', 'd', 'd/c.txt'], ['a.txt', 'b.txt'], ['d']]);
  await backend.delete('d', { recursive: true });
  expect(await backend.exists('d')).toBe(false);
});

describe('every operation fails with an exception of Node', () => {
  test.each<[string, (backend: CompatibleFileBackend) => Promise<unknown>, object]>([
    ['create', (b) => b.create('a.txt'), { code: 'EEXIST', syscall: 'open', path: 'a.txt' }],
    ['read', (b) => b.read('b'), { code: 'ENOENT', syscall: 'open', path: 'b' }],
    ['read outside', (b) => b.read('../b'), { code: 'EACCES' }],
    ['update', (b) => b.update('b', { data: '' }), { code: 'ENOENT' }],
    ['delete', (b) => b.delete('b'), { code: 'ENOENT', syscall: 'unlink' }],
    ['info', (b) => b.info('b'), { code: 'ENOENT', syscall: 'stat' }],
    ['exists', (b) => b.exists('a\0'), { code: 'EINVAL', syscall: 'stat' }],
    ['edit', (b) => b.edit('b', () => 'x'), { code: 'ENOENT', path: 'b' }],
    ['globInfo', (b) => b.globInfo('../*'), { code: 'EACCES', syscall: 'scandir' }],
    ['history', (b) => Array.fromAsync(b.history('a.txt')), { code: 'ENOTSUP' }],
    ['restore', (b) => b.restore('a.txt', { version: '1' }), { code: 'ENOTSUP' }],
    ['watch', (b) => Array.fromAsync(b.watch('../b')), { code: 'EACCES', syscall: 'watch' }],
    ['changesSince', (b) => b.changesSince(undefined), { code: 'ENOTSUP' }],
    ['list', (b) => Array.fromAsync(b.list('a.txt')), { code: 'ENOTDIR', syscall: 'scandir' }],
    ['copy', (b) => b.copy('b', 'c'), { code: 'ENOENT', syscall: 'copyfile', path: 'b', dest: 'c' }],
    ['move', (b) => b.move('b', 'c'), { code: 'ENOENT', syscall: 'rename', path: 'b', dest: 'c' }],
    ['streamRead', (b) => Array.fromAsync(b.streamRead('b')), { code: 'ENOENT', path: 'b' }],
    ['streamWrite', (b) => b.streamWrite('a.txt', { chunkSource: [] }), { code: 'EEXIST' }],
    ['checksum', (b) => b.checksum('b'), { code: 'ENOENT' }],
    ['checksumMany', (b) => b.checksumMany(['../b']), { code: 'EACCES' }],
    ['glob', (b) => b.glob('../*'), { code: 'EACCES', syscall: 'scandir' }],
    ['globFiles', (b) => b.globFiles(''), { code: 'EINVAL' }],
    ['globDirs', (b) => b.globDirs(''), { code: 'EINVAL' }],
    ['search', (b) => b.search('x'), { code: 'ENOTSUP' }],
    ['push', (b) => b.push(), { code: 'ENOTSUP' }],
    ['pull', (b) => b.pull(), { code: 'ENOTSUP' }],
    ['sync', (b) => b.sync(), { code: 'ENOTSUP' }],
    ['conflictReport', (b) => b.conflictReport(), { code: 'ENOTSUP' }],
  ])('%s', async (_, run, expected) => {
    const error: unknown = await run(await vault()).catch((caught: unknown) => caught);
    expect(error).toMatchObject(expected);
    expect(error).toMatchObject({
      errno: expect.any(Number),
      cause: { code: expect.stringMatching(/^[A-Z_]+$/) },
    });
  });
});

test('an error in the middle of a stream or a listing is translated', async () => {
  const { driver } = new MemoryFileBackend();
  const broken = backendError('IO', 'The disk is broken', { path: 'a' });
  const backend = new CompatibleFileBackend(
    new DriverBackend(
      layer(driver, {
        readFile: undefined,
        async *read() {
          yield new Uint8Array(10);
          throw broken;
        },
        async *list(path, options) {
          yield* driver.list(path, options);
          throw broken;
        },
      }),
    ),
  );
  await backend.create('a');
  const reader = backend.streamRead('a', { chunkSize: 10 }).getReader();
  expect((await reader.read()).value).toHaveLength(10);
  await expect(reader.read()).rejects.toMatchObject({ code: 'EIO', cause: broken });
  const seen: string[] = [];
  await expect(
    (async () => {
      for await (const { path } of backend.list()) seen.push(path);
    })(),
  ).rejects.toMatchObject({ code: 'EIO' });
  expect(seen).toEqual(['a']);
});

test('a session translates too, and ends when it is disposed', async () => {
  const backend = await vault();
  const enoent = { code: 'ENOENT' };
  await backend.syncSession(async (session) => {
    await expect(session.read('b')).rejects.toMatchObject(enoent);
    await session.commit();
  });
  await expect(backend.syncSession((session) => session.read('b'))).rejects.toMatchObject(enoent);
  {
    await using session = await backend.syncSession();
    await expect(session.read('b')).rejects.toMatchObject(enoent);
    await expect(backend.syncSession({ timeout: 1 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  }
  expect(await backend.syncSession(async () => 'free', { timeout: 1 })).toBe('free');
});

test("what a caller's own body, source or signal says is passed on as it is", async () => {
  const backend = await vault();
  const own = new Error('mine');
  await expect(backend.syncSession(() => Promise.reject(own))).rejects.toBe(own);
  const failing = new ReadableStream<string>({ start: (controller) => controller.error(own) });
  await expect(backend.streamWrite('b', { chunkSource: failing })).rejects.toBe(own);
  await expect(backend.read('a.txt', { signal: AbortSignal.abort(own) })).rejects.toBe(own);
});

test('a backend with a remote is one after wrapping, its conflicts included', async () => {
  const fail = async (): Promise<never> => {
    throw backendError('SYNC_CONFLICT', 'Both sides changed', { path: 'a' });
  };
  const remote = new SyncDriverBackend(
    layer(new MemoryFileBackend().driver, {
      sync: {
        pull: fail,
        push: async () => undefined,
        conflicts: async () => [{ path: 'a', paths: ['a'], status: 'UU', kind: 'content', read: fail }],
        resolve: fail,
      },
    }),
  );
  const backend = new CompatibleFileBackend(remote);
  expect([isSyncFileBackend(backend), isSyncFileBackend(await vault())]).toEqual([true, false]);
  await backend.push();
  const [conflict] = await backend.conflictReport();
  expect(conflict).toMatchObject({ path: 'a', paths: ['a'], status: 'UU', kind: 'content' });
  for (const failing of [
    backend.pull(),
    backend.sync(),
    conflict!.read('base'),
    backend.conflictAcceptLocal('a'),
    backend.conflictAcceptRemote('a'),
    backend.conflictKeepBoth('a'),
    backend.conflictResolve('a', { data: '' }),
  ]) {
    await expect(failing).rejects.toMatchObject({ code: 'EBUSY' });
  }
});

test('disposing it leaves the wrapped backend open', async () => {
  const backend = await vault();
  await backend[Symbol.asyncDispose]();
  expect(await backend.exists('a.txt')).toBe(true);
});

test('it shows nothing of what it wraps', async () => {
  const backend = await vault();
  expect(`${inspect(backend, { depth: null, showHidden: true })}${JSON.stringify(backend)}`).not.toContain(
    'a.txt',
  );
});

test('a watch that waits lets go when it is left', async () => {
  const backend = new CompatibleFileBackend(new MemoryFileBackend());
  const changes = backend.watch('/')[Symbol.asyncIterator]();
  const waiting = changes.next();
  await changes.return?.();
  expect(await waiting).toMatchObject({ done: true });
});
