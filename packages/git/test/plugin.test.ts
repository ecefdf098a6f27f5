import { join } from 'node:path';
import { isSyncFileBackend } from '@f9/core';
import type { ParsedUri } from '@f9/core/driver';
import { expect, onTestFinished, test } from 'vitest';
import { type GitSyncFileBackend, gitPlugin } from '../src/index.ts';
import { remoteOf } from '../src/plugin.ts';
import { parseRemote } from '../src/remote/address.ts';
import { git } from './repository.ts';
import { Vaults } from './vaults.ts';

type Options = Parameters<typeof gitPlugin.create>[0]['options'];

async function make(uri: ParsedUri, options: Options, baseDirectory: string): Promise<GitSyncFileBackend> {
  const backend = (await gitPlugin.create({ uri, options, baseDirectory })) as GitSyncFileBackend;
  onTestFinished(() => backend[Symbol.asyncDispose]());
  return backend;
}

test.each([
  ['no host', { path: '/owner/repo' }],
  ['no repository', { host: 'host', path: '' }],
  ['nothing but a slash for a repository', { host: 'host', path: '/' }],
])('a URI with %s is INVALID_URI', (_, uri) => {
  expect(() =>
    gitPlugin.create({ uri: { scheme: 'git+https', ...uri }, options: {}, baseDirectory: '/' }),
  ).toThrow(expect.objectContaining({ code: 'INVALID_URI' }));
});

test.each<readonly [ParsedUri, string]>([
  [
    { scheme: 'git+https', host: 'example.com', path: '/you/my notes.git' },
    'https://example.com/you/my%20notes.git',
  ],
  [{ scheme: 'git+https', host: 'example.com', port: 8443, path: '/n' }, 'https://example.com:8443/n'],
  [{ scheme: 'git+ssh', host: 'example.com', path: '/you/notes' }, 'ssh://example.com/you/notes'],
  [{ scheme: 'git+ssh', username: 'me', host: '::1', port: 2222, path: '/n' }, 'ssh://me@[::1]:2222/n'],
  [{ scheme: 'git+http', host: 'example.com', path: '/n' }, 'http://example.com/n'],
  [{ scheme: 'git', host: 'example.com', path: '/n' }, 'git://example.com/n'],
])('%j is the repository at %s', (uri, url) => {
  expect(parseRemote(remoteOf(uri, '/'), true).url).toBe(url);
});

test('insecure schemes need allow_insecure', () => {
  for (const scheme of ['git+http', 'git']) {
    const uri = { scheme, host: 'example.com', path: '/n' };
    expect(() => gitPlugin.create({ uri, options: {}, baseDirectory: '/' })).toThrow('set allowInsecure');
    expect(() =>
      gitPlugin.create({ uri, options: { allowInsecure: true }, baseDirectory: '/' }),
    ).not.toThrow();
  }
});

test('a repository on this machine, a branch of it and a folder are found from a base', async () => {
  const vaults = new Vaults();
  await vaults.two({ a: 'a' });
  git(vaults.remote, 'branch', 'feature/one', 'main');
  const uri = { scheme: 'git+file', path: 'remote.git', ref: 'feature/one' };
  const vault = await make(uri, { path: 'clones/one', authorName: 'Ada', autoPush: true }, vaults.folder);
  expect(isSyncFileBackend(vault)).toBe(true);
  await vault.update('a', { data: 'b' });
  expect(git(vaults.remote, 'log', '-1', '--format=%an %s', 'feature/one')).toBe('Ada Update a');
  expect(git(join(vaults.folder, 'clones', 'one'), 'branch', '--show-current')).toBe('feature/one');
  const absolute = { scheme: 'git+file', path: vaults.remote };
  expect(await (await make(absolute, { path: vaults.at('two') }, '/')).read('a', { binary: false })).toBe(
    'a',
  );
});

test('parameters are typed as the options they are: seconds are milliseconds, secrets are marked', () => {
  const { parameters } = gitPlugin;
  const parse = (name: keyof typeof parameters, text: string): unknown =>
    parameters[name].schema['~standard'].validate(text);
  expect(parse('max_stale', '2.5')).toEqual({ value: 2500 });
  expect(parse('timeout', '30')).toEqual({ value: 30_000 });
  expect(parse('depth', '1')).toEqual({ value: 1 });
  expect(parse('auto_pull', 'true')).toEqual({ value: true });
  for (const [name, text] of [
    ['depth', '0'],
    ['depth', '1.5'],
    ['max_stale', '-1'],
    ['timeout', '0'],
  ] as const) {
    expect(parse(name, text), `${name}=${text}`).toHaveProperty('issues');
  }
  const secrets = Object.entries(parameters).filter(([, parameter]) => parameter.secret === true);
  expect(secrets.map(([name]) => name)).toEqual(['password']);
});
