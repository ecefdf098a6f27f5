import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { DriverBackend } from '../../src/driver/index.ts';
import { backendError } from '../../src/errors.ts';
import { type FileBackend, MemoryFileBackend, subdirectory, type VaultChange } from '../../src/index.ts';
import { memoryDriver } from '../drivers.ts';

/** A watch that is in place, and what it has told. */
async function watched(vault: FileBackend, path = '/', interval = 1) {
  const controller = new AbortController();
  const changes: VaultChange[] = [];
  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    for await (const change of vault.watch(path, { signal: controller.signal, interval, onReady }))
      changes.push(change);
  };
  const over = run().catch((error: unknown) => error);
  await Promise.race([ready, over]);
  return { changes, controller, over };
}

const told = (changes: readonly VaultChange[]): string[] =>
  changes.map(({ kind, path }) => `${kind} ${path}`);

test('what comes, changes and goes is told, with the version that was seen', async () => {
  const vault = new MemoryFileBackend();
  await vault.create('old', { data: '1' });
  const { changes, controller, over } = await watched(vault);
  await vault.create('dir/new', { data: 'x' });
  const { etag } = await vault.update('old', { data: '2' });
  await expect.poll(() => told(changes)).toEqual(['written dir', 'written dir/new', 'written old']);
  expect(changes.at(-1)).toEqual({ path: 'old', kind: 'written', etag });
  changes.length = 0;
  await vault.delete('dir', { recursive: true });
  await expect.poll(() => told(changes)).toEqual(['removed dir', 'removed dir/new']);
  const reason = new Error('no more');
  controller.abort(reason);
  expect(await over).toBe(reason);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('a part, a file and a path where nothing is yet can be watched', async () => {
  const vault = new MemoryFileBackend();
  await vault.create('dir/file', { data: '1' });
  const all = await Promise.all(['dir', 'dir/file', 'later'].map((path) => watched(vault, path)));
  all.push(await watched(subdirectory(vault, 'dir')));
  await vault.update('dir/file', { data: '2' });
  await vault.create('elsewhere', { data: 'x' });
  await vault.create('later/x', { data: 'x' });
  await expect
    .poll(() => all.map(({ changes }) => told(changes)))
    .toEqual([['written dir/file'], ['written dir/file'], ['written later/x'], ['written file']]);
  for (const { controller } of all) controller.abort();
});

test('from a storm the last state follows', async () => {
  const vault = new MemoryFileBackend();
  const { changes, controller } = await watched(vault);
  for (let n = 0; n < 1000; n++) {
    const path = `f${n % 20}`;
    if (n % 3 === 2) await vault.delete(path).catch(() => undefined);
    else await vault.create(path, { data: String(n), overwrite: true });
    if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const state = async (): Promise<[string, string][]> =>
    (await Array.fromAsync(vault.list('/', { etags: true }))).map(({ path, etag }) => [path, etag!]);
  await expect
    .poll(() => {
      const last = new Map<string, string>();
      for (const { path, kind, etag } of changes) {
        if (kind === 'written') last.set(path, etag!);
        else last.delete(path);
      }
      return [...last].sort();
    })
    .toEqual((await state()).sort());
  controller.abort();
});

describe('a watch ends', () => {
  test('by leaving it while it waits, at once', async () => {
    const vault = new MemoryFileBackend();
    const changes = vault.watch('/', { interval: 60_000 })[Symbol.asyncIterator]();
    const next = changes.next();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await changes.return!();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await changes.next()).toEqual({ done: true, value: undefined });
    await vault.close();
  });

  test('with CLOSED when its backend is disposed, which does not wait for it', async () => {
    const vault = new MemoryFileBackend();
    const { over } = await watched(vault, '/', 60_000);
    await vault.close();
    expect(await over).toMatchObject({ code: 'CLOSED', operation: 'watch' });
  });

  test('with what listing fails with, unless that may pass', async () => {
    let fail: Error | undefined;
    let looks = 0;
    const driver = memoryDriver();
    const vault = new DriverBackend({
      ...driver,
      async *list(path, options) {
        looks++;
        if (fail !== undefined) throw fail;
        yield* driver.list(path, options);
      },
    });
    const { changes, over } = await watched(vault);
    fail = backendError('UNAVAILABLE', 'for now');
    const since = looks;
    await expect.poll(() => looks).toBeGreaterThan(since + 2);
    fail = undefined;
    await vault.create('a', { data: 'x' });
    await expect.poll(() => told(changes)).toEqual(['written a']);
    fail = backendError('PERMISSION_DENIED', 'for good');
    expect(await over).toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

test('a driver that is told of changes itself is asked, and let go', async () => {
  let isFreed = false;
  const { capabilities } = memoryDriver();
  const vault = new DriverBackend(
    memoryDriver({
      capabilities: { ...capabilities, watch: 'native' },
      async *watch(path, { signal, onReady }) {
        onReady();
        try {
          yield { path: `${path}/x`, kind: 'written' };
          await new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
        } finally {
          isFreed = true;
        }
      },
    }),
  );
  for await (const change of vault.watch('dir')) {
    expect(change).toEqual({ path: 'dir/x', kind: 'written' });
    break;
  }
  expect(isFreed).toBe(true);
});
