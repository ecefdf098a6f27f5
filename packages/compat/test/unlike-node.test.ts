import nodePromises, { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { type Capabilities, FileInfo, MemoryFileBackend } from '@f9/core';
import { backendError, DriverBackend, type DriverChanges, layer } from '@f9/core/driver';
import { LocalFileBackend } from '@f9/local';
import { afterEach, describe, expect, test } from 'vitest';
import { createFs, VaultFileHandle, type VaultFs } from '../src/index.ts';

// What the README says is not exact.

/** A vault in memory that does some things in another way. */
function changed(changes: DriverChanges, capabilities: Partial<Capabilities> = {}): DriverBackend {
  const { driver } = new MemoryFileBackend();
  return new DriverBackend(
    layer(driver, { ...changes, capabilities: { ...driver.capabilities, ...capabilities } }),
  );
}

describe('writing is all or nothing', () => {
  test('a file is the old one until its handle is synced or closed', async () => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', 'old');
    const handle = await fs.open('/a', 'w');
    await handle.write('new');
    expect(await fs.readFile('/a', 'utf8')).toBe('old');
    await handle.sync();
    expect(await fs.readFile('/a', 'utf8')).toBe('new');
    await handle.write('er');
    await handle.close();
    await handle.close();
    expect(await fs.readFile('/a', 'utf8')).toBe('newer');
  });

  test('a sync that fails leaves the old file, and can be tried again', async () => {
    let isFull = true;
    const { driver } = new MemoryFileBackend();
    const backend = new DriverBackend(
      layer(driver, {
        write: async (path, data, options) => {
          if (isFull) throw backendError('NO_SPACE', 'The disk is full');
          return await driver.write(path, data, options);
        },
      }),
    );
    const fs = createFs(backend);
    await driver.write('a' as never, Buffer.from('old'), { ifExists: 'fail', ifMissing: 'create' });
    await using handle = await fs.open('/a', 'r+');
    await handle.writeFile('NEW');
    await expect(handle.sync()).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'fsync', path: '/a' });
    expect(await fs.readFile('/a', 'utf8')).toBe('old');
    isFull = false;
    await handle.sync();
    expect(await fs.readFile('/a', 'utf8')).toBe('NEW');
  });

  test('a write over the start whose source fails changes nothing', async () => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', 'old');
    const own = new Error('mine');
    async function* failing(): AsyncGenerator<string> {
      yield 'N';
      throw own;
    }
    await expect(fs.writeFile('/a', failing(), { flag: 'r+' })).rejects.toBe(own);
    expect(await fs.readFile('/a', 'utf8')).toBe('old');
  });

  test('what a handle gave does not change with what is written to it', async () => {
    const fs = createFs(new MemoryFileBackend());
    await using handle = await fs.open('/a', 'w+');
    await handle.write('one', 0);
    const given = await handle.readFile();
    await handle.write('two', 0);
    expect(String(given)).toBe('one');
  });

  test('many small writes to a handle cost no more than one large one', async () => {
    const fs = createFs(new MemoryFileBackend());
    await using handle = await fs.open('/a', 'w');
    for (let i = 0; i < 20_000; i++) await handle.write(Buffer.alloc(64, i));
    expect((await handle.stat()).size).toBe(20_000 * 64);
  });

  test('a handle that reads sees what is at its path now', async () => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', 'old');
    await using handle = await fs.open('/a');
    await fs.writeFile('/a', 'new');
    expect(await handle.readFile('utf8')).toBe('new');
    const stream = handle.createReadStream({ start: 1, highWaterMark: 1, autoClose: false });
    expect(await stream.take(2).toArray()).toEqual([Buffer.from('e'), Buffer.from('w')]);
    await using other = await fs.open('/a');
    await fs.unlink('/a');
    await expect(other.createReadStream().toArray()).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'read',
    });
  });
});

