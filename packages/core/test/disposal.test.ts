import { describe, expect, test } from 'vitest';
import { DriverBackend } from '../src/driver/index.ts';
import { MemoryFileBackend, MemoryStore, type SyncSession } from '../src/index.ts';
import { gate, memoryDriver, mistaken, settle } from './drivers.ts';

const forever = new Promise<never>(() => undefined);

describe('disposal that has waited for disposeTimeout rejects, says what was pending, and frees the rest:', () => {
  test('a write whose source is stuck', async () => {
    let isReturned = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => forever,
        return: async () => {
          isReturned = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    let disposed = 0;
    const vault = new DriverBackend(memoryDriver({ [Symbol.asyncDispose]: async () => void disposed++ }), {
      disposeTimeout: 20,
    });
    const writing = vault.streamWrite('a.md', { chunkSource: source });
    await settle();
    await expect(vault.close()).rejects.toMatchObject({
      code: 'TIMEOUT',
      operation: 'dispose',
      message: expect.stringContaining('1 x streamWrite'),
    });
    await expect(writing).rejects.toMatchObject({ code: 'CLOSED', operation: 'streamWrite' });
    expect({ isReturned, disposed }).toEqual({ isReturned: true, disposed: 1 });
    await expect(vault.exists('a.md')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('a session whose body never ends: the vault is free for the next one', async () => {
    const store = new MemoryStore();
    const vault = new MemoryFileBackend({ store, disposeTimeout: 20 });
    let session: SyncSession | undefined;
    const body = vault.syncSession((given) => {
      session = given;
      return forever;
    });
    await settle();
    await expect(vault.close()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('1 x syncSession'),
    });
    await expect(body).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(session!.read('a')).rejects.toMatchObject({ code: 'CLOSED' });
    await new MemoryFileBackend({ store }).syncSession(async () => undefined, { timeout: 0 });
  });

  test('a driver that never answers', async () => {
    let isDisposed = false;
    const driver = memoryDriver({
      stat: () => forever,
      [Symbol.asyncDispose]: async () => {
        isDisposed = true;
      },
    });
    const vault = new DriverBackend(driver, { disposeTimeout: 10 });
    void vault.exists('a');
    void vault.exists('b');
    await expect(vault.close()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('2 x exists'),
    });
    expect(isDisposed).toBe(true);
  });
});

test('what ends in time is waited for, and nothing is cut off', async () => {
  const reading = gate();
  const driver = memoryDriver({
    stat: async () => {
      await reading.opened;
      return undefined;
    },
  });
  const vault = new DriverBackend(driver, { disposeTimeout: 60_000 });
  const asked = vault.exists('a');
  await settle();
  const closing = vault.close();
  reading.open();
  expect(await asked).toBe(false);
  await closing;
  await vault[Symbol.asyncDispose]();
});

test.each([-1, Number.NaN, '5'])('a disposeTimeout of %j is INVALID_ARGUMENT', (disposeTimeout) => {
  const make = () => new MemoryFileBackend({ disposeTimeout: mistaken(disposeTimeout) });
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

test('options that are none, and names that are no option, are refused when a backend is made', () => {
  for (const options of [null, 'store', { stroe: new MemoryStore() }]) {
    expect(() => new MemoryFileBackend(mistaken(options))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  }
});
