import { inspect } from 'node:util';
import { FileBackendError, isFileBackendError } from '@f9/core';
import { FAULTS, type Fault } from '@f9/openai-server';
import OpenAI from 'openai';
import { expect, test, vi } from 'vitest';
import { OpenAIBackendError, OpenAIVectorStoreFileBackend } from '../src/index.ts';
import { connect } from './connect.ts';
import { API_KEY } from './quick.ts';

const ALWAYS = { times: Number.POSITIVE_INFINITY };

test.for([
  [FAULTS.error, 'UNAVAILABLE', 500, true],
  [FAULTS.overloaded, 'UNAVAILABLE', 503, true],
  [FAULTS.reset, 'UNAVAILABLE', undefined, true],
  [FAULTS.cutBody, 'UNAVAILABLE', undefined, true],
  [FAULTS.silence, 'TIMEOUT', undefined, true],
  [FAULTS.stalledBody, 'TIMEOUT', undefined, true],
  [FAULTS.timeout, 'TIMEOUT', 408, true],
  [FAULTS.conflict, 'BUSY', 409, true],
  [FAULTS.rateLimitWithoutHint, 'RATE_LIMITED', 429, true],
  [FAULTS.insufficientQuota, 'QUOTA_EXCEEDED', 429, false],
  [FAULTS.unauthorized, 'UNAUTHENTICATED', 401, false],
  [FAULTS.forbidden, 'PERMISSION_DENIED', 403, false],
  [FAULTS.missing, 'UNAVAILABLE', 404, false],
  [{ kind: 'error', status: 400, message: 'No such thing.' }, 'IO', 400, false],
] as const satisfies [Fault, string, number | undefined, boolean][])(
  '%o is %s',
  async ([fault, code, status, retryable]) => {
    const { open, server } = await connect({ unkind: false });
    // A busy machine must not look like a silent server.
    const backend = open({
      timeout: code === 'TIMEOUT' && status === undefined ? 500 : 30_000,
      maxRetries: 1,
    });
    await backend.exists('a.md');
    server.inject(fault, ALWAYS);
    const error: unknown = await backend.create('a.md', { data: 'a' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileBackendError);
    expect(error).toMatchObject({ code, retryable, operation: 'create', path: 'a.md' });
    expect((error as Error).message).toContain('"a.md"');
    if (error instanceof OpenAIBackendError) {
      expect(error.status).toBe(status);
      expect(error.toJSON()).toMatchObject({ code, status });
      if (status !== undefined) expect(error.requestId).toMatch(/^req_/);
    } else expect([401, 403]).toContain(status);
  },
);

test('no error, however it is shown, holds the key, even where the service repeats it', async () => {
  const { server, vectorStoreId } = await connect({ unkind: false });
  const custom = 'azure-key-without-a-pattern';
  for (const apiKey of ['sk-proj-wrong_key-123', custom]) {
    const backend = new OpenAIVectorStoreFileBackend({ apiKey, baseURL: server.url, vectorStoreId });
    for (const status of [400, 401, 403, 500]) {
      server.inject({
        kind: 'error',
        status,
        message: `Incorrect API key provided: ${apiKey}, Bearer ${apiKey}.`,
      });
      const error: unknown = await backend.read('a').catch((thrown: unknown) => thrown);
      expect(isFileBackendError(error)).toBe(true);
      for (const form of [
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error),
        String(error),
      ]) {
        expect(form).not.toContain(apiKey);
      }
    }
    for (const form of [inspect(backend, { depth: 9, showHidden: true }), JSON.stringify(backend)]) {
      expect(form).not.toContain(apiKey);
    }
    await backend[Symbol.asyncDispose]();
  }
});

