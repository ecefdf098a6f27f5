import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import {
  backendError,
  DriverBackend,
  type DriverOptions,
  type DriverSession,
  SyncDriverBackend,
} from '../src/driver/index.ts';
import {
  DEFAULT_SESSION_TIMEOUT,
  isSyncFileBackend,
  MemoryFileBackend,
  MemoryStore,
  readOnly,
  type SyncSession,
  subdirectory,
} from '../src/index.ts';
import { gate, memoryDriver, minimalDriver, settle } from './drivers.ts';

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/** A backend that writes down what happens to its sessions, and which calls of `stat` belong to one. */
function recorded(commitOnSuccess = true): {
  backend: DriverBackend;
  steps: string[];
  sessionsOf: (DriverSession | undefined)[];
} {
  const steps: string[] = [];
  const sessionsOf: (DriverSession | undefined)[] = [];
  const memory = memoryDriver();
  const driver = memoryDriver({
    stat: async (path, options: DriverOptions) => {
      sessionsOf.push(options.session);
      return await memory.stat(path, options);
    },
    acquireSession: async () => {
      steps.push('acquire');
      return {
        commitOnSuccess,
        commit: async ({ message, session }) => {
          steps.push(`commit ${message ?? ''}`.trim());
          expect(session).toBeDefined();
        },
        release: async () => void steps.push('release'),
      };
    },
    [Symbol.asyncDispose]: async () => void steps.push('dispose'),
  });
  return { backend: new DriverBackend(driver), steps, sessionsOf };
}

test('a body that succeeds is committed where the session says so, then released', async () => {
  const { backend, steps } = recorded();
  const body = async (): Promise<number> => steps.push('body');
  expect(await backend.syncSession(body)).toBe(2);
  expect(steps).toEqual(['acquire', 'body', 'commit', 'release']);
});

test('a body that fails is released without a commit, and its own error is thrown as it is', async () => {
  const { backend, steps } = recorded();
  for (const own of [new Error('mine'), 'a string', undefined]) {
    const session = backend.syncSession(() => Promise.reject(own));
    await expect(session.catch((error: unknown) => ({ caught: error }))).resolves.toEqual({ caught: own });
  }
  expect(steps).toEqual(['acquire', 'release', 'acquire', 'release', 'acquire', 'release']);
});

test('what the body of a nested session throws is thrown as it is, through every session around it', async () => {
  const { backend } = recorded();
  const own = new Error('mine');
  const nested = backend.syncSession(() =>
    backend.syncSession(async (session) =>
      session.syncSession(async () => {
        throw own;
      }),
    ),
  );
  await expect(nested).rejects.toBe(own);
});

test('a body that is no asynchronous function is treated like one', async () => {
  const { backend, steps } = recorded();
  const own = new Error('at once');
  const throwing = (): never => {
    throw own;
  };
  await expect(backend.syncSession(throwing)).rejects.toBe(own);
  const plain: unknown = () => 7;
  expect(await backend.syncSession(plain as () => Promise<number>)).toBe(7);
  expect(steps).toEqual(['acquire', 'release', 'acquire', 'commit', 'release']);
});

test('a commit that fails is what the caller learns, even if the release fails too', async () => {
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async () => ({
        commitOnSuccess: true,
        commit: async () => {
          throw backendError('SYNC_CONFLICT', 'Both sides changed a.md');
        },
        release: async () => {
          throw backendError('IO', 'The lock would not open');
        },
      }),
    }),
  );
  await expect(backend.syncSession(async () => undefined)).rejects.toMatchObject({
    code: 'SYNC_CONFLICT',
    operation: 'syncSession',
  });
});

test('in a body the backend’s own operations, and those of layers on it, belong to the session', async () => {
  const { backend, sessionsOf } = recorded();
  await backend.exists('a');
  const view = subdirectory(readOnly(backend), 'sub');
  await backend.syncSession(async (session) => {
    await backend.exists('a');
    await session.exists('a');
    await view.exists('a');
  });
  await backend.exists('a');
  const [before, own, through, layered, after] = sessionsOf;
  expect([before, after]).toEqual([undefined, undefined]);
  expect(own).toBeDefined();
  expect(through).toBe(own);
  expect(layered).toBe(own);
});

test('a session that is begun on a layer is one of the vault below it', async () => {
  const { backend, sessionsOf, steps } = recorded();
  await subdirectory(backend, 'sub').syncSession(async () => {
    await backend.exists('a');
    await backend.syncSession(async () => void (await backend.exists('b')));
  });
  expect(sessionsOf[0]).toBeDefined();
  expect(sessionsOf[1]).toBe(sessionsOf[0]);
  expect(steps).toEqual(['acquire', 'commit', 'release']);
});

test('sessions of two vaults nest, each with its own operations', async () => {
  const one = recorded();
  const two = recorded();
  await one.backend.syncSession(() =>
    two.backend.syncSession(async () => {
      await one.backend.exists('a');
      await two.backend.exists('a');
    }),
  );
  expect(one.sessionsOf[0]).toBeDefined();
  expect(two.sessionsOf[0]).toBeDefined();
  expect(one.sessionsOf[0]).not.toBe(two.sessionsOf[0]);
});

