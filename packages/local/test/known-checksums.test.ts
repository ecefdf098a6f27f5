import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mirror } from '@f9/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LocalFileBackend } from '../src/index.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'f9-checksums-'));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const kept = (): string => join(root, '.f9/checksums');
const LIE = '0'.repeat(64);

/** Lets what was written so far be at rest. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
}

async function sums(...paths: string[]): Promise<(string | undefined)[]> {
  await using vault = new LocalFileBackend({ root, durability: 'none' });
  const found = await vault.checksumMany(paths);
  return paths.map((path) => found.get(path));
}

async function write(path: string, data: string): Promise<void> {
  await using vault = new LocalFileBackend({ root, durability: 'none' });
  await vault.create(path, { data, overwrite: true });
}

/** Makes what is kept say something else, so that whoever trusts it shows it. */
function tamper(list = kept()): void {
  writeFileSync(list, readFileSync(list, 'utf8').replaceAll(/^[0-9a-f]{64}/gm, LIE));
}

test('the sha256 of a file at rest is kept from one process to the next, and its content is not read again', async () => {
  await write('a\nb\\n.md', 'alpha');
  later();
  expect(await sums('a\nb\\n.md')).toEqual([sha256('alpha')]);
  tamper();
  expect(await sums('a\nb\\n.md')).toEqual([LIE]);
});

test('single checksums are kept too, when the backend is disposed', async () => {
  await write('a.md', 'alpha');
  later();
  {
    await using vault = new LocalFileBackend({ root });
    await vault.checksum('a.md');
  }
  tamper();
  expect(await sums('a.md')).toEqual([LIE]);
});

test('a file that changed is read again', async () => {
  await write('a.md', 'alpha');
  later();
  await sums('a.md');
  tamper();
  writeFileSync(join(root, 'a.md'), 'gamma');
  expect(await sums('a.md')).toEqual([sha256('gamma')]);
});

test('a file that changed within two seconds before it was read is not trusted', async () => {
  await write('a.md', 'alpha');
  await sums('a.md');
  expect(existsSync(kept())).toBe(false);
});

test('what other processes kept stays, and other algorithms are not mixed up with it', async () => {
  await write('a.md', 'alpha');
  await write('b.md', 'beta');
  later();
  await sums('a.md');
  await sums('b.md');
  tamper();
  expect(await sums('a.md', 'b.md')).toEqual([LIE, LIE]);
  await using vault = new LocalFileBackend({ root });
  expect(await vault.checksum('a.md', { algorithm: 'md5' })).toBe(
    createHash('md5').update('alpha').digest('hex'),
  );
});

test('a file that is no list of checksums is left aside and replaced', async () => {
  await write('a.md', 'alpha');
  writeFileSync(kept(), 'something else\n');
  later();
  expect(await sums('a.md')).toEqual([sha256('alpha')]);
  expect(readFileSync(kept(), 'utf8')).toContain(sha256('alpha'));
});

test('reading a folder that f9 never wrote to leaves nothing in it', async () => {
  writeFileSync(join(root, 'a.md'), 'alpha');
  later();
  expect(await sums('a.md')).toEqual([sha256('alpha')]);
  expect(existsSync(join(root, '.f9'))).toBe(false);
});

test('however many are kept, the event loop has its turns while they are read and written', async () => {
  await write('a.md', 'alpha');
  later();
  const lines = Array.from({ length: 100_000 }, (_, n) => `${LIE} 1-${n}-3-4-5 gone/${n}.md`);
  writeFileSync(kept(), ['f9 sha256 1', ...lines, ''].join('\n'));
  let turns = 0;
  let next = setImmediate(function count() {
    turns++;
    next = setImmediate(count);
  });
  const found = await sums('a.md');
  clearImmediate(next);
  expect(found).toEqual([sha256('alpha')]);
  expect(readFileSync(kept(), 'utf8').split('\n')).toHaveLength(lines.length + 3);
  // One for each two milliseconds, and both take some fifty.
  expect(turns).toBeGreaterThan(10);
});