test('without a key nothing is sent, and the error says how to give one', () => {
  vi.stubEnv('OPENAI_API_KEY', '');
  try {
    expect(() => new OpenAIVectorStoreFileBackend({ vectorStoreId: 'vs_1' })).toThrow(
      expect.objectContaining({
        code: 'UNAUTHENTICATED',
        message: expect.stringContaining('OPENAI_API_KEY'),
      }),
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

test('options out of range and ids that are none are refused', () => {
  const make = (options: object) => () =>
    new OpenAIVectorStoreFileBackend({ vectorStoreId: 'vs_1', apiKey: 'k', ...options });
  for (const options of [
    { vectorStoreId: '' },
    { vectorStoreId: '../files' },
    { cacheTtl: -1 },
    { concurrency: 0 },
    { concurrency: 1.5 },
    { timeout: 0 },
    { timeout: Number.NaN },
    { maxRetries: -1 },
    { inlineLimit: 4000 },
    { partSize: 10 },
    { partSize: 1e9 },
    { pollInterval: -1 },
    { apikey: 'sk-1' },
    { contentstore: undefined },
  ]) {
    expect(make(options), JSON.stringify(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  }
});

test('a pause that the service asks for is kept by all requests', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.exists('a');
  server.inject({ kind: 'error', status: 429, retryAfter: 0.2 }, { route: 'files.create' });
  const begun = performance.now();
  await backend.create('a', { data: 'a' });
  expect(performance.now() - begun).toBeGreaterThan(190);
});

test('a pause of hours is not waited for', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.exists('a');
  server.inject({ kind: 'error', status: 429, retryAfter: 7200 }, { route: 'files.create', ...ALWAYS });
  await expect(backend.create('a', { data: 'a' })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('requests are limited to concurrency', async () => {
  const { open, server } = await connect({ unkind: false, latency: 5 });
  const backend = open({ concurrency: 3 });
  await Promise.all(Array.from({ length: 30 }, (_, i) => backend.create(`f${i}`, { data: 'x' })));
  expect(Math.max(...server.requests.map(({ concurrent }) => concurrent))).toBe(3);
});

test.for(['silence', 'stalledBody'] as const)('an abort ends a request in %s at once', async (fault) => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, timeout: 60_000 });
  await backend.create('a', { data: 'a' });
  server.inject(fault, { route: 'vectorStores.files.content', ...ALWAYS });
  const controller = new AbortController();
  const reading = backend.read('a', { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 30);
  await expect(reading).rejects.toThrow('enough');
  server.clearFaults();
  server.inject(fault, ALWAYS);
  const writing = backend.create('b', { data: 'b', signal: AbortSignal.timeout(30) });
  await expect(writing).rejects.toMatchObject({ name: 'TimeoutError' });
  server.clearFaults();
});

test('processing that does not end is given up after processingTimeout, and nothing is left', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ processingTimeout: 50 });
  server.inject(
    { kind: 'late', processedAfter: Number.POSITIVE_INFINITY },
    { route: 'vectorStores.files.create', ...ALWAYS },
  );
  await expect(backend.create('a', { data: 'a' })).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: expect.stringContaining('processingTimeout'),
  });
  await backend[Symbol.asyncDispose]();
  expect(server.snapshot().files).toEqual([]);
});

test('a service that does not give files back is told apart, and a content store is proposed', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0 });
  server.inject({ kind: 'error', status: 400 }, { route: 'vectorStores.files.content', ...ALWAYS });
  await expect(backend.create('a', { data: 'a' })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('contentStore'),
  });
  await backend[Symbol.asyncDispose]();
  expect(server.snapshot().files).toEqual([]);
});

test('an upload whose answer was lost and that no list shows yet is found and removed in the end', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open();
  await backend.exists('a');
  server.inject({ kind: 'late', listedAfter: 1 }, { route: 'files.create' });
  server.inject('commitThenError', { route: 'files.create' });
  await backend.create('a', { data: 'a' });
  expect(server.requests.filter(({ route }) => route === 'files.create')).toHaveLength(2);
  expect(server.snapshot().files).toHaveLength(1);
  expect(await open().read('a', { binary: false })).toBe('a');
});

test('an injected client is used as it is', async () => {
  const { server, vectorStoreId } = await connect({ unkind: false });
  const client = new OpenAI({ apiKey: API_KEY, baseURL: server.url, defaultHeaders: { 'x-mine': 'yes' } });
  await using backend = await OpenAIVectorStoreFileBackend.open({ client, vectorStoreId });
  await backend.create('a', { data: 'a' });
  expect(await backend.read('a', { binary: false })).toBe('a');
});