describe('what a backend does not know', () => {
  const unknowing = changed({
    stat: async (path) => new FileInfo({ path, fileType: path === 'd' ? 'directory' : 'file' }),
  });

  test('is 0, the epoch, and the usual permissions', async () => {
    const stats = await createFs(unknowing).stat('/a');
    expect(stats).toMatchObject({
      ino: 0,
      uid: 0,
      size: 0,
      blocks: 0,
      mtimeMs: 0,
      mtime: new Date(0),
      mode: 0o100_644,
    });
    expect((await createFs(unknowing).stat('/d')).mode).toBe(0o040_755);
  });

  test('is told where the backend does', async () => {
    const times = { createdAt: new Date(1), modifiedAt: new Date(2), accessedAt: new Date(3) };
    const knowing = changed({
      stat: async (path) =>
        new FileInfo({
          path,
          fileType: 'other',
          size: 513,
          permissions: 0o600,
          ownerUid: 4,
          ownerGid: 5,
          ...times,
        }),
    });
    const stats = await createFs(knowing).stat('/a');
    expect(stats).toMatchObject({
      mode: 0o600,
      uid: 4,
      gid: 5,
      blocks: 2,
      birthtimeMs: 1,
      mtimeMs: 2,
      ctimeMs: 2,
      atimeMs: 3,
    });
    expect([stats.isFile(), stats.isSocket(), stats.isBlockDevice(), stats.isCharacterDevice()]).toEqual(
      Array(4).fill(false),
    );
  });

  test('in bigint is ENOTSUP', async () => {
    const fs = createFs(unknowing);
    const options = JSON.parse('{"bigint":true}') as object;
    for (const ask of [fs.stat, fs.lstat]) {
      await expect(ask('/a', options)).rejects.toMatchObject({ code: 'ENOTSUP' });
    }
  });

  test('modes are not kept, and access goes by those that stat shows', async () => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', 'x', { mode: 0o755, flush: true });
    await fs.mkdir('/d', 0o700);
    expect((await fs.stat('/a')).mode).toBe(0o100_644);
    await fs.access('/a', fs.constants.R_OK);
    await expect(fs.access('/a', fs.constants.X_OK)).rejects.toMatchObject({ code: 'EACCES' });
  });
});

