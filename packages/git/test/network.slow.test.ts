import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type GitHttpServer, serveGitOverHttp } from '../../../examples/support/git-http-server.ts';
import type { GitSyncFileBackend } from '../src/index.ts';
import { childProcesses } from './child-processes.ts';
import { filesAt, git } from './repository.ts';
import { type Fault, FaultyProxy } from './servers/faulty-proxy.ts';
import { GitDaemon } from './servers/git-daemon.ts';
import { contentsOf, Vaults } from './vaults.ts';

const isLong = process.env.F9_FAULTS === 'all';

vi.setConfig({ testTimeout: isLong ? 3_600_000 : 120_000 });

const OFFLINE = { code: 'UNAVAILABLE', reason: 'offline', retryable: true };

/** Vaults whose remote is a server over HTTP, behind a proxy that can be told to fail. */
async function overHttp(
  users?: Record<string, string>,
): Promise<{ vaults: Vaults; server: GitHttpServer; proxy: FaultyProxy }> {
  const vaults = new Vaults();
  const server = await serveGitOverHttp(vaults.folder, users);
  const proxy = await FaultyProxy.start(server.port);
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  vaults.options = { remoteUrl: `${proxy.url}/remote.git`, allowInsecure: true };
  return { vaults, server, proxy };
}

/** A web server that answers everything alike. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/remote.git`;
}

/** Nothing that compresses: a byte sent is a byte of a file. */
const noise = (length: number): Buffer => randomBytes(length);
/** Bytes of a file that a connection breaks in. */
const SIZE = isLong ? 64_000 : 8000;

describe('logging in', () => {
  const users = { you: 'p@ss:word %41' };

  test('takes user and password from the options, or from the URL', async () => {
    const { vaults, proxy } = await overHttp(users);
    const ours = await vaults.open('ours', { username: 'you', password: users.you });
    await ours.create('a', { data: 'A' });
    await ours.push();
    const url = `http://you:${encodeURIComponent(users.you)}@127.0.0.1:${proxy.port}/remote.git`;
    expect(await contentsOf(await vaults.open('theirs', { remoteUrl: url }))).toEqual({ a: 'A' });
  });

  test.each([
    ['no password', {}],
    ['a wrong password', { username: 'you', password: 'wrong' }],
    ['a wrong user', { username: 'me', password: users.you }],
  ])('with %s is UNAUTHENTICATED, and leaves nothing behind', async (_, credentials) => {
    const { vaults } = await overHttp(users);
    const attempt = vaults.open('ours', credentials);
    await expect(attempt).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      name: 'PermissionDeniedError',
      operation: 'open',
      message: expect.stringContaining('check username and password'),
    });
    expect(fs.readdirSync(vaults.folder)).toEqual(['remote.git']);
  });

  test('that stops working is told by the operation that needed it; the vault goes on', async () => {
    const { vaults } = await overHttp(users);
    const before = await vaults.open('ours', { username: 'you', password: users.you });
    await before[Symbol.asyncDispose]();
    const ours = await vaults.open('ours', { username: 'you', password: 'expired' });
    await ours.create('a', { data: 'A' });
    for (const attempt of [
      ours.pull(),
      ours.push(),
      ours.syncSession(async () => undefined, { pull: true }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(await contentsOf(ours)).toEqual({ a: 'A' });
  });
});

describe('a server that refuses', () => {
  test.each([
    [403, { code: 'PERMISSION_DENIED', retryable: false }],
    [404, { code: 'NOT_FOUND', reason: 'repository-missing', retryable: false }],
    [429, { code: 'RATE_LIMITED', retryable: true }],
    [500, OFFLINE],
    [503, OFFLINE],
  ])('with %i is told apart', async (status, error) => {
    const vaults = new Vaults();
    const remoteUrl = await answering((_, response) => void response.writeHead(status).end());
    await expect(vaults.open('ours', { remoteUrl, allowInsecure: true })).rejects.toMatchObject(error);
    expect(fs.existsSync(vaults.at('ours'))).toBe(false);
  });

  test('with a redirect sends nobody anywhere, least of all the password', async () => {
    const asked: string[] = [];
    const elsewhere = await answering((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(404).end();
    });
    const remoteUrl = await answering((request, response) => {
      response.writeHead(301, { location: elsewhere + request.url }).end();
    });
    const attempt = new Vaults().open('ours', { remoteUrl, allowInsecure: true, password: 'hunter2' });
    await expect(attempt).rejects.toMatchObject({ reason: 'redirected', retryable: false });
    expect(asked).toEqual([]);
  });

  test('by a rule of its own is not asked again, is quoted, and the commit is safe', async () => {
    const { vaults, server } = await overHttp();
    const hook = join(vaults.remote, 'hooks', 'pre-receive');
    fs.mkdirSync(join(vaults.remote, 'hooks'), { recursive: true });
    fs.writeFileSync(hook, '#!/bin/sh\necho "Only on Fridays" >&2\nexit 1\n', { mode: 0o755 });
    const ours = await vaults.open('ours');
    await ours.create('a', { data: 'A' });
    const before = server.requests;
    await expect(ours.push({ message: 'On a Monday' })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(
        /pre-receive hook declined \("Only on Fridays"\); everything is safe here/,
      ),
    });
    // One to learn what is there, one to push.
    expect(server.requests - before).toBe(2);
    expect(git(vaults.at('ours'), 'log', '--format=%s')).toBe('On a Monday');
    fs.rmSync(hook);
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'A' });
  });
});

