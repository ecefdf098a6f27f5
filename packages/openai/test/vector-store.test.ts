import { startServer } from '@f9/openai-server';
import OpenAI from 'openai';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createVectorStore, ensureVectorStore, OpenAIVectorStoreFileBackend } from '../src/index.ts';

async function service() {
  const server = await startServer({ unkind: false });
  onTestFinished(() => server.close());
  const account = { apiKey: 'sk-test', baseURL: server.url };
  const stores = (): string[] => server.snapshot().vectorStores.map(({ name }) => name);
  return { server, account, stores };
}

test('ensureVectorStore makes a store once and finds it again, also among many', async () => {
  const { account, stores } = await service();
  const id = await ensureVectorStore({ ...account, name: 'notes' });
  expect(id).toMatch(/^vs_/);
  for (let i = 0; i < 120; i++) await createVectorStore({ ...account, name: `other ${i}` });
  expect(await ensureVectorStore({ ...account, name: 'notes' })).toBe(id);
  expect(await ensureVectorStore({ ...account, name: 'other 119' })).toMatch(/^vs_/);
  expect(stores()).toHaveLength(121);
});

test('many who ensure a store of one name at once make one', async () => {
  const { account, stores } = await service();
  const ids = await Promise.all(
    Array.from({ length: 6 }, () => ensureVectorStore({ ...account, name: 'notes' })),
  );
  expect(new Set(ids).size).toBe(1);
  expect(await ensureVectorStore({ ...account, name: 'notes' })).toBe(ids[0]);
  expect(stores()).toEqual(['notes']);
});

test('ensureVectorStore ends although the answers are dated by a clock that is behind', async () => {
  const { account, server, stores } = await service();
  const client = new OpenAI({
    ...account,
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      const headers = new Headers(answer.headers);
      headers.set('date', new Date(Date.parse(headers.get('date')!) - 3_600_000).toUTCString());
      return new Response(answer.body, { status: answer.status, headers });
    },
  });
  const id = await ensureVectorStore({ client, name: 'notes' });
  expect(server.snapshot().vectorStores.map((store) => store.id)).toEqual([id]);
  expect(stores()).toEqual(['notes']);
});

test('createVectorStore makes one store, whatever answer is lost', async () => {
  const { account, server, stores } = await service();
  for (const fault of [
    'commitThenError',
    'commitThenReset',
    'error',
    'rateLimitWithoutHint',
    'cutBody',
  ] as const) {
    server.inject(fault, { route: 'vectorStores.create' });
    const id = await createVectorStore({ ...account, name: fault });
    expect(server.snapshot().vectorStores.find(({ name }) => name === fault)?.id).toBe(id);
  }
  expect(stores()).toHaveLength(5);
});

test('a name is needed, and a signal ends the call', async () => {
  const { account, stores } = await service();
  for (const make of [createVectorStore, ensureVectorStore]) {
    await expect(make({ ...account, name: ' ' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const signal = AbortSignal.abort(new Error('no'));
    await expect(make({ ...account, name: 'x', signal })).rejects.toThrow('no');
  }
  expect(stores()).toEqual([]);
});

test.each([undefined, null, 'vs_1'])('what is no object of options is refused: %j', async (options) => {
  for (const call of [OpenAIVectorStoreFileBackend.open, createVectorStore, ensureVectorStore]) {
    const attempt = Reflect.apply(call, undefined, [options]) as Promise<unknown>;
    await expect(attempt, call.name).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});

test('a store that is not there, and one that has expired, are told apart when the backend opens', async () => {
  const { account, server } = await service();
  await expect(
    OpenAIVectorStoreFileBackend.open({ ...account, vectorStoreId: 'vs_none' }),
  ).rejects.toMatchObject({
    code: 'NOT_FOUND',
    retryable: false,
    message: expect.stringContaining('vectorStoreId'),
  });
  const vectorStoreId = await expiringStore(server.url);
  server.advance(8 * 24 * 3600 * 1000);
  await expect(OpenAIVectorStoreFileBackend.open({ ...account, vectorStoreId })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('has expired'),
  });
});

test('a store that will expire is warned of, once', async () => {
  const { account, server } = await service();
  const vectorStoreId = await expiringStore(server.url);
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    for (let i = 0; i < 2; i++) {
      await using backend = await OpenAIVectorStoreFileBackend.open({ ...account, vectorStoreId });
      expect(await backend.exists('a')).toBe(false);
    }
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('7 days'),
      expect.objectContaining({ code: 'F9_VECTOR_STORE_EXPIRES' }),
    );
  } finally {
    warn.mockRestore();
  }
});

async function expiringStore(url: string): Promise<string> {
  const response = await fetch(`${url}/vector_stores`, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'expiring', expires_after: { anchor: 'last_active_at', days: 7 } }),
  });
  return ((await response.json()) as { id: string }).id;
}
