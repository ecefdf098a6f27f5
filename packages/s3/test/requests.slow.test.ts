import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryFileBackend, mirror } from '@f9/core';
import { afterAll, describe, expect, test } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import { S3FileBackend } from '../src/index.ts';
import { sha256Of } from '../src/service/requests.ts';
import { Sums } from '../src/sums/sums.ts';
import { newVault, server } from './support/bucket.ts';
import { costRow, costsOfSingle } from './support/costs.ts';
import { strict } from './support/imitations.ts';
import { type Passing, type S3Proxy, startProxy } from './support/proxy.ts';

// Requests are what S3 costs, in time and in money: counted where they arrive.

const proxies: S3Proxy[] = [];
afterAll(async () => await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]())));

async function behind(isStrict: boolean): Promise<S3Proxy> {
  const proxy = await startProxy(server!, isStrict ? strict(server!) : undefined);
  proxies.push(proxy);
  return proxy;
}

const FILES = isLong ? 1000 : 200;

async function notes(count: number = FILES): Promise<MemoryFileBackend> {
  const source = new MemoryFileBackend();
  for (let i = 0; i < count; i++)
    await source.create(`folder-${i % 13}/sub/note-${i}.md`, { data: `note ${i}\n` });
  return source;
}

/** How many requests of each kind came. */
function tally(passed: readonly Passing[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, query } of passed) {
    const kind = query.has('list-type') ? 'LIST' : query.has('delete') ? 'DELETE MANY' : method;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(server === undefined)('requests (needs an S3 server)', () => {
  test(`a mirror of ${FILES} new files, once more, with a change, pruned and deleted`, async () => {
    const proxy = await behind(false);
    const options = await newVault({ endpoint: proxy.endpoint });
    const source = await notes();
    const counted = async (work: (vault: S3FileBackend) => Promise<unknown>): Promise<number> => {
      await using vault = new S3FileBackend(options);
      await vault.open();
      proxy.passed.length = 0;
      await work(vault);
      await vault.close();
      return proxy.passed.length;
    };
    const first = await counted((vault) => mirror(source, vault));
    expect(tally(proxy.passed).PUT).toBe(FILES + 1);
    expect(first, 'first, by file').toBeLessThanOrEqual(FILES * 1.2);
    const again = await counted(async (vault) => {
      const { unchanged } = await mirror(source, vault);
      expect(unchanged).toHaveLength(FILES);
    });
    // Two listings of the files, a thousand a page and one more where the last is full, and the sums that are kept beside.
    const pages = Math.ceil((FILES + 1) / 1000);
    const { LIST, ...others } = tally(proxy.passed);
    expect(LIST).toBeLessThanOrEqual(1 + 2 * pages);
    expect(others).toEqual({ GET: 1 });
    expect(again).toBe(LIST! + 1);
    await source.update('folder-0/sub/note-0.md', { data: 'changed\n' });
    expect(await counted((vault) => mirror(source, vault)), 'one that changed').toBeLessThanOrEqual(10);
    for (const path of await source.glob('folder-0/**')) await source.delete(path);
    expect(await counted((vault) => mirror(source, vault, { prune: true })), 'pruned').toBeLessThanOrEqual(
      10,
    );
    const deletion = await counted((vault) => vault.delete('folder-1', { recursive: true }));
    expect(tally(proxy.passed)).toMatchObject({ 'DELETE MANY': 1 });
    expect(deletion, 'a directory').toBeLessThanOrEqual(4);
    if (FILES === 1000)
      console.log(
        `first mirror of ${FILES} files: ${first} requests; again: ${again}; recursive delete: ${deletion}`,
      );
  });

  test('single operations take as few as they can', async () => {
    const proxy = await behind(true);
    await using vault = new S3FileBackend(await newVault({ endpoint: proxy.endpoint }));
    await vault.open();
    const counted = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
      proxy.passed.length = 0;
      await work();
      return tally(proxy.passed);
    };
    // A write, and a look each for a file above and one below.
    expect(await counted(() => vault.create('dir/a', { data: 'A' }))).toEqual({ PUT: 1, HEAD: 1, LIST: 1 });
    expect(await counted(() => vault.create('b', { data: 'B' }))).toEqual({ PUT: 1, LIST: 1 });
    expect(await counted(() => vault.update('b', { data: 'C' }))).toEqual({ HEAD: 1, PUT: 1 });
    expect(await counted(() => vault.read('b'))).toEqual({ GET: 1 });
    expect(await counted(() => vault.info('b'))).toEqual({ HEAD: 1 });
    expect(await counted(() => vault.checksum('b'))).toEqual({ HEAD: 1 });
    expect(await counted(() => Array.fromAsync(vault.list('/')))).toEqual({ LIST: 1 });
    expect(await counted(() => vault.delete('b'))).toEqual({ HEAD: 1, DELETE: 1 });
  });

  test('the documents tell what single operations cost', async () => {
    const proxy = await behind(false);
    const costs = await costsOfSingle(proxy, await newVault({ endpoint: proxy.endpoint }));
    const document = readFileSync(join(import.meta.dirname, '../../../docs/s3.md'), 'utf8');
    for (const cost of costs) {
      expect(document, 'run pnpm --filter @f9/s3 tables').toContain(costRow(...cost));
    }
  });

  test('sums in many objects are made one, and those of files that changed count no more', async () => {
    const options = await newVault();
    const source = await notes(60);
    {
      await using first = new S3FileBackend(options);
      await mirror(source, first);
    }
    await using vault = await new S3FileBackend(options).open();
    const { service, keys } = vault.driver;
    const sums = new Sums(service, keys);
    const kept = async (): Promise<number> =>
      (await service.list({ prefix: keys.ofState('sums/') }, {})).objects.length;
    // What rounds of changes leave behind: each object has the sums of versions that are gone.
    for (let round = 0; round < 8; round++) {
      const gone = (await source.globFiles('**')).map(
        (path) => [path, { etag: `gone${round}`, sha256: '0'.repeat(64) }] as const,
      );
      await sums.add(new Map(gone), {});
    }
    expect(await kept()).toBe(9);
    for (const rounds of ['joined', 'from one object']) {
      await using again = new S3FileBackend(options);
      expect((await mirror(source, again)).unchanged, rounds).toHaveLength(60);
    }
    expect(await kept()).toBe(1);
  });
});

