import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  backendError,
  DriverBackend,
  type DriverChanges,
  layer,
  SyncDriverBackend,
} from '../../src/driver/index.ts';
import {
  type Content,
  type FileBackend,
  FileInfo,
  MemoryFileBackend,
  type OperationOptions,
} from '../../src/index.ts';
import { gate, memoryDriver, minimalDriver, mistaken, settle } from '../drivers.ts';

/** Every operation that takes a path, by its name. */
const ON_PATHS: Record<
  string,
  (backend: FileBackend, path: string, options?: OperationOptions) => Promise<unknown>
> = {
  create: (backend, path, options) => backend.create(path, options),
  read: (backend, path, options) => backend.read(path, options),
  update: (backend, path, options) => backend.update(path, { ...options, data: '' }),
  delete: (backend, path, options) => backend.delete(path, options),
  info: (backend, path, options) => backend.info(path, options),
  exists: (backend, path, options) => backend.exists(path, options),
  list: (backend, path, options) => Array.fromAsync(backend.list(path, options)),
  copy: (backend, path, options) => backend.copy(path, 'b', options),
  move: (backend, path, options) => backend.move(path, 'b', options),
  streamRead: (backend, path, options) => Array.fromAsync(backend.streamRead(path, options)),
  streamWrite: (backend, path, options) => backend.streamWrite(path, { ...options, chunkSource: [] }),
  checksum: (backend, path, options) => backend.checksum(path, options),
};

const ON_VAULT: Record<string, (backend: FileBackend, options?: OperationOptions) => Promise<unknown>> = {
  checksumMany: (backend, options) => backend.checksumMany(['a'], options),
  glob: (backend, options) => backend.glob('*', options),
  globFiles: (backend, options) => backend.globFiles('*', options),
  globDirs: (backend, options) => backend.globDirs('*', options),
  syncSession: (backend, options) => backend.syncSession(async () => undefined, options),
};

/** A driver whose every member throws what `fail` makes. */
function failingDriver(fail: () => unknown): BackendDriver {
  const reject = async (): Promise<never> => {
    throw fail();
  };
  const iterate = async function* (): AsyncGenerator<never> {
    yield await reject();
  };
  const { capabilities } = memoryDriver();
  return {
    name: 'failing',
    capabilities,
    stat: reject,
    read: iterate,
    write: reject,
    makeDirectory: reject,
    remove: reject,
    list: iterate,
    acquireSession: reject,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describe.each(Object.entries(ON_PATHS))('%s', (operation, call) => {
  test('turns what is thrown below and is none of ours into UNKNOWN, with nothing of its text', async () => {
    const secret = 'sk-hunter2 at /srv/vaults';
    const backend = new DriverBackend(
      failingDriver(() =>
        Object.assign(new TypeError(secret), { code: 'EPIPE', syscall: 'write', path: secret }),
      ),
    );
    const error: unknown = await call(backend, 'dir/a').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'UNKNOWN',
      name: 'FileBackendError',
      operation,
      path: 'dir/a',
      cause: { name: 'TypeError', code: 'EPIPE', syscall: 'write' },
    });
    expect(Object.keys((error as { cause: object }).cause)).toEqual(['name', 'code', 'syscall']);
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(secret);
  });

  test('says of an error from below where it happened, unless it says so itself', async () => {
    const bare = new DriverBackend(failingDriver(() => backendError('IO', 'The disk is gone')));
    await expect(call(bare, './dir//a')).rejects.toMatchObject({ code: 'IO', operation, path: './dir//a' });
    const known = new DriverBackend(
      failingDriver(() => backendError('IO', 'It is gone', { path: 'other', operation: 'fetch' })),
    );
    await expect(call(known, 'dir/a')).rejects.toMatchObject({ path: 'other', operation: 'fetch' });
  });

  test('refuses what is no path, before anything is asked of the driver', async () => {
    const backend = new DriverBackend(failingDriver(() => new Error('asked')));
    for (const path of [undefined, null, 7, {}, ['a'], Symbol('a')]) {
      if (operation === 'list' && path === undefined) continue;
      const failure = call(backend, mistaken<string>(path));
      await expect(failure).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', operation, path: undefined });
    }
    await expect(call(backend, 'a/../../b')).rejects.toMatchObject({
      code: 'PATH_OUTSIDE_ROOT',
      operation,
      path: 'a/../../b',
    });
  });
});

