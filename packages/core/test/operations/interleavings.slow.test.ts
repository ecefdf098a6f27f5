import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BackendDriver, DriverBackend } from '../../src/driver/index.ts';
import {
  type FileBackend,
  MemoryFileBackend,
  type OperationOptions,
  readOnly,
  subdirectory,
} from '../../src/index.ts';
import { minimalDriver, settle } from '../drivers.ts';

// Nothing here waits for time: an abort or a disposal comes after every number of turns of the event loop's microtasks, until the
// operation is over.

/** More turns than any operation below takes. */
const TURNS = 150;

/** What no driver may see: a call after its disposal, or a disposal while a call runs. */
interface Watch {
  readonly driver: BackendDriver;
  readonly violations: string[];
}

/** The driver, every call of it a few turns longer, watched. */
function watched(inner: BackendDriver): Watch {
  const violations: string[] = [];
  let running = 0;
  let isDisposed = false;
  const enter = (member: string): void => {
    running++;
    if (isDisposed) violations.push(`${member} after disposal`);
  };
  const driver: BackendDriver = {
    ...inner,
    [Symbol.asyncDispose]: async () => {
      if (running > 0) violations.push(`disposal during ${running} calls`);
      isDisposed = true;
    },
  };
  for (const [member, value] of Object.entries(inner)) {
    if (typeof value !== 'function') continue;
    const watchedMember = (...given: unknown[]): unknown => {
      if (member === 'read' || member === 'list') return iterate(member, () => value(...given));
      return call(member, () => value(...given));
    };
    Object.defineProperty(driver, member, { value: watchedMember, enumerable: true });
  }
  const call = async (member: string, work: () => unknown): Promise<unknown> => {
    enter(member);
    try {
      await Promise.resolve();
      return await work();
    } finally {
      await Promise.resolve();
      running--;
    }
  };
  async function* iterate(member: string, work: () => AsyncIterable<unknown>): AsyncGenerator<unknown> {
    enter(member);
    try {
      await Promise.resolve();
      for await (const value of work()) {
        running--;
        yield value;
        enter(member);
        await Promise.resolve();
      }
    } finally {
      running--;
    }
  }
  return { driver, violations };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

async function* source(): AsyncGenerator<string> {
  for (const text of ['n', 'e', 'w']) {
    await Promise.resolve();
    yield text;
  }
}

type Operation = (backend: FileBackend, options: OperationOptions) => Promise<unknown>;

const OPERATIONS: Record<string, Operation> = {
  create: (backend, options) => backend.create('new', { ...options, data: source() }),
  update: (backend, options) => backend.update('a', { ...options, data: source() }),
  append: (backend, options) => backend.update('a', { ...options, data: source(), append: true }),
  streamWrite: (backend, options) =>
    backend.streamWrite('new', { ...options, chunkSource: source(), chunkSize: 2 }),
  read: (backend, options) => backend.read('a', options),
  streamRead: (backend, options) =>
    Array.fromAsync(backend.streamRead('a', { ...options, chunkSize: 1, binary: false })),
  list: (backend, options) => Array.fromAsync(backend.list('/', { ...options, recursive: true })),
  glob: (backend, options) => backend.glob('**', options),
  delete: (backend, options) => backend.delete('dir', { ...options, recursive: true }),
  copy: (backend, options) => backend.copy('dir', 'copied', options),
  move: (backend, options) => backend.move('dir', 'moved', options),
  checksumMany: (backend, options) => backend.checksumMany(['a', 'dir/b', 'gone'], options),
  syncSession: (backend, options) =>
    backend.syncSession(async (session) => {
      await session.create('new', { data: source() });
      await backend.syncSession(() => backend.read('a'));
    }, options),
  'session object': async (backend, options) => {
    await using session = await backend.syncSession(options);
    await session.read('a', options);
    await session.commit(options);
  },
};

/** Files whose content may be that of the operation, or as it was. */
const CONTENTS: Record<string, readonly string[]> = {
  a: ['old', 'new', 'oldnew'],
  new: ['new'],
  'dir/b': ['b'],
  'dir/deep/c': ['c'],
  'copied/b': ['b'],
  'copied/deep/c': ['c'],
  'moved/b': ['b'],
  'moved/deep/c': ['c'],
};

async function filled(driver: BackendDriver): Promise<void> {
  const backend = new DriverBackend({ ...driver });
  await backend.create('a', { data: 'old' });
  await backend.create('dir/b', { data: 'b' });
  await backend.create('dir/deep/c', { data: 'c' });
}

/** Every file is one whole version, and no file of `dir` is at neither place. */
async function assertWhole(driver: BackendDriver, name: string): Promise<void> {
  const backend = new DriverBackend({ ...driver });
  const files: string[] = [];
  for await (const { path, isDir } of backend.list('/', { recursive: true })) {
    if (isDir) continue;
    files.push(path);
    expect(CONTENTS[path]).toContain(await backend.read(path, { binary: false }));
  }
  if (name !== 'delete') {
    for (const file of ['b', 'deep/c']) expect(files.some((path) => path.endsWith(file))).toBe(true);
  }
}

const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', remember);
});
afterEach(() => {
  process.off('unhandledRejection', remember);
});