describe('without a network', () => {
  test('everything but push and pull works, and what fails may be tried again', async () => {
    const { vaults, proxy } = await overHttp();
    const ours = await vaults.open('ours');
    await ours.create('a', { data: 'A' });
    await ours.push();
    proxy.fault = { direction: 'to server', after: 0, action: 'drop' };
    await ours.update('a', { data: 'B' });
    await ours.create('b', { data: 'B' });
    for (const attempt of [() => ours.pull(), () => ours.push(), () => ours.sync()]) {
      await expect(attempt()).rejects.toMatchObject(OFFLINE);
    }
    expect(await contentsOf(ours)).toEqual({ a: 'B', b: 'B' });
    expect((await ours.info('a')).createdAt).toBeInstanceOf(Date);
    const reopened = await vaults.open('ours');
    expect(await contentsOf(reopened)).toEqual({ a: 'B', b: 'B' });
    await expect(vaults.open('theirs')).rejects.toMatchObject(OFFLINE);
    proxy.fault = undefined;
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'B', b: 'B' });
  });
});

describe('a server that falls silent', () => {
  const silent: Fault = { direction: 'to client', after: 100, action: 'stall' };

  test('is given up after timeout, within a second, and no process stays behind', async () => {
    const { vaults, proxy } = await overHttp();
    const patient = await vaults.open('ours');
    await patient.create('a', { data: 'A' });
    const ours = await vaults.open('ours', { timeout: 1000 });
    proxy.fault = silent;
    for (const attempt of [
      () => ours.pull(),
      () => ours.push(),
      () => vaults.open('new', { timeout: 1000 }),
    ]) {
      const start = performance.now();
      await expect(attempt()).rejects.toMatchObject({ code: 'TIMEOUT', reason: 'timeout', retryable: true });
      expect(performance.now() - start).toBeLessThan(1000 + 1000);
      // The server's own, too.
      await expect.poll(childProcesses).toEqual([]);
    }
    proxy.fault = undefined;
    await patient.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'A' });
  });

  test('is left at once by an abort, and no process stays behind', async () => {
    const { vaults, proxy } = await overHttp();
    const ours = await vaults.open('ours');
    await ours.create('a', { data: 'A' });
    proxy.fault = silent;
    const reason = new Error('enough');
    const attempts = [
      (signal: AbortSignal) => ours.pull({ signal }),
      (signal: AbortSignal) => ours.push({ signal }),
      (signal: AbortSignal) => ours.syncSession(async () => undefined, { signal, pull: true }),
    ];
    for (const attempt of attempts) {
      const controller = new AbortController();
      const work = attempt(controller.signal);
      await expect.poll(() => proxy.bytes['to server']).toBeGreaterThan(0);
      const start = performance.now();
      controller.abort(reason);
      await expect(work).rejects.toBe(reason);
      expect(performance.now() - start).toBeLessThan(1000);
      // The server's own, too.
      await expect.poll(childProcesses).toEqual([]);
      proxy.fault = silent;
    }
  });

  test('keeps nobody from disposing of a vault whose autoPull was aborted', async () => {
    const { vaults, proxy } = await overHttp();
    const ours = await vaults.open('ours', { autoPull: true });
    proxy.fault = silent;
    const controller = new AbortController();
    const read = ours.exists('a', { signal: controller.signal });
    await expect.poll(() => proxy.bytes['to server']).toBeGreaterThan(0);
    controller.abort(new Error('enough'));
    await expect(read).rejects.toThrow('enough');
    await ours[Symbol.asyncDispose]();
    await expect.poll(childProcesses).toEqual([]);
  });
});

