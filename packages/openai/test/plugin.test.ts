import type { BackendRequest, ParsedUri } from '@f9/core/driver';
import { expect, test } from 'vitest';
import { OpenAIVectorStoreFileBackend, openaiPlugin } from '../src/index.ts';
import { connect } from './connect.ts';
import { API_KEY } from './quick.ts';

const uri: ParsedUri = { scheme: 'openai+vector', host: 'vs_123', path: '' };

async function parsed(parameter: string, text: string): Promise<unknown> {
  return await openaiPlugin.parameters[parameter]!.schema['~standard'].validate(text);
}

test('its parameters are the options: the key a secret, the time to live in seconds', async () => {
  const { api_key, base_url, cache_ttl } = openaiPlugin.parameters;
  expect(api_key).toMatchObject({ option: 'apiKey', secret: true, environment: 'OPENAI_API_KEY' });
  expect(base_url).toMatchObject({ option: 'baseURL' });
  expect(cache_ttl).toMatchObject({ option: 'cacheTtl' });
  expect(await parsed('cache_ttl', '2.5')).toEqual({ value: 2500 });
  expect(await parsed('cache_ttl', '-1')).toHaveProperty('issues');
  expect(await parsed('api_key', '')).toHaveProperty('issues');
});

test('makes a backend on the store that the URI names', async () => {
  const { server, vectorStoreId, open } = await connect({ unkind: false });
  await open().create('a.md', { data: 'a' });
  const options = { apiKey: API_KEY, baseURL: server.url, cacheTtl: 0 };
  const request: BackendRequest = { uri: { ...uri, host: vectorStoreId }, options, baseDirectory: '/' };
  await using backend = await openaiPlugin.create(request);
  expect(backend).toBeInstanceOf(OpenAIVectorStoreFileBackend);
  expect(await backend.read('a.md', { binary: false })).toBe('a');
});

test('a URI that names no store, or something below one, is refused', () => {
  const { host: _, ...withoutHost } = uri;
  const more = [{ username: 'sk-secret' }, { port: 80 }, { ref: 'main' }].map((part) => ({
    ...uri,
    ...part,
  }));
  for (const wrong of [withoutHost, { ...uri, path: '/notes' }, ...more]) {
    const request: BackendRequest = { uri: wrong, options: {}, baseDirectory: '/' };
    expect(() => openaiPlugin.create(request)).toThrow(
      expect.objectContaining({ code: 'INVALID_URI', message: expect.not.stringContaining('sk-secret') }),
    );
  }
});