test('below a file is ENOENT, where a disk says ENOTDIR', async () => {
  const fs = createFs(new MemoryFileBackend());
  await fs.writeFile('/a', '');
  await expect(fs.stat('/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a path out of the vault is EACCES', async () => {
  const fs = createFs(new MemoryFileBackend());
  for (const failing of [
    fs.stat('/..'),
    fs.writeFile('../a', ''),
    fs.rename('/a', '/../b'),
    fs.readdir('/a/../..'),
  ]) {
    await expect(failing).rejects.toMatchObject({ code: 'EACCES' });
  }
});

test('the root is a directory like others, which stays', async () => {
  const fs = createFs(new MemoryFileBackend());
  expect((await fs.stat('/')).isDirectory()).toBe(true);
  expect((await fs.lstat('/')).isDirectory()).toBe(true);
  expect([await fs.readdir('/'), await fs.readdir('.'), await fs.realpath('/')]).toEqual([[], [], '/']);
  expect(await fs.mkdir('/', { recursive: true })).toBeUndefined();
  await expect(fs.mkdir('/')).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(fs.readFile('/')).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(fs.rm('/', { recursive: true })).rejects.toMatchObject({ code: 'EINVAL' });
  await fs.writeFile('/a.txt', '');
  const [entry] = await fs.readdir('/', { withFileTypes: true });
  expect([entry?.parentPath, entry?.name]).toEqual(['/', 'a.txt']);
});

test('what a backend has no operation for is ENOTSUP', async () => {
  const fs = createFs(new MemoryFileBackend());
  await fs.writeFile('/a', '');
  for (const failing of [
    fs.symlink('/a', '/b'),
    fs.link('/a', '/b'),
    fs.chmod('/a', 0o600),
    fs.chown('/a', 1, 1),
    fs.utimes('/a', 0, 0),
    pipeline(['x'], fs.createWriteStream('/a', { flags: 'r+' })),
  ]) {
    await expect(failing).rejects.toMatchObject({ code: 'ENOTSUP' });
  }
});

describe('where directories are not kept', () => {
  const open = (): DriverBackend => changed({}, { emptyDirectories: false });

  test('those that are made are remembered by the process, and files need none', async () => {
    const vault = open();
    const fs = createFs(vault);
    await fs.mkdir('/d');
    expect(await fs.mkdir('/d/e/f', { recursive: true })).toBe('/d/e');
    expect((await fs.stat('/d/e/f')).isDirectory()).toBe(true);
    expect(await fs.readdir('/', { recursive: true })).toEqual(['d', 'd/e', 'd/e/f']);
    await expect(fs.mkdir('/d')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(fs.rmdir('/d')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await fs.rmdir('/d/e/f');
    await fs.writeFile('/d/e/a', 'x');
    await fs.writeFile('/other/b', 'x');
    expect(await fs.readdir('/d')).toEqual(['e']);
    const directory = await fs.mkdtemp('/tmp-');
    await fs.rename('/d/e/a', `${directory}/a`);
    expect(await fs.readdir(directory)).toEqual(['a']);
    expect((await vault.globFiles('**')).length).toBe(2);
  });

  test('those of a session and of a context appear with their first file', async () => {
    await open().syncSession(async (session) => {
      const fs = createFs(session);
      await fs.mkdir('/d', { recursive: true });
      await expect(fs.stat('/d')).rejects.toMatchObject({ code: 'ENOENT' });
      await fs.writeFile('/d/a', 'x');
      expect(await fs.readdir('/d')).toEqual(['a']);
    });
  });

  test('a directory is copied file by file', async () => {
    const fs = createFs(open());
    await fs.writeFile('/d/e/a', 'x');
    await fs.cp('/d', '/copy', { recursive: true });
    expect(await fs.readdir('/', { recursive: true })).toEqual([
      'copy',
      'copy/e',
      'copy/e/a',
      'd',
      'd/e',
      'd/e/a',
    ]);
  });
});

test('where nothing can be appended, it is ENOTSUP and changes nothing', async () => {
  const fs = createFs(changed({ append: undefined }, { append: false }));
  await expect(fs.appendFile('/a', 'x')).rejects.toMatchObject({ code: 'ENOTSUP' });
  expect(await fs.readdir('/')).toEqual([]);
});

describe('symlinks, where a vault has them', () => {
  let root: string;

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function open(): Promise<LocalFileBackend> {
    root = await mkdtemp(join(tmpdir(), 'f9-links-'));
    const backend = new LocalFileBackend({ root });
    await backend.create('d/file', { data: 'content' });
    await symlink('d/file', join(root, 'to-file'));
    await symlink('d', join(root, 'to-directory'));
    return backend;
  }

  test('are followed, listed, and told by lstat', async () => {
    await using backend = await open();
    const fs = createFs(backend);
    expect(await fs.readFile('/to-file', 'utf8')).toBe('content');
    expect((await fs.stat('/to-file')).isFile()).toBe(true);
    expect((await fs.lstat('/to-file')).isSymbolicLink()).toBe(true);
    expect((await fs.lstat('/d/file')).isFile()).toBe(true);
    await expect(fs.lstat('/none')).rejects.toMatchObject({ code: 'ENOENT' });
    const entries = await fs.readdir('/', { withFileTypes: true });
    expect(entries.map((entry) => [entry.name, entry.isSymbolicLink()])).toEqual([
      ['d', false],
      ['to-directory', true],
      ['to-file', true],
    ]);
  });

  test('are removed and renamed themselves', async () => {
    await using backend = await open();
    const fs = createFs(backend);
    await fs.rename('/to-file', '/renamed');
    expect((await fs.lstat('/renamed')).isSymbolicLink()).toBe(true);
    await fs.unlink('/renamed');
    await fs.rm('/to-directory');
    expect(await fs.readdir('/', { recursive: true })).toEqual(['d', 'd/file']);
  });

  test('cannot be read or made, and stay in a real path', async () => {
    await using backend = await open();
    const fs = createFs(backend);
    await expect(fs.readlink('/to-file')).rejects.toMatchObject({ code: 'ENOTSUP' });
    await expect(fs.symlink('d', '/new')).rejects.toMatchObject({ code: 'ENOTSUP' });
    expect(await fs.realpath('/to-directory/../to-file')).toBe('/to-file');
  });
});

test('on Windows the drive of a path says nothing', async () => {
  const fs = createFs(new MemoryFileBackend());
  await fs.writeFile('/a', 'x');
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
  Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  try {
    expect(await fs.readFile('C:\\a', 'utf8')).toBe('x');
    expect(await fs.createReadStream('c:/a', 'utf8').toArray()).toEqual(['x']);
    await fs.writeFile('C:name', 'a file of this name');
    expect(await fs.readdir('D:\\')).toEqual(['C:name', 'a']);
  } finally {
    Object.defineProperty(process, 'platform', platform);
  }
});

describe('an option that no vault can follow is refused, never dropped', () => {
  const asked: Record<string, (fs: VaultFs) => Promise<unknown>> = {
    'stat, bigint': (fs) => fs.stat('/a', { bigint: true } as never),
    'lstat, bigint': (fs) => fs.lstat('/a', { bigint: true } as never),
    'stat of a handle, bigint': async (fs) => {
      await using handle = await fs.open('/a');
      await handle.stat({ bigint: true } as never);
    },
    'createReadStream, flags that change the file': (fs) =>
      fs.createReadStream('/a', { flags: 'w+' }).toArray(),
    'createReadStream, fd': (fs) => fs.createReadStream('/a', { fd: 3 } as never).toArray(),
    'createReadStream, fs': (fs) => fs.createReadStream('/a', { fs: {} } as never).toArray(),
    'createWriteStream, start': (fs) => pipeline(['x'], fs.createWriteStream('/a', { start: 1 } as never)),
    'createWriteStream, fd': (fs) => pipeline(['x'], fs.createWriteStream('/a', { fd: 3 } as never)),
    'createWriteStream, flags in the middle': (fs) =>
      pipeline(['x'], fs.createWriteStream('/a', { flags: 'r+' })),
    'cp, preserveTimestamps': (fs) => fs.cp('/a', '/b', { preserveTimestamps: true }),
    'cp, verbatimSymlinks': (fs) => fs.cp('/a', '/b', { verbatimSymlinks: true }),
    'copyFile that must share blocks': (fs) => fs.copyFile('/a', '/b', fs.constants.COPYFILE_FICLONE_FORCE),
    'rmdir, recursive': (fs) => fs.rmdir('/d', { recursive: true }),
    'readdir with types, encoding': (fs) => fs.readdir('/d', { withFileTypes: true, encoding: 'hex' }),
  };

  test.each(Object.entries(asked))('%s', async (_, ask) => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', 'kept');
    await fs.mkdir('/d');
    await expect(ask(fs)).rejects.toMatchObject({ code: 'ENOTSUP' });
    expect((await fs.readdir('/')).sort()).toEqual(['a', 'd']);
    expect(await fs.readFile('/a', 'utf8')).toBe('kept');
  });
});

describe('watch', () => {
  async function events(recursive: boolean): Promise<unknown[]> {
    const vault = new MemoryFileBackend();
    const fs = createFs(vault);
    await fs.mkdir('/d/sub', { recursive: true });
    await fs.writeFile('/d/old', 'x');
    const controller = new AbortController();
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const { eventType, filename } of fs.watch('/d', { recursive, signal: controller.signal })) {
        seen.push([eventType, filename]);
      }
    })();
    const ended = expect(watching).rejects.toMatchObject({ name: 'AbortError' });
    // The first look is taken before anything changes.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await fs.writeFile('/d/new', 'x');
    await fs.writeFile('/d/sub/deep', 'x');
    await fs.unlink('/d/old');
    await fs.writeFile('/other', 'x');
    while (seen.length < (recursive ? 3 : 2)) await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    await ended;
    return seen.sort();
  }

  test('tells what is written and removed in a directory', async () => {
    expect(await events(false)).toEqual([
      ['change', 'new'],
      ['rename', 'old'],
    ]);
  });

  test('tells it at any depth where it is asked to', async () => {
    expect(await events(true)).toEqual([
      ['change', 'new'],
      ['change', 'sub/deep'],
      ['rename', 'old'],
    ]);
  });

  test('of nothing is ENOENT', async () => {
    const fs = createFs(new MemoryFileBackend());
    await expect(Array.fromAsync(fs.watch('/none'))).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'watch',
    });
  });
});

