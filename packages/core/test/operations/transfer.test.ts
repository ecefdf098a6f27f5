import { describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  backendError,
  DriverBackend,
  type DriverChanges,
  layer,
  moveByCopying,
  parentPath,
  ROOT,
} from '../../src/driver/index.ts';
import { FileInfo } from '../../src/index.ts';
import { gate, memoryDriver, minimalDriver, settle } from '../drivers.ts';

const TREE = ['src/a', 'src/deep/b', 'src/deep/er/c', 'src/d'];

async function filled(driver: BackendDriver): Promise<DriverBackend> {
  const backend = new DriverBackend(driver);
  for (const path of TREE) await backend.create(path, { data: path });
  return backend;
}

async function files(backend: DriverBackend): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of backend.list('/', { recursive: true })) {
    if (!entry.isDir) found[entry.path] = await backend.read(entry.path, { binary: false });
  }
  return found;
}

/** A driver whose directories are only what the paths of files imply, like an object store's. */
function flatDriver(): BackendDriver {
  const driver = minimalDriver();
  return layer(driver, {
    capabilities: { ...driver.capabilities, emptyDirectories: false },
    makeDirectory: async () => {
      throw backendError('UNSUPPORTED', 'There are no directories');
    },
    remove: async (path, options) => {
      await driver.remove(path, options);
      for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
        try {
          await driver.remove(parent, options);
        } catch {
          return;
        }
      }
    },
  });
}

