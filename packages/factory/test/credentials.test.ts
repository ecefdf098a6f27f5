import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { BackendFactory, type CredentialsRequest, formatUri } from '../src/index.ts';
import { spyingPlugin } from './example-plugin.ts';

const environment = { EXAMPLE_PASSWORD: 's3cr3t-environment' };

test('a secret comes from the URI, else from the callback, else from the environment', async () => {
  const { plugin, requests } = spyingPlugin();
  const factory = new BackendFactory({ plugins: [plugin], environment });
  const credentials = (): { password: string } => ({ password: 's3cr3t-callback' });
  await factory.resolve('example://host/?password=s3cr3t-parameter', { credentials });
  await factory.resolve('example://u:s3cr3t%2Fuserinfo@host/', { credentials });
  await factory.resolve('example://host/', { credentials });
  await factory.resolve('example://host/');
  await factory.resolve('example://host/', { environment: { EXAMPLE_PASSWORD: '' } });
  expect(requests.map(({ options }) => options.password)).toEqual([
    's3cr3t-parameter',
    's3cr3t/userinfo',
    's3cr3t-callback',
    's3cr3t-environment',
    undefined,
  ]);
});

test('the environment of the process is what is read by default', async () => {
  const { plugin, requests } = spyingPlugin();
  vi.stubEnv('EXAMPLE_PASSWORD', 's3cr3t-process');
  try {
    await new BackendFactory({ plugins: [plugin] }).resolve('example://host/');
  } finally {
    vi.unstubAllEnvs();
  }
  expect(requests[0]!.options.password).toBe('s3cr3t-process');
});

test('the callback is told whose secrets are missing, and which, and is not asked for those that are there', async () => {
  const { plugin, requests } = spyingPlugin();
  const asked: CredentialsRequest[] = [];
  const factory = new BackendFactory({
    plugins: [plugin],
    environment: {},
    credentials: async (request) => {
      asked.push(request);
      return request.names.includes('token') ? { token: 's3cr3t-token', password: undefined } : undefined;
    },
  });
  await factory.resolve('example://u@host/a@main?region=eu&password=s3cr3t');
  await factory.resolve('example://u@host/a?token=s3cr3t&password=s3cr3t');
  expect(asked).toEqual([
    {
      scheme: 'example',
      username: 'u',
      host: 'host',
      path: '/a',
      ref: 'main',
      parameters: { region: 'eu' },
      names: ['token'],
    },
  ]);
  expect(requests[0]!.options).toEqual({ region: 'eu', password: 's3cr3t', token: 's3cr3t-token' });
});

test('what the callback throws is thrown as it is', async () => {
  const { plugin } = spyingPlugin();
  const locked = new Error('The keychain is locked');
  const factory = new BackendFactory({ plugins: [plugin], credentials: () => Promise.reject(locked) });
  await expect(factory.resolve('example://host/')).rejects.toBe(locked);
});

test.each([
  [{ pasword: 's3cr3t' }, 'gave "pasword", which is not a secret here. The closest is "password"'],
  [{ region: 's3cr3t' }, 'gave "region", which is not a secret here'],
  [{ password: ['s3cr3t'] }, 'must give "password" as a string'],
  [{ password: '' }, 'its parameter "password": is not acceptable'],
])('credentials %j are refused', async (given, message) => {
  const { plugin } = spyingPlugin();
  const factory = new BackendFactory({
    plugins: [plugin],
    environment: {},
    credentials: () => given as Record<string, string>,
  });
  const error = await factory.resolve('example://host/').catch((caught: Error) => caught);
  expect((error as Error).message).toContain(message);
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cr3t');
});

test('a factory shows none of what it was given', () => {
  const { plugin } = spyingPlugin();
  const factory = new BackendFactory({
    plugins: [plugin],
    environment: { EXAMPLE_PASSWORD: 's3cr3t' },
    credentials: () => ({ password: 's3cr3t' }),
  });
  for (const shown of [
    inspect(factory, { depth: null, showHidden: true }),
    JSON.stringify(factory),
    String(factory),
  ]) {
    expect(shown).not.toContain('s3cr3t');
  }
});

test('a user name of http(s) is a secret, wherever a token may stand, encoded too', async () => {
  const { plugin, requests } = spyingPlugin();
  const factory = new BackendFactory({
    plugins: [{ ...plugin, schemes: ['example+https', 'http'] }],
    environment: {},
  });
  for (const text of [
    'example+https://ghp_s3cr3t@host/a?region=eu',
    'example+https://ghp%5Fs3cr3t@host/a?region=eu',
    'example+https://ghp_s3cr3t:x-oauth-basic@host/a?region=eu',
    'example+https://ghp_s3cr3t:@host/a?region=eu',
    'http://ghp_s3cr3t@host/a?region=eu',
  ]) {
    const uri = await factory.parseUri(text);
    expect(`${JSON.stringify(uri)} ${formatUri(uri)}`).not.toMatch(/s3cr3t|ghp/);
    await factory.resolve(text).catch(() => undefined);
  }
  expect(requests[0]!.uri.username).toBe('ghp_s3cr3t');
  for (const wrong of ['?hunter=1', ':p@host/?x=1', '?region=eu&s3cr3t=1']) {
    const error = await factory
      .resolve(`example+https://s3cr3t@host/a${wrong}`)
      .catch((caught: unknown) => caught);
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('s3cr3t');
  }
});

test('a user name of ssh is none', async () => {
  const uri = await new BackendFactory().parseUri('git+ssh://git@host/me/notes.git');
  expect(formatUri(uri)).toBe('git+ssh://git@host/me/notes.git');
});

test('a user name of http(s) is not printed when somebody puts one together', () => {
  const uri = { scheme: 'git+https', username: 'token', host: 'host', path: '/a', parameters: {} };
  expect(() => formatUri(uri)).toThrow(expect.objectContaining({ code: 'INVALID_URI' }) as Error);
});