test('a mode is the permissions of a new file, narrowed by the umask, and changes no file that is there', async () => {
  const asked: Record<string, number | undefined> = {};
  const { driver } = new MemoryFileBackend();
  const backend = new DriverBackend(
    layer(driver, {
      write: async (path, data, options) => {
        asked[path] = options.permissions;
        return await driver.write(path, data, options);
      },
    }),
  );
  const fs = createFs(backend);
  const bits = 0o770 & ~process.umask();
  await fs.writeFile('/written', 'x', { mode: 0o770 });
  await fs.appendFile('/added', 'x', { mode: '770' });
  await (await fs.open('/opened', 'w', 0o770)).close();
  await pipeline(['x'], fs.createWriteStream('/streamed', { mode: 0o770 }));
  await fs.writeFile('/plain', 'x');
  expect(asked).toEqual({ written: bits, added: bits, opened: bits, streamed: bits, plain: undefined });
  await fs.writeFile('/written', 'y', { mode: 0o777 });
  expect(asked.written).toBeUndefined();
  await expect(fs.writeFile('/a', 'x', { mode: 'rwx' })).rejects.toMatchObject({
    code: 'ERR_INVALID_ARG_VALUE',
  });
});

describe('what somebody else wrote while a handle was open', () => {
  test('is not replaced by a handle that read the file before: its close is EBUSY', async () => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', 'old');
    const handle = await fs.open('/a', 'r+');
    await handle.write('X', 0);
    await fs.writeFile('/a', 'precious');
    await expect(handle.close()).rejects.toMatchObject({ code: 'EBUSY', syscall: 'close', path: '/a' });
    expect(await fs.readFile('/a', 'utf8')).toBe('precious');
  });

  test('is not replaced by the second sync of a handle either', async () => {
    const fs = createFs(new MemoryFileBackend());
    const handle = await fs.open('/a', 'w');
    await handle.write('one');
    await handle.sync();
    await handle.write('two');
    await handle.sync();
    await fs.writeFile('/a', 'precious');
    await handle.write('three');
    await expect(handle.close()).rejects.toMatchObject({ code: 'EBUSY' });
    expect(await fs.readFile('/a', 'utf8')).toBe('precious');
  });
});

