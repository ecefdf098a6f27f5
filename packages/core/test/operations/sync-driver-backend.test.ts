import { describe, expect, test } from 'vitest';
import {
  backendError,
  backendOf,
  bytesOf,
  DriverBackend,
  layer,
  type SyncDriver,
  SyncDriverBackend,
} from '../../src/driver/index.ts';
import { isSyncFileBackend, MemoryFileBackend } from '../../src/index.ts';
import { memoryDriver, mistaken } from '../drivers.ts';

/** A backend with a remote that writes down what it is asked. */
function recorded(changes: Partial<SyncDriver> = {}): { backend: SyncDriverBackend; calls: unknown[] } {
  const calls: unknown[] = [];
  const sync: SyncDriver = {
    pull: async ({ session }) => void calls.push(['pull', session !== undefined]),
    push: async ({ message, session }) => void calls.push(['push', message, session !== undefined]),
    conflicts: async () => [
      {
        path: 'a',
        status: 'UU',
        kind: 'content',
        paths: ['a'],
        read: async (side) => (side === 'base' ? undefined : Buffer.from(side)),
      },
    ],
    resolve: async (path, resolution) => {
      const content =
        'data' in resolution ? Buffer.from(await bytesOf(resolution.data)).toString() : undefined;
      calls.push(['resolve', path, 'accept' in resolution ? resolution.accept : content]);
    },
    ...changes,
  };
  return { backend: new SyncDriverBackend(memoryDriver({ sync })), calls };
}

test('sync pulls, then pushes under the message it was given', async () => {
  const { backend, calls } = recorded();
  await backend.sync({ message: 'notes' });
  await backend.push();
  await backend.pull();
  expect(calls).toEqual([
    ['pull', false],
    ['push', 'notes', false],
    ['push', undefined, false],
    ['pull', false],
  ]);
});

test('sync does not push what it could not pull', async () => {
  const { backend, calls } = recorded({
    pull: async () => {
      throw backendError('SYNC_CONFLICT', 'Both sides changed a');
    },
  });
  await expect(backend.sync()).rejects.toMatchObject({ code: 'SYNC_CONFLICT', operation: 'sync' });
  expect(calls).toEqual([]);
});

test('inside a session they belong to it', async () => {
  const { backend, calls } = recorded();
  await backend.syncSession(() => backend.sync());
  expect(calls).toEqual([
    ['pull', true],
    ['push', undefined, true],
  ]);
});

test('conflicts are reported with the bytes of each side', async () => {
  const [conflict] = await recorded().backend.conflictReport();
  expect(conflict).toMatchObject({ path: 'a', status: 'UU', kind: 'content', paths: ['a'] });
  expect(Buffer.from((await conflict!.read('remote'))!).toString()).toBe('remote');
  expect(await conflict!.read('base')).toBeUndefined();
});

test('every way of settling a conflict reaches the driver, on a normal path', async () => {
  const { backend, calls } = recorded();
  await backend.conflictAcceptLocal('/a');
  await backend.conflictAcceptRemote('./b');
  await backend.conflictKeepBoth('c/../d');
  await backend.conflictResolve('e', { data: 'text' });
  await backend.conflictResolve('e', { data: ['in ', Buffer.from('chunks')] });
  expect(calls).toEqual([
    ['resolve', 'a', 'local'],
    ['resolve', 'b', 'remote'],
    ['resolve', 'd', 'both'],
    ['resolve', 'e', 'text'],
    ['resolve', 'e', 'in chunks'],
  ]);
});

describe('settling', () => {
  test.each<[string, (backend: SyncDriverBackend) => Promise<void>, string]>([
    ['outside the vault', (backend) => backend.conflictAcceptLocal('../a'), 'PATH_OUTSIDE_ROOT'],
    ['no path', (backend) => backend.conflictKeepBoth(mistaken(undefined)), 'INVALID_ARGUMENT'],
    ['with no data', (backend) => backend.conflictResolve('a', mistaken({})), 'INVALID_ARGUMENT'],
    ['with no options', (backend) => backend.conflictResolve('a', mistaken(undefined)), 'INVALID_ARGUMENT'],
  ])('%s is refused', async (_name, settle, code) => {
    const { backend, calls } = recorded();
    await expect(settle(backend)).rejects.toMatchObject({
      code,
      operation: expect.stringMatching(/^conflict/),
    });
    expect(calls).toEqual([]);
  });

  test('throws the caller’s own error as it is', async () => {
    const own = new Error('mine');
    const data = (async function* () {
      yield 'x';
      throw own;
    })();
    await expect(recorded().backend.conflictResolve('a', { data })).rejects.toBe(own);
  });

  test('turns what is thrown below into UNKNOWN', async () => {
    const { backend } = recorded({
      resolve: async () => {
        throw new TypeError('token=hunter2');
      },
    });
    await expect(backend.conflictAcceptLocal('a')).rejects.toMatchObject({
      code: 'UNKNOWN',
      operation: 'conflictAcceptLocal',
      path: 'a',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});

test('a driver gets the backend that fits it', () => {
  const { driver } = recorded().backend;
  expect(backendOf(driver)).toBeInstanceOf(SyncDriverBackend);
  const without = backendOf(layer(driver, { sync: undefined }));
  expect(without).not.toBeInstanceOf(SyncDriverBackend);
  expect(isSyncFileBackend(without)).toBe(false);
  expect(isSyncFileBackend(new DriverBackend(driver))).toBe(false);
  expect(() => new SyncDriverBackend(new MemoryFileBackend().driver)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('memory') }),
  );
});
