import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, promisify } from 'node:util';
import { type FileBackend, isSyncFileBackend } from '@f9/core';
import { GitSyncFileBackend } from '@f9/git';
import { LocalFileBackend } from '@f9/local';
import { OpenAIVectorStoreFileBackend } from '@f9/openai';
import { startServer } from '@f9/openai-server';
import { S3FileBackend } from '@f9/s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BackendFactory, formatUri } from '../src/index.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'f9-own-backends-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const factory = new BackendFactory({ environment: {} });

describe('every scheme opens its backend', () => {
  test.each<[string, abstract new (...args: never[]) => FileBackend]>([
    ['file:///srv/notes', LocalFileBackend],
    ['file://relative/notes?io=async&durability=none&create_root=false', LocalFileBackend],
    ['git+ssh://host/owner/repo@feature/a?ssh_key=/home/ada/.ssh/id', GitSyncFileBackend],
    ['git+ssh://git@[2001:db8::1]:2222/owner/repo.git@main', GitSyncFileBackend],
    ['git+https://ada:s3cr3t@host:8443/owner/repo@main?auto_pull=true&max_stale=5', GitSyncFileBackend],
    ['git+https://host/owner/repo?username=ada&password=s3cr3t', GitSyncFileBackend],
    ['git+file:///srv/repo.git@main', GitSyncFileBackend],
    ['git+http://host/repo@main?allow_insecure=true', GitSyncFileBackend],
    ['git://host/repo?allow_insecure=true', GitSyncFileBackend],
    [
      'openai+vector://vs_123?api_key=s3cr3t&cache_ttl=5&base_url=https://host/v1',
      OpenAIVectorStoreFileBackend,
    ],
    [
      's3://notes/team?region=eu-west-1&access_key_id=AKIA&secret_access_key=s3cr3t&session_token=s3cr3t',
      S3FileBackend,
    ],
    ['s3://notes?endpoint=http://127.0.0.1:9000&conditional_writes=false&session_lease=5', S3FileBackend],
  ])('%s', async (uri, type) => {
    await using backend = await factory.resolve(uri, { baseDirectory: folder });
    expect(backend).toBeInstanceOf(type);
    const parsed = await factory.parseUri(uri);
    const shown = [backend, backend.driver, parsed, formatUri(parsed), factory]
      .map((each) => `${inspect(each, { depth: null, showHidden: true })}${each}`)
      .concat(JSON.stringify([backend, parsed]));
    expect(shown.join()).not.toContain('s3cr3t');
  });
});

test('the factory knows the schemes of its packages, and no package has another', async () => {
  const packages = [
    await import('@f9/local'),
    await import('@f9/git'),
    await import('@f9/openai'),
    await import('@f9/s3'),
    await import('@f9/postgres'),
    await import('@f9/sqlite'),
  ];
  // A plugin may be the default export as well.
  const plugins = packages
    .flatMap((exports) => [...new Set<unknown>(Object.values(exports))])
    .filter(
      (value): value is { schemes: string[] } =>
        typeof value === 'object' && value !== null && 'schemes' in value,
    );
  expect(plugins.flatMap(({ schemes }) => schemes).sort()).toEqual([...factory.schemes].sort());
});

test('a relative file URI starts at the base directory, an absolute one does not', async () => {
  await using backend = await factory.resolve('file://my%20notes/2024', { baseDirectory: folder });
  await backend.create('a.txt', { data: 'a' });
  expect(await readdir(join(folder, 'my notes/2024'))).toContain('a.txt');
  const { pathname } = pathToFileURL(join(folder, 'my notes/2024'));
  await using same = await factory.resolve(`file://${pathname}`, { baseDirectory: tmpdir() });
  expect(await same.read('a.txt', { binary: false })).toBe('a');
});

