import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ensureBucket, S3FileBackend } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { honouredRow } from './support/honoured.ts';
import { careless, strict } from './support/imitations.ts';
import { type Between, refusal, type S3Proxy, startProxy } from './support/proxy.ts';

// What f9 makes of stores that honour more, less or other conditions than the one these tests have.

const proxies: S3Proxy[] = [];
afterAll(async () => await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]())));

async function behind(between: Between): Promise<S3Proxy> {
  const proxy = await startProxy(server!, between);
  proxies.push(proxy);
  return proxy;
}

describe.skipIf(server === undefined)('stores (needs an S3 server)', () => {
  test('what this one honours is found out, and declared as its weakest', async () => {
    await using vault = new S3FileBackend(await newVault());
    const traits = await vault.traits();
    expect(traits).toMatchObject({ conditionalPut: true, isReadOnly: false });
    expect(vault.capabilities).toMatchObject({
      exclusiveCreate: 'native',
      ifMatch: traits.conditionalDelete ? 'native' : 'emulated',
      lockScope: 'network',
    });
    expect(await Array.fromAsync(vault.list('/'))).toEqual([]);
  });

  test('the documents tell of it what was found out', async () => {
    await using vault = new S3FileBackend(await newVault());
    const [, ...found] = honouredRow('', await vault.traits())
      .split('|')
      .slice(1);
    const document = readFileSync(join(import.meta.dirname, '../../../docs/s3.md'), 'utf8');
    expect(document, 'run pnpm --filter @f9/s3 tables').toContain(found.join('|'));
  });

  test('a store that honours all conditions is found out, and ifMatch is native', async () => {
    const { endpoint } = await behind(strict(server!));
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    expect(await vault.traits()).toMatchObject({
      conditionalPut: true,
      conditionalComplete: true,
      conditionalCopy: true,
      conditionalDelete: true,
    });
    expect(vault.capabilities).toMatchObject({ ifMatch: 'native', exclusiveCreate: 'native' });
  });

  test('a store that ignores conditions is refused, with what can be done', async () => {
    const { endpoint } = await behind(careless(server!));
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await expect(vault.exists('a')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('conditionalWrites: false'),
    });
  });

  test('a store that refuses conditions as unknown is one that ignores them', async () => {
    const { endpoint } = await behind(async ({ headers }, forward) =>
      headers['if-none-match'] === undefined ? await forward() : refusal(501, 'NotImplemented'),
    );
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await expect(vault.exists('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('a store that refuses every write is not one that ignores conditions', async () => {
    const { endpoint } = await behind(async ({ method }, forward) =>
      method === 'PUT' ? refusal(400, 'InvalidArgument') : await forward(),
    );
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await expect(vault.exists('a')).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('InvalidArgument'),
    });
  });

  test('asked to, such a store is opened, promises nothing beyond this process, and is exact within it', async () => {
    const { endpoint } = await behind(careless(server!));
    const options = await newVault({ endpoint, conditionalWrites: false });
    await using vault = new S3FileBackend(options);
    await using other = new S3FileBackend(options);
    await vault.open();
    expect(vault.capabilities).toMatchObject({
      exclusiveCreate: 'emulated',
      ifMatch: 'emulated',
      lockScope: 'process',
    });
    const creates = Array.from({ length: 20 }, (_, i) =>
      [vault, other][i % 2]!.create('a', { data: `${i}` }).then(
        () => i,
        ({ code }: { code: string }) => code,
      ),
    );
    const outcomes = await Promise.all(creates);
    expect(outcomes.filter((outcome) => outcome === 'ALREADY_EXISTS')).toHaveLength(19);
    const [winner] = outcomes.filter((outcome) => typeof outcome === 'number');
    expect(await other.read('a', { binary: false })).toBe(`${winner}`);
    const { etag } = await vault.info('a');
    const updates = [vault, other].map((each, i) =>
      each.update('a', { data: `update ${i}`, ifMatch: etag! }),
    );
    const settled = await Promise.allSettled(updates);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('keys that may only read open a vault to read', async () => {
    const options = await newVault();
    {
      await using vault = new S3FileBackend(options);
      await vault.create('a', { data: 'A' });
    }
    const { endpoint } = await behind(async ({ method }, forward) =>
      method === 'GET' || method === 'HEAD' ? await forward() : refusal(403, 'AccessDenied'),
    );
    await using vault = new S3FileBackend({ ...options, endpoint });
    expect(await vault.read('a', { binary: false })).toBe('A');
    expect(await vault.traits()).toMatchObject({ isReadOnly: true });
    await expect(vault.create('b')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('what keys that may only read could not find out, others find out after them', async () => {
    let mayWrite = false;
    const { endpoint } = await behind(async ({ method }, forward) =>
      mayWrite || method === 'GET' || method === 'HEAD' ? await forward() : refusal(403, 'AccessDenied'),
    );
    const options = await newVault({ endpoint });
    await using reader = new S3FileBackend(options);
    expect(await reader.traits()).toMatchObject({ isReadOnly: true });
    mayWrite = true;
    await using writer = new S3FileBackend(options);
    expect(await writer.traits()).toMatchObject({ isReadOnly: false });
    await writer.create('a', { data: 'A' });
    await writer.update('a', { data: 'B', ifMatch: (await writer.info('a')).etag! });
  });

  test('the probe leaves nothing, and is made once for all vaults of a process in a bucket', async () => {
    const proxy = await behind((_, forward) => forward());
    const options = await newVault({ endpoint: proxy.endpoint });
    {
      await using vault = new S3FileBackend(options);
      await vault.open();
      proxy.passed.length = 0;
      await using other = new S3FileBackend({ ...options, prefix: `${options.prefix}-other` });
      await other.open();
      expect(other.capabilities).toEqual(vault.capabilities);
      expect(proxy.passed).toEqual([]);
    }
    await using bucket = new S3FileBackend({ ...options, prefix: '' });
    const { keys, service } = bucket.driver;
    expect((await service.list({ prefix: `${options.prefix}/` }, {})).objects).toEqual([]);
    expect(keys.prefix).toBe('');
  });

  test('a bucket is made once, and made again does no harm', async () => {
    const { bucket, ...rest } = await newVault();
    await ensureBucket({ bucket, ...rest });
    await using vault = new S3FileBackend({ bucket, ...rest });
    expect(await vault.exists('/')).toBe(true);
  });
});
