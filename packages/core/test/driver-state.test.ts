import { expect, test } from 'vitest';
import { backendError, DriverBackend, layer, normalizePath, openDriver } from '../src/driver/index.ts';
import { readOnly } from '../src/index.ts';
import { gate, memoryDriver, settle } from './drivers.ts';

test('constructing opens nothing; the first operations of many callers open once', async () => {
  let openings = 0;
  const opening = gate();
  const backend = new DriverBackend(
    memoryDriver({
      open: async () => {
        openings++;
        await opening.opened;
      },
    }),
  );
  await settle();
  expect(openings).toBe(0);
  const calls = [backend.exists('a'), backend.create('b'), backend.open(), Array.fromAsync(backend.list())];
  await settle();
  opening.open();
  await Promise.all(calls);
  expect(openings).toBe(1);
  await backend.read('b');
  expect(openings).toBe(1);
});

test('a path that cannot be is refused before anything is opened', async () => {
  let openings = 0;
  const backend = new DriverBackend(memoryDriver({ open: async () => void openings++ }));
  await expect(backend.read('../x')).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
  await expect(backend.list('a\0').next()).rejects.toMatchObject({ code: 'INVALID_PATH' });
  expect(openings).toBe(0);
});

test('after a failed opening the next call tries again, also one made the moment the failure is known', async () => {
  let openings = 0;
  const driver = memoryDriver({
    open: async () => {
      if (++openings === 1) throw backendError('UNAVAILABLE', 'The store is not there');
    },
  });
  const retried = openDriver(driver).catch(() => openDriver(driver));
  const other = new DriverBackend(driver).create('a', { signal: new AbortController().signal });
  await expect(other).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await retried;
  expect(openings).toBe(2);
  expect((await new DriverBackend(driver).create('a')).path).toBe('a');
});

test('callers who share a failed opening are told that opening failed, none of another one’s path', async () => {
  const opening = gate();
  const backend = new DriverBackend(memoryDriver({ open: () => opening.opened }));
  const calls = [backend.create('a'), backend.read('b'), backend.syncSession()];
  await settle();
  opening.fail(backendError('UNAUTHENTICATED', 'The key is not valid'));
  for (const call of calls) {
    await expect(call).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      operation: 'open',
      path: undefined,
    });
  }
});

test('what a driver throws at its opening that is no error of ours becomes UNKNOWN, its text left out', async () => {
  const secret = 'password=hunter2';
  const backend = new DriverBackend(
    memoryDriver({
      open: async () => {
        throw Object.assign(new TypeError(secret), {
          code: 'ECONNREFUSED',
          syscall: 'connect',
          host: secret,
        });
      },
    }),
  );
  const error: unknown = await backend.exists('a').catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'UNKNOWN',
    operation: 'open',
    cause: { name: 'TypeError', code: 'ECONNREFUSED', syscall: 'connect' },
  });
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(secret);
});

test('an opening goes on while one caller still waits, and is aborted with the last', async () => {
  const opening = gate();
  const signals: AbortSignal[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      open: async ({ signal }) => {
        signals.push(signal!);
        await opening.opened;
        signal!.throwIfAborted();
      },
    }),
  );
  const first = new AbortController();
  const last = new AbortController();
  const one = backend.exists('a', { signal: first.signal });
  const two = backend.exists('a', { signal: last.signal });
  await settle();
  first.abort(new Error('first left'));
  await expect(one).rejects.toThrow('first left');
  expect(signals[0]!.aborted).toBe(false);
  last.abort(new Error('last left'));
  await expect(two).rejects.toThrow('last left');
  expect(signals[0]!.aborted).toBe(true);
});

test('an opening that was given up is let end before the next begins, and counts if it succeeded', async () => {
  const openings = [gate(), gate()];
  let begun = 0;
  let running = 0;
  let most = 0;
  const backend = new DriverBackend(
    memoryDriver({
      // One that does not look at its signal.
      open: async () => {
        most = Math.max(most, ++running);
        await openings[begun++]!.opened;
        running--;
      },
    }),
  );
  for (const reason of ['once', 'twice']) {
    const controller = new AbortController();
    const call = backend.exists('a', { signal: controller.signal });
    await settle();
    controller.abort(new Error(reason));
    await expect(call).rejects.toThrow(reason);
  }
  const call = backend.exists('a');
  await settle();
  expect(begun).toBe(1);
  openings[0]!.open();
  expect(await call).toBe(false);
  expect({ begun, most }).toEqual({ begun: 1, most: 1 });
});

test('disposal waits for an opening that was given up', async () => {
  const opening = gate();
  const steps: string[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      open: async () => {
        await opening.opened;
        steps.push('opened');
      },
      [Symbol.asyncDispose]: async () => void steps.push('disposed'),
    }),
  );
  const controller = new AbortController();
  const call = backend.exists('a', { signal: controller.signal });
  await settle();
  controller.abort();
  await expect(call).rejects.toThrow();
  const disposed = backend[Symbol.asyncDispose]();
  await settle();
  expect(steps).toEqual([]);
  opening.open();
  await disposed;
  expect(steps).toEqual(['opened', 'disposed']);
});

test('disposal during the opening waits for the operation that needed it', async () => {
  const opening = gate();
  const backend = new DriverBackend(memoryDriver({ open: () => opening.opened }));
  const call = backend.create('a');
  await settle();
  const disposed = backend[Symbol.asyncDispose]();
  await expect(backend.create('b')).rejects.toMatchObject({ code: 'CLOSED', operation: 'create', path: 'b' });
  opening.open();
  expect((await call).path).toBe('a');
  await disposed;
  await expect(backend.open()).rejects.toMatchObject({ code: 'CLOSED' });
});

