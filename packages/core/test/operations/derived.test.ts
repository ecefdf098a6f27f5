import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BackendDriver,
  backendError,
  DriverBackend,
  type DriverChanges,
  layer,
  normalizePath,
} from '../../src/driver/index.ts';
import { FileInfo, MemoryFileBackend } from '../../src/index.ts';
import { memoryDriver, minimalDriver, settle } from '../drivers.ts';

const TREE = ['a.md', 'docs/b.md', 'docs/deep/c.md', 'docs/deep/d.txt', 'e.txt'];

async function filled(driver: BackendDriver): Promise<DriverBackend> {
  const backend = new DriverBackend(driver);
  for (const path of TREE) await backend.create(path, { data: path });
  return backend;
}

async function paths(backend: DriverBackend): Promise<string[]> {
  return (await Array.fromAsync(backend.list('/', { recursive: true }))).map(({ path }) => path);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('what is read is a plain Uint8Array, whatever a driver gives: a Buffer is sliced and printed otherwise', async () => {
  const { driver } = new MemoryFileBackend();
  const buffers = {
    read: async function* (path, options) {
      for await (const block of driver.read(path, options)) yield Buffer.from(block);
    },
  } satisfies DriverChanges;
  for (const given of [
    layer(driver, { ...buffers, readFile: undefined }),
    layer(driver, {
      ...buffers,
      readFile: async (...asked) => Buffer.from(await driver.readFile!(...asked)),
    }),
  ]) {
    const backend = new DriverBackend(given);
    await backend.create('a', { data: 'bytes', overwrite: true });
    const seen = [await backend.read('a'), await backend.read('a', { offset: 1, length: 2 })];
    seen.push(...(await Array.fromAsync(backend.streamRead('a', { chunkSize: 2 }))));
    await backend.edit('a', (bytes) => void seen.push(bytes));
    expect(seen.map((bytes) => [bytes.constructor, Buffer.from(bytes).toString()])).toEqual(
      ['bytes', 'yt', 'by', 'te', 's', 'bytes'].map((text) => [Uint8Array, text]),
    );
  }
});

describe('a driver with only the six methods it must have', () => {
  let backend: DriverBackend;
  beforeEach(async () => {
    backend = await filled(minimalDriver());
  });

  test('reads whole files and ranges from its blocks', async () => {
    expect(await backend.read('docs/b.md', { binary: false })).toBe('docs/b.md');
    expect(Buffer.from(await backend.read('docs/b.md', { offset: 5, length: 2 })).toString()).toBe('b.');
  });

  test('appends, all of many at once', async () => {
    await backend.create('log');
    const lines = Array.from({ length: 50 }, (_, n) => `line ${n}\n`);
    await Promise.all(lines.map((data) => backend.update('log', { data, append: true })));
    expect((await backend.read('log', { binary: false })).split('\n').toSorted()).toEqual(
      lines
        .map((line) => line.trimEnd())
        .concat('')
        .toSorted(),
    );
  });

  test('copies and moves files and directories', async () => {
    await backend.copy('docs', 'copy');
    await backend.move('copy/deep', 'moved');
    await backend.move('a.md', 'renamed.md');
    expect(await paths(backend)).toEqual([
      'copy',
      'copy/b.md',
      'docs',
      'docs/b.md',
      'docs/deep',
      'docs/deep/c.md',
      'docs/deep/d.txt',
      'e.txt',
      'moved',
      'moved/c.md',
      'moved/d.txt',
      'renamed.md',
    ]);
    expect(await backend.read('moved/c.md', { binary: false })).toBe('docs/deep/c.md');
  });

  test('removes a tree, children before their directories', async () => {
    await expect(backend.delete('docs')).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' });
    await backend.delete('docs', { recursive: true });
    expect(await paths(backend)).toEqual(['a.md', 'e.txt']);
  });

  test('sums one file and many, what is no file left out', async () => {
    expect(await backend.checksum('a.md')).toBe(sha256('a.md'));
    const sums = await backend.checksumMany(['/a.md', 'a.md', './e.txt', 'docs', '/', 'gone', 'a.md/below']);
    expect([...sums]).toEqual([
      ['/a.md', sha256('a.md')],
      ['a.md', sha256('a.md')],
      ['./e.txt', sha256('e.txt')],
    ]);
  });

  test('finds files and directories by pattern', async () => {
    expect(await backend.glob('**/*.md')).toEqual(['a.md', 'docs/b.md', 'docs/deep/c.md']);
    expect(await backend.glob('docs/*', { includeDirs: true })).toEqual(['docs/b.md', 'docs/deep']);
    expect(await backend.globDirs('**')).toEqual(['docs', 'docs/deep']);
    expect(await backend.globFiles('**', { ignore: ['docs/**'] })).toEqual(['a.md', 'e.txt']);
    expect(await backend.glob('nowhere/**')).toEqual([]);
    expect(await backend.glob('a.md/*')).toEqual([]);
  });

  test('holds sessions one after another', async () => {
    await backend.syncSession(async (session) => {
      await session.create('in-session');
      await session.commit();
    });
    expect(await backend.exists('in-session')).toBe(true);
  });

  test('detects encodings and sums along with info', async () => {
    const info = await backend.info('a.md', { checksum: 'md5', detectEncoding: true });
    expect(info).toMatchObject({
      encoding: 'utf-8',
      checksum: createHash('md5').update('a.md').digest('hex'),
    });
    const directory = await backend.info('docs', { checksum: 'md5', detectEncoding: true });
    expect(directory).toMatchObject({ encoding: undefined, checksum: undefined });
  });
});

describe('a driver that does better', () => {
  const asked: string[] = [];
  const better: DriverChanges = {
    checksum: async (path, algorithm) => {
      asked.push(`checksum ${algorithm} ${path}`);
      return 'sum';
    },
    checksumMany: async (all, algorithm, { concurrency }) => {
      asked.push(`checksumMany ${algorithm} ${all.join(' ')} ${concurrency}`);
      return new Map(all.map((path) => [path, 'sum']));
    },
    glob: async (pattern, { files, directories }) => {
      asked.push(`glob ${pattern.source} ${files} ${directories}`);
      return ['b', 'a'].map(normalizePath);
    },
    removeTree: async (path) => void asked.push(`removeTree ${path}`),
    copy: async (from, to) => {
      asked.push(`copy ${from} ${to}`);
      return new FileInfo({ path: to, fileType: 'file' });
    },
  };

  test('is asked instead, once for many where it can be', async () => {
    const backend = await filled(memoryDriver(better));
    expect(await backend.checksum('a.md', { algorithm: 'md5' })).toBe('sum');
    expect((await backend.info('a.md', { checksum: 'sha512' })).checksum).toBe('sum');
    await backend.checksumMany(['e.txt', 'a.md', '/a.md'], { concurrency: 3 });
    expect(await backend.glob('*.md', { includeDirs: true })).toEqual(['a', 'b']);
    await backend.delete('docs', { recursive: true });
    await backend.copy('a.md', 'z.md');
    expect(asked).toEqual([
      'checksum md5 a.md',
      'checksum sha512 a.md',
      'checksumMany sha256 e.txt a.md 3',
      'glob *.md true true',
      'removeTree docs',
      'copy a.md z.md',
    ]);
  });
});

test('of many checksums no more are computed at a time than asked for', async () => {
  let running = 0;
  let most = 0;
  const driver = minimalDriver();
  const backend = await filled(
    layer(driver, {
      checksum: async (path) => {
        most = Math.max(most, ++running);
        await settle();
        running--;
        return path;
      },
    }),
  );
  await backend.checksumMany(TREE, { concurrency: 2 });
  expect(most).toBe(2);
  await expect(backend.checksumMany(TREE, { concurrency: 0 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('a checksum of many that fails for another reason than a missing file fails them all', async () => {
  const backend = await filled(
    memoryDriver({
      checksum: async () => {
        throw backendError('PERMISSION_DENIED', 'It may not be read');
      },
    }),
  );
  await expect(backend.checksumMany(['a.md'])).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    operation: 'checksumMany',
  });
});

test('removing a tree goes on where somebody else was quicker, and stops where something new appeared', async () => {
  const driver = minimalDriver();
  let quicker: ((path: string) => Promise<void>) | undefined;
  const backend = await filled(
    layer(driver, {
      remove: async (path, options) => {
        if (path !== 'docs') await quicker?.(path);
        await driver.remove(path, options);
      },
    }),
  );
  quicker = async (path) => await driver.remove(normalizePath(path), {});
  await backend.delete('docs', { recursive: true });
  expect(await backend.exists('docs')).toBe(false);

  await backend.create('docs/b.md');
  quicker = async () => {
    quicker = undefined;
    await backend.create('docs/new.md');
  };
  await expect(backend.delete('docs', { recursive: true })).rejects.toMatchObject({
    code: 'DIRECTORY_NOT_EMPTY',
  });
  expect(await backend.exists('docs/new.md')).toBe(true);
});

test('a directory has no etag: ifMatch never removes a tree', async () => {
  const backend = await filled(
    memoryDriver({
      remove: async (path) => {
        throw backendError('DIRECTORY_NOT_EMPTY', `${path} is not empty`);
      },
    }),
  );
  await expect(backend.delete('docs', { recursive: true, ifMatch: '1' })).rejects.toMatchObject({
    code: 'PRECONDITION_FAILED',
    path: 'docs',
  });
});

describe('symlinks in a listing', () => {
  const links: Record<string, FileInfo | 'outside' | 'nowhere' | 'broken'> = {
    'to-directory': new FileInfo({ path: 'to-directory', fileType: 'directory' }),
    'to-file': new FileInfo({ path: 'to-file', fileType: 'file' }),
    'to-nowhere': 'nowhere',
    'to-outside': 'outside',
  };
  function linked(): DriverBackend {
    const driver = memoryDriver();
    return new DriverBackend(
      layer(driver, {
        stat: async (path, options) => {
          const target = links[path];
          if (target === 'outside') throw backendError('PATH_OUTSIDE_ROOT', 'It leads out');
          if (target === 'broken') throw backendError('IO', 'The disk is gone');
          if (target === 'nowhere') return undefined;
          return target ?? (await driver.stat(path, options));
        },
        list: async function* () {
          yield Object.keys(links).map((path) => new FileInfo({ path, fileType: 'symlink' }));
        },
      }),
    );
  }

  test('match as what they lead to; those that lead nowhere or out do not', async () => {
    expect(await linked().globFiles('*')).toEqual(['to-file']);
    expect(await linked().globDirs('*')).toEqual(['to-directory']);
  });

  test('as the directory that a pattern begins with, those that lead out hold nothing', async () => {
    expect(await linked().glob('to-outside/*')).toEqual([]);
    expect(await linked().glob('to-nowhere/*')).toEqual([]);
  });

  test('that cannot be looked at for another reason fail the search', async () => {
    links['to-broken'] = 'broken';
    await expect(linked().glob('*')).rejects.toMatchObject({ code: 'IO', operation: 'glob' });
    delete links['to-broken'];
  });
});

test('info asks a driver for everything; what only looks whether something is there does not', async () => {
  const asked: (boolean | undefined)[] = [];
  const inner = minimalDriver();
  const driver = layer(inner, {
    stat: (path, options) => {
      asked.push(options.everything);
      return inner.stat(path, options);
    },
  });
  const backend = await filled(driver);
  await backend.info('a.md');
  expect(asked.splice(0)).toEqual([true]);
  await backend.exists('a.md');
  await backend.copy('a.md', 'copy');
  await backend.move('copy', 'moved');
  await backend.delete('docs', { recursive: true });
  expect(asked.length).toBeGreaterThan(2);
  expect(asked).not.toContain(true);
});
