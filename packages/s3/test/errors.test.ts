import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { MemoryFileBackend, mirror } from '@f9/core';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { hasOpenssl, makeCertificates } from '../../postgres/test/support/certificates.ts';
import { ensureBucket, S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { type Between, refusal, type S3Proxy, startProxy } from './support/proxy.ts';
import { emptyAndDeleteBucket } from './support/raw.ts';

const proxies: S3Proxy[] = [];
afterAll(async () => await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]())));
afterEach(() => vi.restoreAllMocks());

async function behind(between: Between): Promise<S3Proxy> {
  const proxy = await startProxy(server!, between);
  proxies.push(proxy);
  return proxy;
}

/** What a program says that opens a vault with no keys but those of a file of profiles. */
async function saidWithProfiles(profiles: string, options: S3FileBackendOptions): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'f9-s3-profiles-'));
  const file = join(home, 'credentials');
  await writeFile(file, profiles);
  const program = `
    import { S3FileBackend } from '@f9/s3';
    await using vault = new S3FileBackend(${JSON.stringify(options)});
    console.log(await vault.create('a').then(() => 'written', ({ code, message }) => code + ' ' + message));
  `;
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, AWS_PROFILE: ___, ...environment } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@f9/source', '--input-type=module', '--eval', program],
    {
      cwd: join(import.meta.dirname, '..'),
      env: {
        ...environment,
        AWS_SHARED_CREDENTIALS_FILE: file,
        AWS_CONFIG_FILE: file,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
  await rm(home, { recursive: true });
  return stdout.trim();
}

describe.skipIf(server === undefined)('what is wrong is told by its code (needs an S3 server)', () => {
  test('a bucket that is not there is NOT_FOUND, and what can be done', async () => {
    await using vault = new S3FileBackend(await newVault({ bucket: `none-${randomUUID()}` }));
    for (const operation of [() => vault.create('a'), () => vault.exists('a'), () => vault.glob('**')]) {
      await expect(operation()).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('ensureBucket'),
      });
    }
  });

  test('a bucket that was deleted behind its back is no empty vault: a mirror prunes nothing by it', async () => {
    const options = await newVault({ bucket: `gone-${randomUUID()}` });
    await ensureBucket(options);
    await using vault = new S3FileBackend(options);
    await vault.create('a.md', { data: 'A' });
    const target = new MemoryFileBackend();
    await mirror(vault, target);
    await emptyAndDeleteBucket(options);
    await expect(mirror(vault, target, { prune: true, maxDelete: 10 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await target.exists('a.md')).toBe(true);
    for (const look of [() => vault.read('a.md'), () => vault.info('a.md'), () => vault.checksum('a.md')]) {
      await expect(look()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('wrong keys are UNAUTHENTICATED, and no error or printed form holds them', async () => {
    const secretAccessKey = 'wr0ng-s3cr3t-0123456789';
    await using vault = new S3FileBackend(await newVault({ secretAccessKey, sessionToken: 't0ken' }));
    const error = await vault.create('a').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
    const shown = [error, vault, vault.driver].map(
      (each) => `${inspect(each, { depth: null, showHidden: true })}${JSON.stringify(each)}`,
    );
    expect(shown.join()).not.toMatch(/wr0ng-s3cr3t|t0ken/);
  });

  test('keys are found in a profile where the package of AWS is installed; without any it is UNAUTHENTICATED, and said where they are looked for', async () => {
    const { accessKeyId, secretAccessKey, ...options } = await newVault();
    const found = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    expect(await saidWithProfiles(found, options)).toBe('written');
    const none = await saidWithProfiles('', options);
    expect(none).toContain('UNAUTHENTICATED');
    expect(none).toContain('@aws-sdk/credential-providers found none');
  });

  test('a function that fails to give keys is UNAUTHENTICATED, and named', async () => {
    const { accessKeyId: _, secretAccessKey: __, ...options } = await newVault();
    const credentials = () => Promise.reject(new Error('the vault of keys is closed'));
    await using vault = new S3FileBackend({ ...options, credentials });
    await expect(vault.exists('a')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('The function in credentials failed'),
    });
  });

  test('keys that expire in the middle are asked for anew, at whichever request it shows', async () => {
    let hasExpired = false;
    let asked = 0;
    const { endpoint } = await behind(async ({ method }, forward) => {
      if (!hasExpired) return await forward();
      const { body, ...answer } = refusal(400, 'ExpiredToken');
      return { ...answer, body: method === 'HEAD' ? Buffer.alloc(0) : body };
    });
    const { accessKeyId, secretAccessKey, ...options } = await newVault({ endpoint });
    const credentials = async () => {
      asked++;
      hasExpired = false;
      return { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! };
    };
    await using vault = new S3FileBackend({ ...options, credentials });
    await vault.create('a', { data: 'A' });
    const operations = [
      () => vault.info('a'),
      () => vault.read('a'),
      () => Array.fromAsync(vault.list('/')),
      () => vault.update('a', { data: 'B' }),
    ];
    for (const [i, operation] of operations.entries()) {
      hasExpired = true;
      await operation();
      expect(asked).toBe(i + 2);
    }
  });

  test('keys that expired and that nobody can renew are UNAUTHENTICATED', async () => {
    let hasExpired = false;
    const { endpoint } = await behind(async (_, forward) =>
      hasExpired ? refusal(400, 'ExpiredToken') : await forward(),
    );
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await vault.create('a');
    hasExpired = true;
    for (const operation of [() => vault.info('a'), () => vault.create('b')]) {
      await expect(operation()).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringContaining('expired'),
      });
    }
  });

  test('credentials that end soon are renewed before they do', async () => {
    const { accessKeyId, secretAccessKey, ...options } = await newVault();
    let asked = 0;
    const credentials = async () => ({
      accessKeyId: accessKeyId!,
      secretAccessKey: secretAccessKey!,
      expiration: new Date(Date.now() + (++asked === 1 ? 1000 : 3_600_000)),
    });
    await using vault = new S3FileBackend({ ...options, credentials });
    await vault.create('a');
    await vault.exists('a');
    expect(asked).toBe(2);
  });

  test('a bucket that lies in another region is followed there', async () => {
    const { endpoint, passed } = await behind(async ({ headers, method }, forward) => {
      if (headers.authorization?.includes('/eu-west-1/') === true) return await forward();
      const { body, ...answer } = refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' });
      return { ...answer, body: method === 'HEAD' ? Buffer.alloc(0) : body };
    });
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await vault.create('a', { data: 'A' });
    expect(await vault.read('a', { binary: false })).toBe('A');
    const astray = passed.filter(({ headers }) => headers.authorization?.includes('/us-east-1/'));
    expect(astray).toHaveLength(1);
  });

  test('several that go astray at once are all followed to the region', async () => {
    const options = await newVault();
    await using first = new S3FileBackend(options);
    await first.create('a', { data: 'A' });
    const proxy = await behind(async ({ headers, method }, forward) => {
      if (headers.authorization?.includes('/eu-west-1/') === true) return await forward();
      const { body, ...answer } = refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' });
      return { ...answer, body: method === 'HEAD' ? Buffer.alloc(0) : body };
    });
    proxy.latency = 20;
    // The first has found out what the store honours, so that nothing goes before these.
    await using vault = new S3FileBackend({ ...options, endpoint: proxy.endpoint, maxRetries: 0 });
    await vault.open();
    await using other = new S3FileBackend({ ...options, endpoint: proxy.endpoint, maxRetries: 0 });
    const found = await Promise.all([1, 2, 3].map(() => other.read('a', { binary: false })));
    expect(found).toEqual(['A', 'A', 'A']);
  });

  test('a bucket that cannot be made in the region is INVALID_ARGUMENT, and says which region to write', async () => {
    const options = await newVault({ bucket: `new-${randomUUID()}`, region: 'eu-west-1' });
    await expect(ensureBucket(options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('us-east-1'),
    });
    const { endpoint } = await behind(async ({ headers }, forward) => {
      if (headers.authorization?.includes('/eu-central-1/') === true) return await forward();
      return refusal(400, 'AuthorizationHeaderMalformed', { 'x-amz-bucket-region': 'eu-central-1' });
    });
    await expect(ensureBucket({ ...options, endpoint })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('region is eu-central-1'),
    });
  });

  test('a bucket that lies in another region than the endpoint is INVALID_ARGUMENT, and the region is named', async () => {
    const { endpoint } = await behind(async ({ method }) => {
      const { body, ...answer } = refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' });
      return { ...answer, body: method === 'HEAD' ? Buffer.alloc(0) : body };
    });
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await expect(vault.exists('a')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      retryable: false,
      message: expect.stringContaining('region is eu-west-1'),
    });
  });

  test.each([{ bucket: 'Notes_Of-Mine' }, { bucket: 'ab' }])(
    'a bucket name that the server takes for none is INVALID_ARGUMENT: %o',
    async (given) => {
      await expect(ensureBucket(await newVault(given))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('name'),
      });
    },
  );

  test.each([200, 302, 400, 404, 405])(
    'an endpoint that answers %i and is no S3 server is INVALID_ARGUMENT, never a vault',
    async (status) => {
      const { endpoint } = await behind(async () => ({
        status,
        headers: { 'content-type': 'text/html' },
        body: Buffer.from('<html><body>Welcome</body></html>'),
      }));
      for (const conditionalWrites of [true, false]) {
        await using vault = new S3FileBackend(await newVault({ endpoint, conditionalWrites }));
        for (const operation of [() => vault.exists('a'), () => vault.create('a'), () => vault.glob('**')]) {
          await expect(operation()).rejects.toMatchObject({
            code: 'INVALID_ARGUMENT',
            retryable: false,
            message: expect.stringContaining('no S3 server'),
          });
        }
      }
    },
  );

  test('an answer that is damaged on its way is taken for no foreign one, since it numbers its request', async () => {
    let damaged = 0;
    const { endpoint } = await behind(async ({ method }, forward) => {
      const answer = await forward();
      if (method !== 'GET' || answer.status !== 404) return answer;
      damaged++;
      return { ...answer, body: Buffer.concat([Buffer.from('?'), answer.body.subarray(1)]) };
    });
    await using vault = new S3FileBackend(await newVault({ endpoint }));
    await vault.syncSession(() => vault.create('a', { data: 'A' }).then(() => undefined));
    expect(await vault.read('a', { binary: false })).toBe('A');
    expect(damaged).toBeGreaterThan(0);
  });

  test('an endpoint without TLS that is asked for it is told at once, with what to check', async () => {
    const { endpoint, passed } = await behind((_, forward) => forward());
    const options = await newVault({ endpoint: endpoint.replace('http:', 'https:'), retryDelay: 60_000 });
    await using vault = new S3FileBackend(options);
    await expect(vault.exists('a')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('http://'),
    });
    expect(passed).toEqual([]);
  });

  test.skipIf(!hasOpenssl)(
    'a certificate that nobody trusts is told at once, with what to check (needs openssl)',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'f9-s3-tls-'));
      makeCertificates(folder, undefined);
      const [key, cert] = await Promise.all(
        ['server.key', 'server.crt'].map((name) => readFile(join(folder, name))),
      );
      const secure = createServer({ key, cert }).listen(0, '127.0.0.1');
      await once(secure, 'listening');
      const endpoint = `https://localhost:${(secure.address() as AddressInfo).port}`;
      await using vault = new S3FileBackend(await newVault({ endpoint, retryDelay: 60_000 }));
      await expect(vault.exists('a')).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
      secure.close();
      await rm(folder, { recursive: true });
    },
  );

  test.each([
    [{ endpoint: 'http://f9.invalid' }, 'the endpoint, and'],
    [{ endpoint: 'http://f9.invalid', addressing: 'host' }, 'addressing'],
  ] as const)('a server that nobody finds is UNAVAILABLE, with what to check: %o', async (given, checked) => {
    await using vault = new S3FileBackend(await newVault({ ...given, maxRetries: 0 }));
    await expect(vault.exists('a')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(checked),
    });
  });

  test.each([20, -20])(
    'a clock that is %i minutes off is made up for by that of the server',
    async (minutes) => {
      const { now } = Date;
      vi.spyOn(Date, 'now').mockImplementation(() => now() + minutes * 60_000);
      const proxy = await behind((_, forward) => forward());
      await using vault = new S3FileBackend(await newVault({ endpoint: proxy.endpoint }));
      await vault.create('a', { data: 'A' });
      await vault.syncSession(async (session) => void (await session.update('a', { data: 'B' })));
      expect(await vault.read('a', { binary: false })).toBe('B');
      const url = await vault.presign('a', { expires: 60 });
      vi.restoreAllMocks();
      expect(await (await fetch(url)).text()).toBe('B');
    },
  );

  test('a server that is gone is UNAVAILABLE, one that is silent TIMEOUT, and both may be tried again', async () => {
    const gone = new S3FileBackend(await newVault({ endpoint: 'http://127.0.0.1:9', maxRetries: 1 }));
    await expect(gone.exists('a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    const { endpoint } = await behind(async () => 'silence');
    const silent = new S3FileBackend(await newVault({ endpoint, maxRetries: 1, timeout: 50 }));
    await expect(silent.exists('a')).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    await Promise.all([gone.close(), silent.close()]);
  });

  test('too many requests are RATE_LIMITED in the end, after the pause that the server asks for', async () => {
    let refused = 0;
    const { endpoint } = await behind(async (_, forward) =>
      refused-- > 0 ? refusal(503, 'SlowDown', { 'retry-after': '0.3' }) : await forward(),
    );
    await using vault = new S3FileBackend(await newVault({ endpoint, maxRetries: 2 }));
    await vault.create('a');
    refused = 1;
    const begun = performance.now();
    await vault.info('a');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(299);
    refused = 9;
    await expect(vault.info('a')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true });
  });

  test.each([
    ['without room', 507, 'InsufficientStorage', 'NO_SPACE'],
    ['that gives no more', 403, 'QuotaExceeded', 'QUOTA_EXCEEDED'],
  ])(
    'a server %s changes nothing and says so; all goes on once there is room',
    async (_, status, answer, code) => {
      let isFull = false;
      const { endpoint } = await behind(async ({ method }, forward) =>
        isFull && (method === 'PUT' || method === 'POST') ? refusal(status, answer) : await forward(),
      );
      await using vault = new S3FileBackend(await newVault({ endpoint }));
      await vault.create('a.md', { data: 'old' });
      isFull = true;
      for (const write of [
        () => vault.create('b.md', { data: 'new' }),
        () => vault.update('a.md', { data: 'new' }),
        () => vault.update('a.md', { data: 'new', append: true }),
        () => vault.move('a.md', 'b.md'),
        () => vault.syncSession((session) => session.update('a.md', { data: 'new' })),
      ]) {
        await expect(write()).rejects.toMatchObject({ code, retryable: false });
      }
      expect(await vault.glob('**')).toEqual(['a.md']);
      expect(await vault.read('a.md', { binary: false })).toBe('old');
      isFull = false;
      await vault.move('a.md', 'b.md');
      expect(await vault.read('b.md', { binary: false })).toBe('old');
    },
  );

  test.each(['https://key:s3cr3t@host', 'ftp://host', 'https://host/path?x=s3cr3t', 'nothing'])(
    'the endpoint %s is INVALID_ARGUMENT, and not repeated',
    (endpoint) => {
      const make = (): unknown => new S3FileBackend({ bucket: 'notes', endpoint });
      expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(make).not.toThrow(/s3cr3t/);
    },
  );
});

test.each([undefined, null, 'notes'])(
  'a bucket that is named by no object of options is not made: %j',
  async (options) => {
    const attempt = ensureBucket(options as unknown as Parameters<typeof ensureBucket>[0]);
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  },
);