describe.each(['copy', 'move'] as const)('%s', (operation) => {
  test('a directory lands whole, its empty directories too', async () => {
    const backend = await filled(minimalDriver());
    await backend.create('src/empty', { isDirectory: true });
    const made = await backend[operation]('src', 'to/there');
    expect(made).toMatchObject({ path: 'to/there', isDir: true });
    expect((await backend.info('to/there/empty')).isDir).toBe(true);
    const landed = Object.fromEntries(TREE.map((path) => [path.replace('src', 'to/there'), path]));
    const stayed = operation === 'copy' ? Object.fromEntries(TREE.map((path) => [path, path])) : {};
    expect(await files(backend)).toEqual({ ...landed, ...stayed });
    expect(await backend.exists('src')).toBe(operation === 'copy');
  });

  test('what is missing is NOT_FOUND, whatever is at the target', async () => {
    const backend = await filled(minimalDriver());
    await expect(backend[operation]('gone', 'src/a')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: 'gone',
      operation,
    });
  });

  test('a directory does not go onto something, unless it may be merged with a directory', async () => {
    const backend = await filled(minimalDriver());
    await backend.create('to/a', { data: 'old' });
    await backend.create('to/kept', { data: 'kept' });
    await backend.create('file', { data: 'file' });
    await expect(backend[operation]('src', 'to')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(backend[operation]('src', 'file')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(backend[operation]('src', 'file', { overwrite: true })).rejects.toMatchObject({
      code: 'NOT_DIRECTORY',
    });
    await expect(backend[operation]('src', 'to', { overwrite: true, ifMatch: '1' })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    await backend[operation]('src', 'to', { overwrite: true });
    expect(await files(backend)).toMatchObject({
      'to/a': 'src/a',
      'to/kept': 'kept',
      'to/deep/b': 'src/deep/b',
    });
  });

  test('nothing goes into itself, the root goes nowhere, and nothing becomes the root', async () => {
    const backend = await filled(minimalDriver());
    for (const to of ['src', 'src/', 'src/deep/x', 'src/../src/y']) {
      await expect(backend[operation]('src', to)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await expect(backend[operation]('/', 'x')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    await expect(backend[operation]('src', '/')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    expect(Object.keys(await files(backend)).toSorted()).toEqual(TREE.toSorted());
    await backend[operation]('src', 'src2');
  });

  test('where a store keeps no directories of their own, none is made', async () => {
    const backend = await filled(flatDriver());
    expect(await backend[operation]('src', 'to')).toMatchObject({ path: 'to', isDir: true });
    expect(Object.keys(await files(backend))).toEqual(
      expect.arrayContaining(TREE.map((path) => path.replace('src', 'to'))),
    );
    await expect(backend[operation]('to', 'to/a')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await backend.create('other/x');
    await expect(backend[operation]('to', 'other')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(backend[operation]('to', 'other/x', { overwrite: true })).rejects.toMatchObject({
      code: 'NOT_DIRECTORY',
    });
    expect((await backend[operation]('to', 'other', { overwrite: true })).path).toBe('other');
  });

  test('interrupted at any file it can be run again, and nothing is ever at neither place', async () => {
    for (let failAt = 1; failAt <= TREE.length; failAt++) {
      let writes = 0;
      const driver = minimalDriver();
      const backend = await filled(driver);
      const failing = new DriverBackend(
        layer(driver, {
          write: async (path, source, options) => {
            if (++writes === failAt) throw backendError('NO_SPACE', 'The disk is full');
            return await driver.write(path, source, options);
          },
        }),
      );
      await expect(failing[operation]('src', 'to')).rejects.toMatchObject({ code: 'NO_SPACE', operation });
      const between = Object.values(await files(backend));
      expect(new Set(between)).toEqual(new Set(TREE));
      await backend[operation]('src', 'to', { overwrite: true });
      expect(await files(backend)).toMatchObject(
        Object.fromEntries(TREE.map((path) => [path.replace('src', 'to'), path])),
      );
    }
  });

  test('at most eight files are in work at the same time', async () => {
    let running = 0;
    let most = 0;
    const driver = minimalDriver();
    const backend = new DriverBackend(driver);
    for (let n = 0; n < 30; n++) await backend.create(`src/${n}`);
    const counted = new DriverBackend(
      layer(driver, {
        write: async (path, source, options) => {
          most = Math.max(most, ++running);
          await settle();
          running--;
          return await driver.write(path, source, options);
        },
      }),
    );
    await counted[operation]('src', 'to');
    expect(most).toBe(8);
  });

  test('an abort between two files ends it with its reason', async () => {
    const driver = minimalDriver();
    const backend = new DriverBackend(driver);
    const names = Array.from({ length: 30 }, (_, n) => `file ${n}`);
    for (const name of names) await backend.create(`src/${name}`, { data: name });
    const controller = new AbortController();
    const reason = new Error('no more');
    const aborting = new DriverBackend(
      layer(driver, {
        write: async (path, source, options) => {
          const written = await driver.write(path, source, options);
          controller.abort(reason);
          return written;
        },
      }),
    );
    await expect(aborting[operation]('src', 'to', { signal: controller.signal })).rejects.toBe(reason);
    expect(new Set(Object.values(await files(backend)))).toEqual(new Set(names));
    expect(await backend.exists('to/file 29')).toBe(false);
  });
});

test('a file that changed while it was moved by copying stays, with its change', async () => {
  const driver = minimalDriver();
  const backend = await filled(driver);
  const busy = new DriverBackend(
    layer(driver, {
      write: async (path, source, options) => {
        const written = await driver.write(path, source, options);
        if (path === 'moved') await backend.update('src/a', { data: 'changed' });
        return written;
      },
    }),
  );
  await expect(busy.move('src/a', 'moved')).rejects.toMatchObject({
    code: 'BUSY',
    retryable: true,
    path: 'src/a',
  });
  expect(await backend.read('src/a', { binary: false })).toBe('changed');
});

test('a driver can fall back to moving by copying', async () => {
  const driver = memoryDriver();
  const backend = await filled(
    layer(driver, {
      move: (from, to, options) =>
        from.startsWith('src/deep')
          ? moveByCopying(driver, from, to, options)
          : driver.move!(from, to, options),
    }),
  );
  await backend.move('src', 'to');
  expect(Object.keys(await files(backend))).toEqual(TREE.map((path) => path.replace('src', 'to')).toSorted());
});

test('a directory that gains a file while it moves is kept for it, and says so', async () => {
  const driver = minimalDriver();
  const backend = await filled(driver);
  const racing = new DriverBackend(
    layer(driver, {
      remove: async (path, options) => {
        if (path === 'src/a') await backend.create('src/deep/late', { data: 'late' });
        await driver.remove(path, options);
      },
    }),
  );
  await expect(racing.move('src', 'to')).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' });
  expect(await backend.read('src/deep/late', { binary: false })).toBe('late');
});

test('a symlink is moved itself, wherever it leads', async () => {
  const moved: string[] = [];
  const memory = memoryDriver();
  const link = new FileInfo({ path: 'link', fileType: 'symlink' });
  const changes: DriverChanges = {
    capabilities: { ...memory.capabilities, symlinks: true },
    list: async function* () {
      yield [link];
    },
    move: async (from, to) => {
      moved.push(`${from} ${to}`);
      return new FileInfo({ path: to, fileType: 'symlink' });
    },
  };
  const toDirectory = new DriverBackend(
    layer(memory, { ...changes, stat: async (path) => new FileInfo({ path, fileType: 'directory' }) }),
  );
  const toOutside = new DriverBackend(
    layer(memory, {
      ...changes,
      stat: async () => {
        throw backendError('PATH_OUTSIDE_ROOT', 'It leads out');
      },
    }),
  );
  await toDirectory.move('link', 'a');
  await toOutside.move('link', 'b');
  expect(moved).toEqual(['link a', 'link b']);
});

describe('appending where a driver cannot', () => {
  test('keeps the old bytes when the source fails', async () => {
    const backend = await filled(minimalDriver());
    const own = new Error('mine');
    const failing = async function* (): AsyncGenerator<string> {
      yield 'more';
      throw own;
    };
    await expect(backend.update('src/a', { data: failing(), append: true })).rejects.toBe(own);
    expect(await backend.read('src/a', { binary: false })).toBe('src/a');
  });

  test('is BUSY where somebody else wrote in between, and PRECONDITION_FAILED for a condition of the caller’s', async () => {
    const backend = await filled(minimalDriver());
    for (const code of ['BUSY', 'PRECONDITION_FAILED']) {
      const { etag } = await backend.info('src/a');
      const options = code === 'BUSY' ? {} : { ifMatch: etag! };
      const reading = gate();
      const data = (async function* () {
        await reading.opened;
        yield '+';
      })();
      const append = backend.update('src/a', { data, append: true, ...options });
      await settle();
      await backend.update('src/a', { data: 'theirs' });
      reading.open();
      await expect(append).rejects.toMatchObject({ code, path: 'src/a' });
    }
    expect(await backend.read('src/a', { binary: false })).toBe('theirs');
  });

  test('says what is missing, or a directory', async () => {
    const backend = await filled(minimalDriver());
    await expect(backend.update('gone', { data: 'x', append: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      path: 'gone',
    });
    await expect(backend.update('src', { data: 'x', append: true })).rejects.toMatchObject({
      code: 'IS_DIRECTORY',
      path: 'src',
    });
    expect(await backend.exists('gone')).toBe(false);
  });

  test('an abort while another append holds the file ends the wait', async () => {
    const backend = await filled(minimalDriver());
    const reading = gate();
    const slow = (async function* () {
      await reading.opened;
      yield '1';
    })();
    const first = backend.update('src/a', { data: slow, append: true });
    const controller = new AbortController();
    const reason = new Error('no more');
    const second = backend.update('src/a', { data: '2', append: true, signal: controller.signal });
    await settle();
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    reading.open();
    await first;
    expect(await backend.read('src/a', { binary: false })).toBe('src/a1');
  });
});