describe.each([
  ...Object.entries(ON_PATHS).map(
    ([operation, call]) =>
      [operation, (backend: FileBackend, options: OperationOptions) => call(backend, 'a', options)] as const,
  ),
  ...Object.entries(ON_VAULT),
])('%s with a signal', (_name, call) => {
  test('that is aborted already asks nothing of the driver', async () => {
    const backend = new DriverBackend(failingDriver(() => new Error('asked')));
    const reason = { any: 'thing' };
    await expect(call(backend, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('rejects with the reason of the abort, whatever the driver makes of it', async () => {
    const controller = new AbortController();
    const reason = new Error('no more');
    const backend = new DriverBackend(
      failingDriver(() => {
        controller.abort(reason);
        return backendError('IO', 'The request was cut');
      }),
    );
    await expect(call(backend, { signal: controller.signal })).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('that is none says so', async () => {
    const backend = new MemoryFileBackend();
    for (const signal of [new AbortController(), null, 'abort']) {
      const options = mistaken<OperationOptions>({ signal });
      await expect(call(backend, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  test('leaves no listener on it after success', async () => {
    const backend = new MemoryFileBackend();
    const { signal } = new AbortController();
    await backend.create('a');
    await call(backend, { signal }).catch((error: unknown) => expect(error).toMatchObject({ path: 'a' }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('what a caller’s own source throws', () => {
  const own = new TypeError('mine');
  const sources: Record<string, () => Content> = {
    'an async generator': async function* () {
      yield 'good';
      throw own;
    },
    'a generator': function* () {
      yield 'good';
      throw own;
    },
    'a web stream': () =>
      new ReadableStream({
        pull: (controller) => controller.error(own),
      }),
    'a Node stream': () =>
      new Readable({
        read() {
          this.destroy(own);
        },
      }),
    'what has no iterator after all': () => ({
      [Symbol.asyncIterator]: () => {
        throw own;
      },
    }),
  };
  test.each(Object.entries(sources))('is thrown as it is: %s', async (_name, source) => {
    for (const driver of [memoryDriver(), minimalDriver()]) {
      const backend = new DriverBackend(driver);
      await backend.create('a', { data: 'old' });
      await expect(backend.create('new', { data: source() })).rejects.toBe(own);
      await expect(backend.update('a', { data: source() })).rejects.toBe(own);
      await expect(backend.update('a', { data: source(), append: true })).rejects.toBe(own);
      await expect(
        backend.streamWrite('a', { chunkSource: source() as Iterable<string>, overwrite: true }),
      ).rejects.toBe(own);
      await expect(
        backend.streamWrite('new', { chunkSource: source() as Iterable<string>, chunkSize: 3 }),
      ).rejects.toBe(own);
      expect(await backend.exists('new')).toBe(false);
      expect(await backend.read('a', { binary: false })).toBe('old');
    }
  });

  test('even where the driver takes it for an error of its own', async () => {
    const driver = memoryDriver();
    const backend = new DriverBackend(
      layer(driver, {
        write: (path, source, options) =>
          driver.write(path, source, options).catch((cause: unknown) => {
            throw backendError('IO', 'The upload failed', { cause });
          }),
      }),
    );
    await expect(backend.create('a', { data: sources['a generator']!() })).rejects.toBe(own);
  });

  test('even if it is one of ours, which keeps what it says and learns what it does not', async () => {
    const backend = new MemoryFileBackend();
    const other = new MemoryFileBackend();
    const failed = backend.streamWrite('a', { chunkSource: other.streamRead('gone') });
    await expect(failed).rejects.toMatchObject({ code: 'NOT_FOUND', operation: 'streamRead', path: 'gone' });
    const bare = backendError('UNSUPPORTED', 'Not mine');
    async function* source(): AsyncGenerator<string> {
      yield 'x';
      throw bare;
    }
    await expect(backend.create('a', { data: source() })).rejects.toBe(bare);
    expect(bare).toMatchObject({ operation: 'create', path: 'a' });
  });
});

describe('an abort while a source is stuck', () => {
  const freed: string[] = [];
  const stuck = gate();
  const sources: Record<string, () => Content> = {
    'a web stream': () =>
      new ReadableStream({
        pull: () => stuck.opened,
        cancel: () => void freed.push('a web stream'),
      }),
    'a Node stream': () =>
      new Readable({
        read: () => undefined,
        destroy: (error, done) => {
          freed.push('a Node stream');
          done(error);
        },
      }),
    'an iterator': () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => stuck.opened.then(() => ({ done: true as const, value: undefined })),
        return: async () => {
          freed.push('an iterator');
          return { done: true as const, value: undefined };
        },
      }),
    }),
  };

  test.each(Object.entries(sources))('ends the write and lets go of it: %s', async (name, source) => {
    const backend = new MemoryFileBackend();
    await backend.create('a', { data: 'old' });
    for (const write of [
      (options: OperationOptions) => backend.create('new', { data: source(), ...options }),
      (options: OperationOptions) => backend.update('a', { data: source(), append: true, ...options }),
      (options: OperationOptions) =>
        backend.streamWrite('new', {
          chunkSource: source() as AsyncIterable<string>,
          chunkSize: 5,
          ...options,
        }),
    ]) {
      freed.length = 0;
      const controller = new AbortController();
      const reason = new Error('no more');
      const written = write({ signal: controller.signal });
      await settle();
      controller.abort(reason);
      await expect(written).rejects.toBe(reason);
      await settle();
      expect(freed).toEqual([name]);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    }
    expect(await backend.exists('new')).toBe(false);
    expect(await backend.read('a', { binary: false })).toBe('old');
    await backend[Symbol.asyncDispose]();
  });

  test('ends one that cannot be told to let go', async () => {
    const backend = new MemoryFileBackend();
    async function* source(): AsyncGenerator<string> {
      await new Promise(() => undefined);
      yield 'never';
    }
    const controller = new AbortController();
    const written = backend.create('a', { data: source(), signal: controller.signal });
    await settle();
    controller.abort(new Error('no more'));
    await expect(written).rejects.toThrow('no more');
    await backend[Symbol.asyncDispose]();
  });
});

test('a source is let go of when the driver fails in the middle of it', async () => {
  let isFreed = false;
  const source = new ReadableStream<string>({
    pull: (controller) => controller.enqueue('x'),
    cancel: () => {
      isFreed = true;
    },
  });
  const backend = new DriverBackend(
    memoryDriver({
      write: async (_path, chunks) => {
        for await (const _ of chunks as AsyncIterable<Uint8Array>)
          throw backendError('NO_SPACE', 'It is full');
        throw new Error('unreachable');
      },
    }),
  );
  await expect(backend.create('a', { data: source })).rejects.toMatchObject({ code: 'NO_SPACE' });
  expect(isFreed).toBe(true);
});

test('a source that no driver asked for is left as it was, for another try', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('a', { data: 'old' });
  const source = ReadableStream.from(['new']);
  await expect(backend.streamWrite('a', { chunkSource: source })).rejects.toMatchObject({
    code: 'ALREADY_EXISTS',
  });
  await backend.streamWrite('a', { chunkSource: source, overwrite: true });
  expect(await backend.read('a', { binary: false })).toBe('new');
});

test('a driver that reads a source twice is stopped before it writes an empty file', async () => {
  const driver = memoryDriver();
  let tries = 0;
  const backend = new DriverBackend(
    layer(driver, {
      write: async (path, source, options) => {
        for await (const _ of source as AsyncIterable<Uint8Array>) tries++;
        return await driver.write(path, source, options);
      },
    }),
  );
  await expect(backend.create('a', { data: ['x'] })).rejects.toMatchObject({
    code: 'UNKNOWN',
    message: expect.stringContaining('twice'),
  });
  expect(tries).toBe(1);
  expect(await backend.exists('a')).toBe(false);
});

test('thousands of chunks are written with one listener on the signal', async () => {
  const backend = new MemoryFileBackend();
  const { signal } = new AbortController();
  let most = 0;
  function* source(): Generator<string> {
    for (let n = 0; n < 10_000; n++) {
      most = Math.max(most, getEventListeners(signal, 'abort').length);
      yield 'x';
    }
  }
  expect((await backend.create('a', { data: source(), signal })).size).toBe(10_000);
  expect(most).toBe(1);
});

describe('list', () => {
  /** A backend whose listing has `batches` of two, and says whether it was let go of. */
  function listing(batches: number): { backend: DriverBackend; steps: string[] } {
    const steps: string[] = [];
    const memory = memoryDriver();
    const changes: DriverChanges = {
      list: async function* (path, options) {
        steps.push('opened');
        try {
          for await (const all of memory.list(path, options)) {
            for (let n = 0; n < batches; n++) {
              steps.push(`batch ${n}`);
              yield all.slice(n * 2, n * 2 + 2);
            }
          }
        } finally {
          steps.push('freed');
        }
      },
      [Symbol.asyncDispose]: async () => void steps.push('disposed'),
    };
    return { backend: new DriverBackend({ ...layer(memory, changes) }), steps };
  }

  async function filled(batches: number): Promise<ReturnType<typeof listing>> {
    const made = listing(batches);
    for (let n = 0; n < batches * 2; n++) await made.backend.create(`${n}`);
    return made;
  }

  test('that nobody pulls opens nothing; one that is left early is let go of at once', async () => {
    const { backend, steps } = await filled(3);
    backend.list();
    await settle();
    expect(steps).toEqual([]);
    for await (const entry of backend.list()) if (entry.path === '2') break;
    expect(steps).toEqual(['opened', 'batch 0', 'batch 1', 'freed']);
  });

  test('that is aborted between two entries of a batch ends with the reason and lets go', async () => {
    const { backend, steps } = await filled(2);
    const controller = new AbortController();
    const reason = new Error('no more');
    const seen: string[] = [];
    const listed = (async () => {
      for await (const entry of backend.list('/', { signal: controller.signal })) {
        seen.push(entry.path);
        controller.abort(reason);
      }
    })();
    await expect(listed).rejects.toBe(reason);
    expect(seen).toEqual(['0']);
    expect(steps).toEqual(['opened', 'batch 0', 'freed']);
  });

  test('that a slow consumer holds does not keep its backend from being disposed', async () => {
    const { backend, steps } = await filled(2);
    const list = backend.list();
    await list.next();
    await backend[Symbol.asyncDispose]();
    expect(steps).toEqual(['opened', 'batch 0', 'freed', 'disposed']);
    await expect(list.next()).rejects.toMatchObject({ code: 'CLOSED', operation: 'list', path: '/' });
    expect(await list.next()).toEqual({ done: true, value: undefined });
  });

  test('whose backend is disposed at any moment of its first pull asks nothing of a disposed driver', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const { backend, steps } = await filled(2);
      const list = backend.list();
      const first = list.next().catch((error: unknown) => error);
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      await backend[Symbol.asyncDispose]();
      await first;
      await list.next().catch((error: unknown) => expect(error).toMatchObject({ code: 'CLOSED' }));
      expect(steps.at(-1), `after ${ticks} ticks: ${steps}`).toBe('disposed');
    }
  });

  test('that was left just before its backend is disposed has freed its handle by then', async () => {
    const freeing = gate();
    const steps: string[] = [];
    const backend = new DriverBackend(
      memoryDriver({
        list: async function* () {
          try {
            yield [new FileInfo({ path: 'a', fileType: 'file' })];
          } finally {
            await freeing.opened;
            steps.push('freed');
          }
        },
        [Symbol.asyncDispose]: async () => void steps.push('disposed'),
      }),
    );
    const list = backend.list();
    await list.next();
    const left = list.return();
    const disposed = backend[Symbol.asyncDispose]();
    await settle();
    freeing.open();
    await Promise.all([left, disposed]);
    expect(steps).toEqual(['freed', 'disposed']);
  });

  test('frees the listing where a consumer throws', async () => {
    const { backend, steps } = await filled(1);
    const own = new Error('mine');
    const listed = (async () => {
      for await (const _ of backend.list()) throw own;
    })();
    await expect(listed).rejects.toBe(own);
    expect(steps.at(-1)).toBe('freed');
  });
});

describe('what makes no sense is INVALID_ARGUMENT, and changes nothing', () => {
  test.each<[string, (backend: FileBackend) => Promise<unknown>]>([
    ['data in a directory', (backend) => backend.create('new', { isDirectory: true, data: '' })],
    ['the etag of a directory', (backend) => backend.create('new', { isDirectory: true, ifMatch: '1' })],
    ['a condition without overwrite', (backend) => backend.create('a', { data: 'x', ifMatch: '1' })],
    ['the same of a copy', (backend) => backend.copy('a', 'b', { ifMatch: '1' })],
    ['an etag that is no string', (backend) => backend.update('a', { data: 'x', ifMatch: mistaken(1) })],
    ['data that is missing', (backend) => backend.update('a', mistaken({}))],
    ['options that are missing', (backend) => backend.update('a', mistaken(undefined))],
    ['content in place of options', (backend) => backend.create('new', mistaken('text'))],
    ['bytes in place of options', (backend) => backend.create('new', mistaken(new Uint8Array(3)))],
    // @ts-expect-error A string has a length, as a range has, and is none.
    ['an encoding in place of options', (backend) => backend.read('a', 'utf8')],
    ['null in place of options', (backend) => backend.info('a', mistaken(null))],
    ['null options of a list', (backend) => Array.fromAsync(backend.list('/', mistaken(null)))],
    // @ts-expect-error As above.
    ['an encoding of a stream', (backend) => Array.fromAsync(backend.streamRead('a', 'utf8'))],
    ['null options of a stream', (backend) => Array.fromAsync(backend.streamRead('a', mistaken(null)))],
    ['null options of a glob', (backend) => backend.glob('*', mistaken(null))],
    ['a list to ignore in place of options', (backend) => backend.globFiles('*', mistaken('a'))],
    ['null as paths', (backend) => backend.checksumMany(mistaken(null))],
    ['a chunk that is none', (backend) => backend.create('new', { data: ['good', 42] as string[] })],
    ['null as data', (backend) => backend.create('a', { data: mistaken(null), overwrite: true })],
    [
      'a string as a source',
      (backend) => backend.streamWrite('a', { chunkSource: mistaken('x'), overwrite: true }),
    ],
    ['no source', (backend) => backend.streamWrite('a', mistaken(undefined))],
    ['an unknown checksum', (backend) => backend.checksum('a', { algorithm: mistaken('crc32') })],
    ['an unknown checksum of many', (backend) => backend.checksumMany([], { algorithm: mistaken('crc32') })],
    ['an unknown checksum in info', (backend) => backend.info('a', { checksum: mistaken('crc32') })],
    ['a string of paths', (backend) => backend.checksumMany('abc')],
    ['no paths', (backend) => backend.checksumMany(mistaken(undefined))],
    ['a range of a whole', (backend) => backend.read('a', { offset: 1.5 })],
    ['a length below zero', (backend) => backend.read('a', { length: -1 })],
    ['a range in words', (backend) => backend.read('a', { offset: mistaken('1') })],
    ['an empty pattern', (backend) => backend.glob('')],
    ['a pattern that is none', (backend) => backend.glob(mistaken(7))],
    ['an ignore that is no list', (backend) => backend.glob('*', { ignore: mistaken('a') })],
    [
      'a chunk size of none',
      (backend) => backend.streamWrite('a', { chunkSource: [], chunkSize: 0, overwrite: true }),
    ],
  ])('%s', async (_name, call) => {
    const backend = new MemoryFileBackend();
    await backend.create('a', { data: 'old' });
    await expect(call(backend)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      operation: expect.any(String),
    });
    expect(await backend.glob('**')).toEqual(['a']);
    expect(await backend.read('a', { binary: false })).toBe('old');
  });
});

test('what a backend does not declare is UNSUPPORTED', async () => {
  const memory = memoryDriver();
  const backend = new DriverBackend(
    layer(memory, {
      capabilities: { ...memory.capabilities, append: false, ifMatch: false, emptyDirectories: false },
    }),
  );
  await backend.create('a');
  for (const call of [
    backend.update('a', { data: 'x', append: true }),
    backend.update('a', { data: 'x', ifMatch: '1' }),
    backend.delete('a', { ifMatch: '1' }),
    backend.create('d', { isDirectory: true }),
    backend.search('word'),
  ]) {
    await expect(call).rejects.toMatchObject({ code: 'UNSUPPORTED', operation: expect.any(String) });
  }
  expect(() => new SyncDriverBackend(memory)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

test('a search gives nothing that is no path, whatever an index holds', async () => {
  const memory = memoryDriver();
  const backend = new DriverBackend(
    layer(memory, {
      capabilities: { ...memory.capabilities, search: true },
      search: async () =>
        ['../../escape', 'a.md', '.f9/lock'].map((path) => ({ path, score: 1, snippet: '' })),
    }),
  );
  expect((await backend.search('word')).map(({ path }) => path)).toEqual(['a.md']);
});

test('a search asks for something, in a path that can be, and passes on what it was given', async () => {
  const memory = memoryDriver();
  const asked: unknown[] = [];
  const backend = new DriverBackend(
    layer(memory, {
      capabilities: { ...memory.capabilities, search: true },
      search: async (query, options) => {
        asked.push([query, options]);
        return [];
      },
    }),
  );
  for (const wrong of [backend.search(''), backend.search(mistaken(7)), backend.search('x', { limit: 0 })]) {
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', operation: 'search' });
  }
  await expect(backend.search('x', { path: '../y' })).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
  const filters = { type: 'eq', key: 'tag', value: 'note' } as const;
  await backend.search('word', { limit: 3, path: '/dir/', filters });
  await backend.search('word');
  expect(asked).toEqual([
    ['word', { limit: 3, path: 'dir', filters }],
    ['word', {}],
  ]);
});