test('the driver is disposed once, after the last operation, however often disposal is asked for', async () => {
  const writing = gate();
  const steps: string[] = [];
  const driver = memoryDriver({ [Symbol.asyncDispose]: async () => void steps.push('disposed') });
  const backend = new DriverBackend(driver);
  const other = new DriverBackend(driver);
  const write = backend.create('a', {
    data: (async function* () {
      await writing.opened;
      yield 'x';
    })(),
  });
  await settle();
  const disposals = [backend, other, backend].map((each) => each[Symbol.asyncDispose]());
  await settle();
  expect(steps).toEqual([]);
  writing.open();
  await write.then(() => steps.push('written'));
  await Promise.all(disposals);
  expect(steps).toEqual(['written', 'disposed']);
  await expect(other.exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
});

test('a driver that was never opened is disposed without being opened', async () => {
  const steps: string[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      open: async () => void steps.push('opened'),
      [Symbol.asyncDispose]: async () => void steps.push('disposed'),
    }),
  );
  await backend[Symbol.asyncDispose]();
  expect(steps).toEqual(['disposed']);
});

test('what a driver throws at its disposal reaches the caller as one of our errors', async () => {
  const backend = new DriverBackend(
    memoryDriver({
      [Symbol.asyncDispose]: async () => {
        throw new RangeError('the socket would not close');
      },
    }),
  );
  await expect(backend[Symbol.asyncDispose]()).rejects.toMatchObject({
    code: 'UNKNOWN',
    operation: 'dispose',
    cause: { name: 'RangeError' },
  });
});

test('a listing or a session that fails to close does not keep the driver from being disposed', async () => {
  const steps: string[] = [];
  const memory = memoryDriver();
  const backend = new DriverBackend(
    memoryDriver({
      list: async function* (path, options) {
        try {
          yield* memory.list(path, options);
          yield [];
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails
          throw backendError('IO', 'The handle would not close');
        }
      },
      acquireSession: async () => ({
        commitOnSuccess: false,
        commit: async () => undefined,
        release: async () => {
          throw backendError('IO', 'The lock would not open');
        },
      }),
      [Symbol.asyncDispose]: async () => void steps.push('disposed'),
    }),
  );
  await memory.write(normalizePath('a'), new Uint8Array(), { ifExists: 'fail', ifMissing: 'create' });
  const list = backend.list();
  await list.next();
  await backend.syncSession();
  await expect(backend[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'IO', operation: 'dispose' });
  expect(steps).toEqual(['disposed']);
});

test('a layer opens what it wraps before it is used, and its disposal leaves that open', async () => {
  const steps: string[] = [];
  const inner = new DriverBackend(
    memoryDriver({
      open: async () => void steps.push('open'),
      [Symbol.asyncDispose]: async () => void steps.push('dispose'),
    }),
  );
  const outer = readOnly(readOnly(inner));
  expect(await outer.exists('a')).toBe(false);
  await outer[Symbol.asyncDispose]();
  await expect(outer.exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
  expect((await inner.create('a')).path).toBe('a');
  expect(steps).toEqual(['open']);
});

test('disposing what lies below a layer closes the layer, its streams and its listings as well', async () => {
  const inner = new DriverBackend(memoryDriver());
  await inner.create('a', { data: 'x'.repeat(100) });
  await inner.create('b');
  const outer = readOnly(inner);
  const reader = outer.streamRead('a', { chunkSize: 10 }).getReader();
  await reader.read();
  const list = outer.list()[Symbol.asyncIterator]();
  await list.next();
  await inner[Symbol.asyncDispose]();
  await expect(reader.read()).rejects.toMatchObject({ code: 'CLOSED', operation: 'streamRead', path: 'a' });
  await expect(list.next()).rejects.toMatchObject({ code: 'CLOSED', operation: 'list' });
  await expect(outer.read('a')).rejects.toMatchObject({ code: 'CLOSED' });
});

test('a layer that is disposed while a session runs below it is closed to that session as well', async () => {
  const inner = new DriverBackend(memoryDriver());
  const outer = readOnly(inner);
  const disposed = gate();
  const session = inner.syncSession(async () => {
    await disposed.opened;
    return await outer.exists('a').catch((error: unknown) => error);
  });
  await settle();
  await outer[Symbol.asyncDispose]();
  disposed.open();
  expect(await session).toMatchObject({ code: 'CLOSED' });
});

test('openDriver opens a driver once with the backends on it, and not at all for an aborted signal', async () => {
  let openings = 0;
  const driver = memoryDriver({ open: async () => void openings++ });
  const reason = new Error('no more');
  await expect(openDriver(driver, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(openings).toBe(0);
  await openDriver(driver);
  await openDriver(driver);
  await new DriverBackend(layer(driver, {})).exists('a');
  expect(openings).toBe(1);
});

test('disposal waits for the handle of a stream that failed just before, and lets the event loop go on', async () => {
  const freeing = gate();
  let freed = false;
  const backend = new DriverBackend(
    memoryDriver({
      read: async function* () {
        try {
          while (true) yield new Uint8Array(8192);
        } finally {
          await freeing.opened;
          freed = true;
        }
      },
    }),
  );
  const controller = new AbortController();
  const reader = backend.streamRead('a', { signal: controller.signal }).getReader();
  await reader.read();
  controller.abort();
  const disposed = backend[Symbol.asyncDispose]();
  setImmediate(freeing.open);
  await disposed;
  expect(freed).toBe(true);
});
