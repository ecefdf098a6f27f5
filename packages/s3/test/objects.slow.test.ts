import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { MemoryFileBackend, mirror } from '@f9/core';
import { compareTreeOrder } from '@f9/core/driver';
import { afterAll, describe, expect, test } from 'vitest';
import { S3FileBackend } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { type Answered, type Between, type S3Proxy, startProxy } from './support/proxy.ts';
import { putRaw } from './support/raw.ts';

// What other programs put into a bucket, and what a network makes of it.

const proxies: S3Proxy[] = [];
afterAll(async () => await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]())));

async function behind(between: Between): Promise<S3Proxy> {
  const proxy = await startProxy(server!, between);
  proxies.push(proxy);
  return proxy;
}

/** The answer with one bit of its body turned. */
function flipped(answer: Answered): Answered {
  const body = Buffer.from(answer.body);
  body[Math.floor(body.length / 2)]! ^= 1;
  return { ...answer, body };
}

const paths = (vault: S3FileBackend, path = '/') =>
  Array.fromAsync(vault.list(path, { recursive: true }), (entry) => entry.path);

describe.skipIf(server === undefined)('objects (needs an S3 server)', () => {
  test('keys that no path can name are passed over and told, and go with their directory', async () => {
    const options = await newVault();
    const odd = ['a//b', 'back\\slash', '.F9/x', 'a/end/', '/front'];
    for (const key of [...odd, 'a/plain', 'dir/plain']) await putRaw(options, key, key);
    await using vault = new S3FileBackend(options);
    const skipped: string[] = [];
    const onSkipped = ({ path }: { path: string }) => void skipped.push(path);
    const listed = await Array.fromAsync(vault.list('/', { recursive: true, onSkipped }), ({ path }) => path);
    expect(listed).toEqual(['a', 'a/end', 'a/plain', 'dir', 'dir/plain']);
    expect(skipped.toSorted()).toEqual(odd.filter((key) => key !== 'a/end/').toSorted());
    await vault.delete('a', { recursive: true });
    expect(await vault.exists('a')).toBe(false);
    await vault.delete('dir', { recursive: true });
    expect(await paths(vault)).toEqual([]);
  });

  test('an object that marks a directory is one, and is deleted as an empty one', async () => {
    const options = await newVault();
    await putRaw(options, 'marked/', '');
    await using vault = new S3FileBackend(options);
    expect((await vault.info('marked')).isDir).toBe(true);
    expect(await paths(vault)).toEqual(['marked']);
    await vault.delete('marked');
    expect(await vault.exists('marked')).toBe(false);
  });

  test('of a file and what lies below its path the file is shown, and the rest told', async () => {
    const options = await newVault();
    for (const key of ['note', 'note/below', 'note-2']) await putRaw(options, key, key);
    await using vault = new S3FileBackend(options);
    const skipped: string[] = [];
    const onSkipped = ({ path }: { path: string }) => void skipped.push(path);
    const listed = await Array.fromAsync(vault.list('/', { recursive: true, onSkipped }), ({ path }) => path);
    expect(listed).toEqual(['note', 'note-2']);
    expect(skipped).toEqual(['note/below']);
  });

  test('a thousand and more names around "-", "." and "/" come in the order of the tree', async () => {
    await using vault = new S3FileBackend(await newVault());
    const files = Array.from({ length: 1400 }, (_, i) => `d${i % 7}${['/', '-', '.', ' '][i % 4]}${i}`);
    const source = new MemoryFileBackend();
    for (const path of files) await source.create(path);
    await mirror(source, vault);
    const directories = new Set(files.flatMap((path) => (path.includes('/') ? [path.split('/')[0]!] : [])));
    const expected = [...files, ...directories].sort(compareTreeOrder);
    expect(await paths(vault)).toEqual(expected);
    const top = await Array.fromAsync(vault.list('/'), ({ path }) => path);
    expect(top).toEqual(expected.filter((path) => !path.includes('/')));
  });

  test('an object that is kept compressed is read as it is stored', async () => {
    const options = await newVault();
    const stored = gzipSync('x'.repeat(600));
    await putRaw(options, 'page.html', new Uint8Array(stored), { 'content-encoding': 'gzip' });
    await using vault = new S3FileBackend(options);
    expect(Buffer.from(await vault.read('page.html')).equals(stored)).toBe(true);
    expect((await vault.info('page.html')).size).toBe(stored.length);
  });

  test('the checksum of an object of another program is of its bytes', async () => {
    const options = await newVault();
    await putRaw(options, 'a', 'A');
    await using vault = new S3FileBackend(options);
    expect(await vault.checksum('a')).toBe(createHash('sha256').update('A').digest('hex'));
  });

  test('an empty file is read whole, from its middle, and as nothing', async () => {
    await using vault = new S3FileBackend(await newVault());
    await vault.create('empty');
    expect((await vault.read('empty')).length).toBe(0);
    expect((await vault.read('empty', { offset: 0, length: 5 })).length).toBe(0);
    expect((await vault.read('empty', { offset: 3 })).length).toBe(0);
  });

  test('a path that is too long for a key is INVALID_PATH', async () => {
    await using vault = new S3FileBackend(await newVault());
    const path = `${'long/'.repeat(220)}end`;
    for (const operation of [() => vault.create(path), () => vault.read(path), () => vault.exists(path)]) {
      await expect(operation()).rejects.toMatchObject({ code: 'INVALID_PATH' });
    }
  });

  test('a listing that is cut off is asked for again, wherever the cut is, and never an empty one', async () => {
    const options = await newVault();
    {
      await using vault = new S3FileBackend(options);
      for (const name of ['a', 'b', 'c']) await vault.create(name);
    }
    let share = 0;
    const { endpoint } = await behind(async ({ query, method }, forward) => {
      const answer = await forward();
      if (method !== 'GET' || !query.has('list-type')) return answer;
      const cutAt = Math.floor(answer.body.length * share);
      // The connection breaks off, or a server or proxy ends as if all were said.
      return share < 0.5 ? { answer, cutAt } : { ...answer, body: answer.body.subarray(0, cutAt) };
    });
    await using vault = new S3FileBackend({ ...options, endpoint, maxRetries: 1 });
    await vault.open();
    for (share = 0; share < 1; share += 0.05) {
      await expect(paths(vault), `cut at ${share}`).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
      });
    }
    share = 1;
    expect(await paths(vault)).toEqual(['a', 'b', 'c']);
  });

  test.each(['/', 'notes'])('a listing of %s that begins anew with every page ends', async (path) => {
    const options = await newVault();
    {
      await using vault = new S3FileBackend(options);
      for (const name of ['a', 'b', 'notes/c', 'notes/d/e']) await vault.create(name);
    }
    const first = new Map<string, Answered>();
    const { endpoint } = await behind(async ({ query, method }, forward) => {
      if (method !== 'GET' || !query.has('list-type') || query.has('max-keys')) return await forward();
      const asked = `${query.get('prefix')} ${query.get('delimiter')}`;
      if (query.has('continuation-token')) return first.get(asked)!;
      const { headers, ...answer } = await forward();
      const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>';
      const body = Buffer.from(String(answer.body).replace('<IsTruncated>false</IsTruncated>', more));
      const page = { ...answer, headers: { ...headers, 'content-length': String(body.length) }, body };
      first.set(asked, page);
      return page;
    });
    await using vault = new S3FileBackend({ ...options, endpoint, maxRetries: 1 });
    const refused = { code: 'UNAVAILABLE', retryable: true };
    await expect(paths(vault, path)).rejects.toMatchObject(refused);
    await expect(Array.fromAsync(vault.list(path))).rejects.toMatchObject(refused);
  });

  test('a read that is cut off goes on where it was, in one version', async () => {
    const options = await newVault();
    const bytes = new Uint8Array(300_000).map((_, i) => i % 251);
    let cuts = 0;
    const { endpoint } = await behind(async ({ method, query }, forward) => {
      const answer = await forward();
      if (method !== 'GET' || query.has('list-type') || cuts-- <= 0) return answer;
      return { answer, cutAt: Math.floor(answer.body.length / 2) };
    });
    await using vault = new S3FileBackend({ ...options, endpoint });
    await vault.create('large', { data: bytes });
    cuts = 3;
    expect(Buffer.from(await vault.read('large')).equals(bytes)).toBe(true);
    cuts = 2;
    const range = await vault.read('large', { offset: 1000, length: 200_000 });
    expect(Buffer.from(range).equals(bytes.subarray(1000, 201_000))).toBe(true);
  });

  test('a read that is cut off while the file is replaced is BUSY, never two versions in one', async () => {
    const options = await newVault();
    await using other = new S3FileBackend(options);
    let isCut = false;
    const { endpoint } = await behind(async ({ method, query }, forward) => {
      const answer = await forward();
      if (method !== 'GET' || query.has('list-type') || !isCut) return answer;
      isCut = false;
      await other.update('a', { data: 'b'.repeat(100_000) });
      return { answer, cutAt: 50_000 };
    });
    await using vault = new S3FileBackend({ ...options, endpoint });
    await vault.create('a', { data: 'a'.repeat(100_000) });
    isCut = true;
    await expect(vault.read('a')).rejects.toMatchObject({ code: 'BUSY', retryable: true });
  });

  test('bits that are turned on the way are noticed: read again, and INTEGRITY where they stay', async () => {
    let turned = 0;
    const { endpoint } = await behind(async ({ method, query }, forward) => {
      const answer = await forward();
      return method === 'GET' && !query.has('list-type') && turned-- > 0 ? flipped(answer) : answer;
    });
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await vault.create('a', { data: 'hello' });
    turned = 2;
    expect(await vault.read('a', { binary: false })).toBe('hello');
    turned = 9;
    await expect(vault.read('a')).rejects.toMatchObject({ code: 'INTEGRITY' });
    turned = 1;
    await expect(Array.fromAsync(vault.streamRead('a'))).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  test('bits that are turned on the way to the server are refused by it, and sent again', async () => {
    let turned = 0;
    const { endpoint } = await behind(async (passing, forward) => {
      if (passing.method !== 'PUT' || turned-- <= 0) return await forward();
      const body = Buffer.from(passing.body);
      body[0]! ^= 1;
      return await forward({ ...passing, body });
    });
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await vault.open();
    turned = 1;
    await vault.create('a', { data: 'hello' });
    expect(await vault.read('a', { binary: false })).toBe('hello');
    await vault.syncSession(async (session) => {
      turned = 1;
      await session.update('a', { data: 'world' });
    });
    expect(await vault.read('a', { binary: false })).toBe('world');
  });

  test('a file that does not fit into memory goes through a private file, and leaves none', async () => {
    await using vault = new S3FileBackend(await newVault());
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 12; i++) yield new Uint8Array(1024 * 1024).fill(i);
    }
    const { size } = await vault.streamWrite('large', { chunkSource: chunks() });
    expect(size).toBe(12 * 1024 * 1024);
    const hash = createHash('sha256');
    for await (const chunk of chunks()) hash.update(chunk);
    expect(await vault.checksum('large')).toBe(hash.digest('hex'));
    const tail = await vault.read('large', { offset: size! - 2 });
    expect([...tail]).toEqual([11, 11]);
  });

  test('a link works for who has it, and only for its time', async () => {
    await using vault = new S3FileBackend(await newVault());
    await vault.create('dir/a b+c.txt', { data: 'shared' });
    const url = await vault.presign('dir/a b+c.txt', { expires: 1 });
    expect(await (await fetch(url)).text()).toBe('shared');
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect((await fetch(url)).status).toBe(403);
    await expect(vault.presign('a', { expires: 700_000 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(vault.presign('../a', { expires: 1 })).rejects.toMatchObject({ code: 'PATH_OUTSIDE_ROOT' });
  });
});