test('one program does the same on a folder, a repository and a vector store, opened by URI', async () => {
  const repository = join(folder, 'remote.git');
  await run('git', ['init', '-q', '--bare', '-b', 'main', repository]);
  const server = await startServer();
  try {
    const created = await fetch(`${server.url}/vector_stores`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
      body: '{"name":"vault"}',
    });
    const { id } = (await created.json()) as { id: string };
    const uris = [
      'file://one-program',
      `git+file://${pathToFileURL(repository).pathname}@main?path=one-clone`,
      `openai+vector://${id}?api_key=sk-test&base_url=${encodeURIComponent(server.url)}`,
    ];
    const outcomes = uris.map(async (uri) => {
      await using backend = await factory.resolve(uri, { baseDirectory: folder });
      await backend.create('notes/a.md', { data: '# One\n' });
      await backend.update('notes/a.md', { data: 'more\n', append: true });
      await backend.copy('notes/a.md', 'notes/b.md');
      if (isSyncFileBackend(backend)) await backend.push();
      return [
        await backend.read('notes/b.md', { binary: false }),
        await backend.glob('**'),
        await backend.checksum('notes/a.md'),
      ];
    });
    const [first, ...others] = await Promise.all(outcomes);
    expect(first![0]).toBe('# One\nmore\n');
    for (const other of others) expect(other).toEqual(first);
    const { stdout } = await run('git', ['-C', repository, 'show', 'main:notes/b.md']);
    expect(stdout).toBe('# One\nmore\n');
  } finally {
    await server.close();
  }
});

describe('a bad URI reaches neither a network nor a disk', () => {
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  let port: number;

  beforeAll(async () => {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
    await mkdir(join(folder, 'untouched'));
  });

  afterAll(() => {
    listener.close();
  });

  test.each([
    ['an insecure scheme that is not allowed', 'git+http://HOST/repo@main?password=s3cr3t'],
    ['the git protocol that is not allowed', 'git://HOST/repo?password=s3cr3t'],
    ['an insecure scheme that is forbidden', 'git+http://HOST/repo?allow_insecure=false&password=s3cr3t'],
    ['no host', 'git+https:///repo?password=s3cr3t'],
    ['no repository', 'git+http://HOST?allow_insecure=true&password=s3cr3t'],
    ['a ref that is an option', 'git+http://HOST/repo@--upload-pack=x?allow_insecure=true&password=s3cr3t'],
    ['an empty ref', 'git+http://HOST/repo@?allow_insecure=true&password=s3cr3t'],
    ['an unknown parameter', 'git+http://HOST/repo@main?allow_insecure=true&pasword=s3cr3t'],
    ['a wrong value', 'git+http://HOST/repo@main?allow_insecure=true&depth=s3cr3t'],
    ['a password twice', 'git+http://u:s3cr3t@HOST/repo?allow_insecure=true&password=s3cr3t'],
    ['a vector store with a path', 'openai+vector://vs_1/a?api_key=s3cr3t&base_url=http://HOST/v1'],
    ['a vector store without an id', 'openai+vector:///?api_key=s3cr3t&base_url=http://HOST/v1'],
    ['a wrong cache_ttl', 'openai+vector://vs_1?cache_ttl=s3cr3t&base_url=http://HOST/v1'],
    ['a folder with a fragment', 'file://made/here#s3cr3t'],
    ['a folder with an unknown parameter', 'file://made/here?crate_root=s3cr3t'],
    ['a folder with a wrong value', 'file://made/here?io=s3cr3t'],
    ['a folder with a password', 'file://made/here?password=s3cr3t'],
  ])('%s', async (_, uri) => {
    const baseDirectory = join(folder, 'untouched');
    const error: unknown = await factory
      .resolve(uri.replace('HOST', `127.0.0.1:${port}`), { baseDirectory })
      .then(async (backend) => {
        await backend[Symbol.asyncDispose]();
        return 'It was opened';
      })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'INVALID_URI' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cr3t');
    expect([connections, await readdir(baseDirectory)]).toEqual([0, []]);
  });
});

test('git gets a token that stands as the user name, and shows nothing of it', async () => {
  const factory = new BackendFactory({ environment: {} });
  const text = 'git+https://ghp_s3cr3t@127.0.0.1:1/me/notes.git';
  expect(formatUri(await factory.parseUri(text))).toBe('git+https://127.0.0.1:1/me/notes.git');
  await using vault = await factory.resolve(`${text}?path=${encodeURIComponent(join(folder, 'clone'))}`);
  const error = await vault.read('a').catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'UNAVAILABLE' });
  expect(`${inspect(vault)} ${inspect(error)} ${JSON.stringify(error)}`).not.toContain('s3cr3t');
  await expect(factory.resolve(`${text}?username=me`)).rejects.toMatchObject({ code: 'INVALID_URI' });
});