const VIEWS: [string, (backend: FileBackend) => FileBackend][] = [
  ['a backend', (backend) => backend],
  ['a view of a backend', (backend) => subdirectory(backend, '/')],
];

describe.each(VIEWS)('on %s', (_view, view) => {
  test.each(Object.entries(OPERATIONS))(
    '%s aborted at any moment is whole or not at all, rejects with the reason, and leaves nothing behind',
    async (name, operation) => {
      const reason = new Error('no more');
      let succeeded = 0;
      for (let turn = 0; turn < TURNS && succeeded < 3; turn++) {
        const files = minimalDriver();
        await filled(files);
        const { driver, violations } = watched(files);
        const backend = new DriverBackend(driver);
        const controller = new AbortController();
        const { signal } = controller;
        const outcome = operation(view(backend), { signal }).then(
          () => 'done',
          (error: unknown) => error,
        );
        await turns(turn);
        controller.abort(reason);
        const result = await outcome;
        expect(result === 'done' ? reason : result, `after ${turn} turns`).toBe(reason);
        if (result === 'done') succeeded++;
        await settle();
        expect(getEventListeners(signal, 'abort'), `after ${turn} turns`).toEqual([]);
        await backend[Symbol.asyncDispose]();
        await assertWhole(files, name);
        expect(violations, `after ${turn} turns`).toEqual([]);
      }
      expect(succeeded, 'the last moments must come after the end').toBeGreaterThan(0);
      expect(unhandled).toEqual([]);
    },
  );

  test.each(Object.entries(OPERATIONS))(
    '%s while its backend is disposed at any moment succeeds or is CLOSED, and the driver is at rest when it is disposed',
    async (name, operation) => {
      for (let turn = 0; turn < 60; turn++) {
        const files = minimalDriver();
        await filled(files);
        const { driver, violations } = watched(files);
        const backend = new DriverBackend(driver);
        const outcome = operation(view(backend), {}).then(
          () => undefined,
          (error: unknown) => error,
        );
        await turns(turn);
        await backend[Symbol.asyncDispose]();
        const error = await outcome;
        if (error !== undefined) expect(error, `after ${turn} turns`).toMatchObject({ code: 'CLOSED' });
        await settle();
        expect(violations, `after ${turn} turns`).toEqual([]);
        await assertWhole(files, name);
      }
      expect(unhandled).toEqual([]);
    },
  );
});

test('many operations and one disposal at any moment leave nothing running', async () => {
  for (let turn = 0; turn < 60; turn++) {
    const files = minimalDriver();
    await filled(files);
    const { driver, violations } = watched(files);
    const backend = new DriverBackend(driver);
    const outcomes = Object.values(OPERATIONS).map((operation) =>
      operation(backend, {}).catch((error: unknown) => error),
    );
    await turns(turn);
    await backend[Symbol.asyncDispose]();
    await Promise.all(outcomes);
    await settle();
    expect(violations, `after ${turn} turns`).toEqual([]);
  }
  expect(unhandled).toEqual([]);
});

test('a view that is disposed at any moment leaves the backend below it open', async () => {
  for (let turn = 0; turn < 60; turn++) {
    const files = minimalDriver();
    await filled(files);
    const { driver, violations } = watched(files);
    const backend = new DriverBackend(driver);
    const view = readOnly(backend);
    const outcomes = [view.read('a'), Array.fromAsync(view.streamRead('a')), Array.fromAsync(view.list())];
    const settled = Promise.allSettled(outcomes);
    await turns(turn);
    await view[Symbol.asyncDispose]();
    for (const outcome of await settled) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CLOSED' });
    }
    expect(await backend.read('a', { binary: false })).toBe('old');
    await backend[Symbol.asyncDispose]();
    expect(violations, `after ${turn} turns`).toEqual([]);
  }
  expect(unhandled).toEqual([]);
});

test('a consumer that never comes back keeps nobody from disposing', async () => {
  const backend = new MemoryFileBackend();
  for (let n = 0; n < 10; n++) await backend.create(`${n}`, { data: 'text' });
  const list = backend.list();
  await list.next();
  const reader = backend.streamRead('0', { chunkSize: 1 }).getReader();
  await reader.read();
  await backend.syncSession();
  await backend[Symbol.asyncDispose]();
  await expect(reader.read()).rejects.toMatchObject({ code: 'CLOSED' });
});