test('a listing with etags tells the sums that are known, of the versions that are there', async () => {
  for (const name of ['a.md', 'b.md', 'c.md']) await write(name, name);
  later();
  await sums('a.md', 'b.md');
  writeFileSync(join(root, 'b.md'), 'other');
  await using vault = new LocalFileBackend({ root });
  const listed = await Array.fromAsync(vault.list('/', { etags: true }));
  expect(listed.map(({ path, checksum }) => [path, checksum])).toEqual([
    ['a.md', sha256('a.md')],
    ['b.md', undefined],
    ['c.md', undefined],
  ]);
});

describe('a folder that f9 never wrote to', () => {
  const MANY = Array.from({ length: 256 }, (_, n) => `${n}.md`);
  let cache: string;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'f9-cache-'));
    vi.stubEnv('F9_CACHE', cache);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
  });

  function plantMany(): void {
    for (const name of MANY) writeFileSync(join(root, name), name);
  }

  const lists = (): string[] =>
    existsSync(join(cache, 'checksums'))
      ? readdirSync(join(cache, 'checksums')).map((name) => join(cache, 'checksums', name))
      : [];

  test('gets nothing, and the sums of many files are kept in the cache of the user', async () => {
    plantMany();
    later();
    expect(await sums(...MANY)).toEqual(MANY.map(sha256));
    expect(existsSync(join(root, '.f9'))).toBe(false);
    expect(lists()).toHaveLength(1);
    tamper(lists()[0]);
    writeFileSync(join(root, '7.md'), 'changed');
    expect(await sums(...MANY)).toEqual(MANY.map((name) => (name === '7.md' ? sha256('changed') : LIE)));
  });

  test('is read again where it has few files, and nothing is kept of it', async () => {
    writeFileSync(join(root, 'a.md'), 'alpha');
    later();
    expect(await sums('a.md')).toEqual([sha256('alpha')]);
    expect(lists()).toEqual([]);
  });

  test('that has few files and many bytes is kept in the cache too', async () => {
    writeFileSync(join(root, 'large.bin'), Buffer.alloc(16 * 1024 * 1024));
    later();
    await sums('large.bin');
    tamper(lists()[0]);
    expect(await sums('large.bin')).toEqual([LIE]);
  });

  test('is not read when it is mirrored again', async () => {
    plantMany();
    later();
    const copy = mkdtempSync(join(tmpdir(), 'f9-copy-'));
    try {
      const again = async () => {
        await using source = new LocalFileBackend({ root });
        await using target = new LocalFileBackend({ root: copy, durability: 'none' });
        return await mirror(source, target);
      };
      expect((await again()).copied).toHaveLength(MANY.length);
      later();
      expect((await again()).unchanged).toHaveLength(MANY.length);
      tamper(lists()[0]);
      // Whoever read a file would find that nothing changed.
      expect((await again()).updated).toHaveLength(MANY.length);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('is summed all the same where the cache cannot be written', async () => {
    plantMany();
    later();
    vi.stubEnv('F9_CACHE', join(root, '1.md'));
    expect(await sums(...MANY)).toEqual(MANY.map(sha256));
  });

  test('is forgotten in the cache once its list was not changed for long', async () => {
    plantMany();
    mkdirSync(join(cache, 'checksums'));
    const [old, young] = ['old', 'young'].map((name) => join(cache, 'checksums', name)) as [string, string];
    for (const list of [old, young]) writeFileSync(list, 'f9 sha256 1\n');
    later();
    const day = 24 * 60 * 60;
    utimesSync(old, Date.now() / 1000 - 91 * day, Date.now() / 1000 - 91 * day);
    utimesSync(young, Date.now() / 1000 - 89 * day, Date.now() / 1000 - 89 * day);
    await sums(...MANY);
    expect(lists()).not.toContain(old);
    expect(lists()).toContain(young);
    expect(lists()).toHaveLength(2);
  });
});