test('of a session object only its own calls belong to it, and inside its own body the backend’s too', async () => {
  const { backend, sessionsOf, steps } = recorded();
  {
    await using session = await backend.syncSession();
    await backend.exists('a');
    await session.exists('a');
    await session.syncSession(async () => {
      await backend.exists('a');
      await backend.syncSession(async () => undefined);
    });
    await session.commit({ message: 'done' });
  }
  expect(sessionsOf.map((session) => session !== undefined)).toEqual([false, true, true]);
  expect(steps).toEqual(['acquire', 'commit done', 'release']);
});

test('sessions wait for each other in the order they came, across backends on one driver', async () => {
  const driver = minimalDriver();
  const order: number[] = [];
  const bodies = [1, 2, 3].map((n) =>
    new DriverBackend(driver).syncSession(async () => {
      await settle();
      order.push(n);
    }),
  );
  await Promise.all(bodies);
  expect(order).toEqual([1, 2, 3]);
});

test('who waits too long for a session of this process is told who holds it', async () => {
  const backend = new DriverBackend(minimalDriver());
  await using _held = await backend.syncSession();
  await expect(backend.syncSession({ timeout: 1 })).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    operation: 'syncSession',
    retryable: true,
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  await expect(backend.syncSession({ timeout: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(backend.syncSession({ timeout: Number.NaN })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('two stores are two vaults; two backends on one store share its session', async () => {
  const store = new MemoryStore();
  const [one, two] = [new MemoryFileBackend({ store }), new MemoryFileBackend({ store })];
  await using _held = await one.syncSession();
  await expect(two.syncSession({ timeout: 1 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
  await new MemoryFileBackend().syncSession(async () => undefined, { timeout: 0 });
});

test('a driver is told how long to wait, whether to pull and push, and the signal; nothing that was not said', async () => {
  const asked: unknown[] = [];
  const commits: unknown[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async (options) => {
        asked.push(options);
        return {
          commitOnSuccess: true,
          commit: async (call) => void commits.push(call.signal),
          release: async () => undefined,
        };
      },
    }),
  );
  const { signal } = new AbortController();
  await backend.syncSession(async () => undefined);
  await backend.syncSession(async () => undefined, { timeout: 5, pull: false, push: true, signal });
  expect(asked).toEqual([
    { timeout: DEFAULT_SESSION_TIMEOUT },
    { timeout: 5, pull: false, push: true, signal },
  ]);
  expect(commits).toEqual([undefined, signal]);
});

test('a session that is aborted while it waits leaves the queue', async () => {
  const backend = new DriverBackend(minimalDriver());
  const held = await backend.syncSession();
  const controller = new AbortController();
  const given = backend.syncSession({ signal: controller.signal });
  const next = backend.syncSession();
  controller.abort(new Error('no more'));
  await expect(given).rejects.toThrow('no more');
  await held[Symbol.asyncDispose]();
  await (await next)[Symbol.asyncDispose]();
});

test('a session ends once its own operations have, so that the next one finds the vault at rest', async () => {
  const { backend, steps } = recorded();
  const writing = gate();
  async function* slow(): AsyncGenerator<string> {
    await writing.opened;
    yield 'x';
  }
  const failing = backend.syncSession(async () => {
    const floating = backend.create('a', { data: slow() }).then(() => steps.push('written'));
    await Promise.all([floating, Promise.reject(new Error('the other one'))]);
  });
  await settle();
  expect(steps).toEqual(['acquire']);
  writing.open();
  await expect(failing).rejects.toThrow('the other one');
  expect(steps).toEqual(['acquire', 'written', 'release']);
});

test('what starts after the end of a body, from within it, belongs to no session', async () => {
  const { backend, sessionsOf } = recorded();
  const ended = gate();
  let late: Promise<boolean> | undefined;
  await backend.syncSession(async () => {
    late = ended.opened.then(() => backend.exists('a'));
  });
  ended.open();
  expect(await late).toBe(false);
  expect(sessionsOf).toEqual([undefined]);
});

test('a session object that has ended is closed, and a second end waits for the first', async () => {
  const releasing = gate();
  let released = 0;
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async () => ({
        commitOnSuccess: false,
        commit: async () => undefined,
        release: async () => {
          await releasing.opened;
          released++;
        },
      }),
    }),
  );
  const session = await backend.syncSession();
  const ends = [session[Symbol.asyncDispose](), session[Symbol.asyncDispose]()];
  const seen: number[] = [];
  for (const end of ends) void end.then(() => seen.push(released));
  await settle();
  releasing.open();
  await Promise.all(ends);
  expect(seen).toEqual([1, 1]);
  for (const call of [session.exists('a'), session.commit(), session.syncSession()]) {
    await expect(call).rejects.toMatchObject({ code: 'CLOSED', message: expect.stringContaining('session') });
  }
  await expect(session.streamRead('a').getReader().read()).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(Array.fromAsync(session.list())).rejects.toMatchObject({ code: 'CLOSED' });
});

test('the session object of a body ends with the body, and disposing it does nothing', async () => {
  const { backend, steps } = recorded();
  let kept: SyncSession | undefined;
  await backend.syncSession(async (session) => {
    kept = session;
    await session[Symbol.asyncDispose]();
    await session.exists('a');
  });
  await expect(kept!.exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
  expect(steps).toEqual(['acquire', 'commit', 'release']);
});

test('a stream or listing asked for in a body can be read after it, outside the session', async () => {
  const { backend, sessionsOf } = recorded();
  await backend.create('a', { data: 'text' });
  const { stream, list } = await backend.syncSession(async () => ({
    stream: backend.streamRead('a', { binary: false }),
    list: backend.list(),
  }));
  expect(await Array.fromAsync(stream)).toEqual(['text']);
  expect((await Array.fromAsync(list)).map((entry) => entry.path)).toEqual(['a']);
  expect(sessionsOf).toEqual([]);
});

test('a backend is not disposed inside the body of its own session', async () => {
  const { backend, steps } = recorded();
  await backend.syncSession(async () => {
    await expect(backend[Symbol.asyncDispose]()).rejects.toMatchObject({
      code: 'BUSY',
      operation: 'dispose',
      retryable: true,
    });
    await backend.exists('a');
  });
  await backend[Symbol.asyncDispose]();
  expect(steps).toEqual(['acquire', 'commit', 'release', 'dispose']);
});

test('disposal lets the body of a session finish its work, what it opens late included', async () => {
  const { backend, steps } = recorded();
  await backend.create('a', { data: 'x'.repeat(100) });
  const disposing = gate();
  const body = backend.syncSession(async () => {
    await disposing.opened;
    await backend.create('b');
    await backend.streamRead('a', { chunkSize: 10 }).getReader().read();
    await backend.list().next();
    await backend.syncSession();
    steps.push('body');
  });
  await settle();
  const disposed = backend[Symbol.asyncDispose]();
  await expect(backend.exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
  disposing.open();
  await Promise.all([body, disposed]);
  expect(steps).toEqual(['acquire', 'body', 'commit', 'release', 'dispose']);
});

test('disposal ends session objects, those that are still waited for too, and waits for their commits', async () => {
  const steps: string[] = [];
  const committing = gate();
  const acquiring = gate();
  let acquired = 0;
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async () => {
        if (++acquired === 2) await acquiring.opened;
        return {
          commitOnSuccess: false,
          commit: async () => {
            await committing.opened;
            steps.push('committed');
          },
          release: async () => void steps.push('released'),
        };
      },
      [Symbol.asyncDispose]: async () => void steps.push('disposed'),
    }),
  );
  const first = await backend.syncSession();
  const commit = first.commit();
  const second = backend.syncSession();
  await settle();
  const disposed = backend[Symbol.asyncDispose]();
  await settle();
  expect(steps).toEqual([]);
  await expect(first.exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
  committing.open();
  await commit;
  acquiring.open();
  await disposed;
  await expect((await second).exists('a')).rejects.toMatchObject({ code: 'CLOSED' });
  expect(steps).toEqual(['committed', 'released', 'released', 'disposed']);
});

test('a session object has no remote of its own, even where its backend has', async () => {
  const sync = {
    pull: async () => undefined,
    push: async () => undefined,
    conflicts: async () => [],
    resolve: async () => undefined,
  };
  const backend = new SyncDriverBackend(memoryDriver({ sync }));
  expect(isSyncFileBackend(backend)).toBe(true);
  expect(isSyncFileBackend(readOnly(backend))).toBe(true);
  expect(isSyncFileBackend(subdirectory(backend, 'sub'))).toBe(false);
  await using session = await backend.syncSession();
  expect(isSyncFileBackend(session)).toBe(false);
});

test('a driver can tell the commit that ends a body from one that was called', async () => {
  const commits: (true | undefined)[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async () => ({
        commitOnSuccess: true,
        commit: async ({ onSuccess }) => void commits.push(onSuccess),
        release: async () => undefined,
      }),
    }),
  );
  await backend.syncSession((session) => session.commit());
  expect(commits).toEqual([undefined, true]);
});

test('sessions that each start the next one keep nothing of those before', async () => {
  const sessions: WeakRef<DriverSession>[] = [];
  const backend = new DriverBackend(
    memoryDriver({
      acquireSession: async () => {
        const session = {
          commitOnSuccess: false,
          commit: async () => undefined,
          release: async () => undefined,
        };
        sessions.push(new WeakRef(session));
        return session;
      },
    }),
  );
  const [last, checked] = [gate(), gate()];
  const step = async (left: number): Promise<void> => {
    await backend.syncSession(async () => {
      // Runs after the body, in its context.
      if (left > 0) return void setImmediate(() => void step(left - 1));
      last.open();
      await checked.opened;
    });
  };
  await step(50);
  await last.opened;
  await settle();
  collectGarbage();
  const kept = sessions.filter((session) => session.deref() !== undefined).length;
  checked.open();
  expect(sessions).toHaveLength(51);
  expect(kept).toBeLessThan(10);
});