/** Bytes of the heap that something still holds. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** Names of a long listing: fewer would fit into any memory. */
const NAMES = 100_000;

if (isLong) {
  test.skipIf(server === undefined)(
    `a listing of ${NAMES} names keeps none of them (needs an S3 server)`,
    { timeout: 1_800_000 },
    async () => {
      await using vault = new S3FileBackend(await newVault());
      await vault.open();
      const { service, keys } = vault.driver;
      const body = new Uint8Array();
      const sha256 = sha256Of(body);
      const writers = Array.from({ length: 16 }, async (_, first) => {
        for (let i = first; i < NAMES; i += 16) {
          const key = `${keys.prefix}d${i % 100}/n${i}`;
          await service.put({ key, body, sha256, condition: { kind: 'anything' } }, {});
        }
      });
      await Promise.all(writers);
      const before = memoryInUse();
      let most = 0;
      let count = 0;
      for await (const entry of vault.list('/', { recursive: true })) {
        if (entry.isDir) continue;
        count++;
        if (count % (NAMES / 5) === 0) most = Math.max(most, memoryInUse() - before);
      }
      expect(count).toBe(NAMES);
      console.log(`a listing of ${NAMES} names: at most ${Math.round(most / 2 ** 20)} MB more`);
      expect(most).toBeLessThan(20 * 1024 * 1024);
    },
  );
}