describe('every function of fs/promises and every method of a FileHandle', () => {
  // What the README says is not there.
  const MISSING = ['opendir', 'glob', 'statfs'];
  const MISSING_OF_HANDLES = ['constructor', 'getAsyncId', 'fd'];

  test('is there, or named among what is not', async () => {
    const fs = createFs(new MemoryFileBackend());
    expect(
      Object.keys(nodePromises)
        .filter((name) => !(name in fs.promises))
        .sort(),
    ).toEqual(MISSING.sort());
  });

  test('of a handle too', async () => {
    const fs = createFs(new MemoryFileBackend());
    await fs.writeFile('/a', '');
    await using ours = await fs.open('/a');
    await using theirs = await nodePromises.open(import.meta.filename);
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(theirs));
    expect(methods.filter((name) => !Object.hasOwn(VaultFileHandle.prototype, name)).sort()).toEqual(
      MISSING_OF_HANDLES.filter((name) => name !== 'constructor').sort(),
    );
    expect(ours).toBeInstanceOf(VaultFileHandle);
  });
});

test('an abort ends what is under way, and its reason is the cause', async () => {
  const fs = createFs(new MemoryFileBackend());
  await fs.writeFile('/a', 'x'.repeat(1000));
  const own = new Error('enough');
  const signal = AbortSignal.abort(own);
  const error = { name: 'AbortError', code: 'ABORT_ERR', cause: own };
  await expect(fs.readFile('/a', { signal })).rejects.toMatchObject(error);
  await expect(fs.writeFile('/a', 'y', { signal })).rejects.toMatchObject(error);
  await expect(fs.createReadStream('/a', { signal }).toArray()).rejects.toMatchObject({ name: 'AbortError' });
  await expect(pipeline(['y'], fs.createWriteStream('/a', { signal }))).rejects.toMatchObject({
    name: 'AbortError',
    cause: own,
  });
  expect((await fs.readFile('/a')).length).toBe(1000);
});

test('a chunk that is none leaves the file as it was', async () => {
  const fs = createFs(new MemoryFileBackend());
  await fs.writeFile('/a', 'old');
  await expect(fs.writeFile('/a', ['new', 5] as never)).rejects.toMatchObject({
    code: 'ERR_INVALID_ARG_TYPE',
  });
  expect(await fs.readFile('/a', 'utf8')).toBe('old');
});

test.each([undefined, null, {}, 'notes'])('an fs is made of a backend, not of %j', (none) => {
  expect(() => createFs(none as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

test('appending to a new file at the same time loses nothing', async () => {
  const fs = createFs(new MemoryFileBackend());
  await Promise.all(Array.from({ length: 20 }, (_, i) => fs.appendFile('/log', `${i}\n`)));
  const lines = (await fs.readFile('/log', 'utf8')).trim().split('\n').map(Number);
  expect(lines.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('an fs shows nothing of its vault', async () => {
  const backend = new MemoryFileBackend();
  await backend.create('s3cr3t');
  const fs = createFs(backend);
  await using handle = await fs.open('/s3cr3t');
  for (const shown of [fs, handle]) {
    expect(`${inspect(shown, { depth: null, showHidden: true })}${JSON.stringify(shown)}`).not.toContain(
      's3cr3t',
    );
  }
});
