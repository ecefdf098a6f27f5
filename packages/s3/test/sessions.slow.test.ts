import { isFileBackendError } from '@f9/core';
import { afterAll, describe, expect, test } from 'vitest';
import { S3FileBackend, type S3FileBackendOptions } from '../src/index.ts';
import { newVault, server } from './support/bucket.ts';
import { type S3Proxy, startProxy } from './support/proxy.ts';

// A holder behind a proxy and one who is not know each other as two hosts do: by the bucket alone.

const proxies: S3Proxy[] = [];
afterAll(async () => await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]())));

async function twoHosts(): Promise<{
  cable: S3Proxy;
  far: S3FileBackendOptions;
  near: S3FileBackendOptions;
}> {
  const cable = await startProxy(server!);
  proxies.push(cable);
  const near = await newVault();
  return { cable, far: { ...near, endpoint: cable.endpoint }, near };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isFileBackendError(error) ? error.code : String(error)),
  );

const epochIn = async (vault: S3FileBackend): Promise<number> => {
  const found = await vault.driver.service.get(vault.driver.keys.ofState('session'), {});
  return (JSON.parse(Buffer.from(found!.bytes).toString()) as { epoch: number }).epoch;
};

describe.skipIf(server === undefined)('sessions (needs an S3 server)', () => {
  test('a holder whose cable is cut is overtaken, and a write of his that arrives late is refused', async () => {
    const { cable, far, near } = await twoHosts();
    await using holder = new S3FileBackend({ ...far, timeout: 60_000 });
    await using next = new S3FileBackend(near);
    await next.create('a', { data: 'before' });
    const session = await holder.syncSession();
    await session.update('a', { data: 'held' });
    // What is on its way stands still, and goes on when the cable is whole again.
    const whole = Promise.withResolvers<void>();
    cable.between = async (_, forward) => {
      await whole.promise;
      return await forward();
    };
    const late = codeOf(session.update('a', { data: 'late' }));
    const cut = performance.now();
    const taken = await next.syncSession();
    const waited = performance.now() - cut;
    await taken.update('a', { data: 'taken' });
    whole.resolve();
    expect(await late).toBe('LOCK_LOST');
    expect(await codeOf(session.update('a', { data: 'again' }))).toBe('LOCK_LOST');
    expect(await codeOf(session.commit())).toBe('LOCK_LOST');
    await session[Symbol.asyncDispose]();
    expect(await next.read('a', { binary: false })).toBe('taken');
    expect(await codeOf(taken.commit())).toBe('done');
    await taken[Symbol.asyncDispose]();
    // After a whole lease of silence, and the looks of who waits.
    expect(waited).toBeGreaterThan(2000);
  });

  test('a holder who is only slow keeps the session for as long as he renews it', async () => {
    const { cable, far, near } = await twoHosts();
    await using holder = new S3FileBackend(far);
    await using next = new S3FileBackend(near);
    cable.latency = 300;
    const session = await holder.syncSession();
    const begun = performance.now();
    expect(await codeOf(next.syncSession({ timeout: 4500 }))).toBe('LOCK_TIMEOUT');
    expect(performance.now() - begun).toBeGreaterThan(4400);
    await session.create('a', { data: 'A' });
    await session.commit();
    await session[Symbol.asyncDispose]();
    await next.syncSession(async () => undefined, { timeout: 1000 });
  });

  test('every session has a greater number than the one before, also after it was given back', async () => {
    const { far, near } = await twoHosts();
    await using one = new S3FileBackend(far);
    await using other = new S3FileBackend(near);
    const epochs: number[] = [];
    for (const vault of [one, other, other, one]) {
      await vault.syncSession(async () => undefined);
      epochs.push(await epochIn(vault));
    }
    expect(epochs).toEqual([1, 2, 3, 4]);
  });

  test('a renewal whose answer is lost is known to have taken place', async () => {
    const { cable, far } = await twoHosts();
    await using holder = new S3FileBackend(far);
    const session = await holder.syncSession();
    let lost = 0;
    cable.between = async ({ method, key }, forward) => {
      const answer = await forward();
      return method === 'PUT' && key.endsWith('.f9/session') && lost++ === 0 ? 'reset' : answer;
    };
    await session.commit();
    expect(lost).toBe(2 - 1);
    await session.create('a', { data: 'A' });
    await session[Symbol.asyncDispose]();
  });

  test('who gives up while the bucket is told holds nothing', async () => {
    const { cable, far, near } = await twoHosts();
    await using impatient = new S3FileBackend(far);
    await using next = new S3FileBackend(near);
    await next.create('a', { data: 'a' });
    const controller = new AbortController();
    const whole = Promise.withResolvers<void>();
    cable.between = async ({ method, key }, forward) => {
      const isTaking = method === 'PUT' && key.endsWith('.f9/session') && !controller.signal.aborted;
      const answer = await forward();
      if (isTaking) {
        controller.abort(new Error('enough'));
        await whole.promise;
      }
      return answer;
    };
    await expect(impatient.syncSession({ signal: controller.signal })).rejects.toThrow('enough');
    // It does not close before that is given back.
    const closed = impatient.close();
    whole.resolve();
    await closed;
    // Before the lease of three seconds ends by itself.
    await next.syncSession(async () => undefined, { timeout: 1500 });
  });

  test('clocks an hour apart change nothing', async () => {
    const { far, near } = await twoHosts();
    const { now } = Date;
    await using holder = new S3FileBackend(far);
    await using next = new S3FileBackend(near);
    const session = await holder.syncSession();
    Date.now = () => now() + 3_600_000;
    try {
      expect(await codeOf(next.syncSession({ timeout: 500 }))).toBe('LOCK_TIMEOUT');
      await session.create('a', { data: 'A' });
      await session.commit();
      await session[Symbol.asyncDispose]();
      await next.syncSession(async (vault) => void (await vault.update('a', { data: 'B' })));
      expect(await holder.read('a', { binary: false })).toBe('B');
    } finally {
      Date.now = now;
    }
  });

  test('what is in the place of the session and none is INTEGRITY', async () => {
    const options = await newVault();
    await using vault = new S3FileBackend(options);
    await vault.open();
    const { service, keys } = vault.driver;
    const body = Buffer.from('{}');
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(body).digest('hex');
    await service.put({ key: keys.ofState('session'), body, sha256, condition: { kind: 'anything' } }, {});
    expect(await codeOf(vault.syncSession())).toBe('INTEGRITY');
  });
});