describe('a connection that breaks', () => {
  /** Some of the bytes that go one way while `work` runs undisturbed; long runs try every kilobyte, and what is short eight times. */
  function borders(total: number): number[] {
    const count = isLong ? Math.max(8, Math.ceil(total / 1024)) : 1;
    if (isLong) console.log(`${expect.getState().currentTestName}: ${total} bytes, broken ${count} times`);
    return Array.from({ length: count }, (_, i) => Math.floor((total * (i + 0.5)) / count));
  }

  test.each(['to server', 'to client'] as const)(
    'on a push (%s) leaves it landed once, or not at all',
    async (direction) => {
      const { vaults, proxy } = await overHttp();
      const ours = await vaults.open('ours');
      await ours.create('first', { data: noise(SIZE) });
      proxy.fault = undefined;
      await ours.push();
      let pushes = 1;
      for (const after of borders(proxy.bytes[direction])) {
        await ours.create(`at ${after}`, { data: noise(SIZE) });
        proxy.fault = { direction, after, action: 'drop' };
        const failure = await ours.push({ message: `Break after ${after}` }).catch((error: unknown) => error);
        if (failure !== undefined) expect(failure, String(failure)).toMatchObject(OFFLINE);
        expect(proxy.hasStruck, `after ${after} bytes`).toBe(true);
        git(vaults.remote, 'fsck', '--strict');
        proxy.fault = undefined;
        await ours.push();
        pushes++;
        expect(git(vaults.remote, 'rev-list', '--count', 'main')).toBe(String(pushes));
        expect(git(vaults.remote, 'rev-parse', 'main')).toBe(git(vaults.at('ours'), 'rev-parse', 'HEAD'));
      }
      git(vaults.at('ours'), 'fsck', '--strict');
    },
  );

  test.each(['to server', 'to client'] as const)(
    'on a pull (%s) brings all of it, or nothing',
    async (direction) => {
      const { vaults, proxy } = await overHttp();
      const [ours, theirs] = await vaults.two({ first: 'first' });
      const publish = async (name: string): Promise<void> => {
        await ours.create(`${name}/one`, { data: noise(SIZE / 2) });
        await ours.create(`${name}/two`, { data: noise(SIZE / 2) });
        await ours.push();
      };
      await publish('undisturbed');
      proxy.fault = undefined;
      await theirs.pull();
      for (const after of borders(proxy.bytes[direction])) {
        await publish(`at ${after}`);
        const before = await theirs.globFiles('**');
        proxy.fault = { direction, after, action: 'drop' };
        await expect(theirs.pull()).rejects.toMatchObject(OFFLINE);
        expect(proxy.hasStruck, `after ${after} bytes`).toBe(true);
        expect(await theirs.globFiles('**')).toEqual(before);
        proxy.fault = undefined;
        await theirs.pull();
        expect(await theirs.globFiles('**')).toEqual(
          [...before, `at ${after}/one`, `at ${after}/two`].sort(),
        );
      }
      git(vaults.at('theirs'), 'fsck', '--strict');
      expect(git(vaults.at('theirs'), 'status', '--porcelain')).toBe('');
    },
  );

  test('before the answer to a push that landed is found out, and the push is not done twice', async () => {
    const { vaults, proxy } = await overHttp();
    const ours = await vaults.open('ours');
    await ours.create('a', { data: 'A' });
    const request = 'POST /remote.git/git-receive-pack';
    // Where nothing at all comes back, curl itself asks once more.
    const after = 'HTTP/1.1 200 OK\r\n'.length;
    proxy.fault = { request, direction: 'to client', after, action: 'stall' };
    const push = ours.push();
    await expect.poll(() => git(vaults.remote, 'for-each-ref')).toContain('refs/heads/main');
    await expect.poll(() => proxy.hasStruck).toBe(true);
    proxy.fault = undefined;
    await push;
    expect(git(vaults.remote, 'rev-list', '--count', 'main')).toBe('1');
    expect(git(vaults.at('ours'), 'status', '--porcelain', '--branch')).toBe('## main...origin/main');
  });
});

test('the plain git protocol works, where insecure is allowed', async () => {
  const vaults = new Vaults();
  const daemon = await GitDaemon.start(vaults.folder);
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  const options = { remoteUrl: `${daemon.url}/remote.git`, allowInsecure: true };
  const ours = await vaults.open('ours', options);
  await ours.create('a', { data: 'A' });
  await ours.push();
  const theirs: GitSyncFileBackend = await vaults.open('theirs', options);
  expect(await contentsOf(theirs)).toEqual({ a: 'A' });
  await daemon.setReachable(false);
  await expect(theirs.pull()).rejects.toMatchObject(OFFLINE);
});
