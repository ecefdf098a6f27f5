import OpenAI, { toFile } from 'openai';
import { expect, test } from 'vitest';
import { startServer } from '../src/index.ts';
import { connect } from './connect.ts';

test('requests are logged in order with route, path, query and status', async () => {
  const { server, client, store } = await connect();
  await client.files.list({ limit: 5, purpose: 'assistants' });
  await client.vectorStores.files.retrieve('file-x', { vector_store_id: store }).catch(() => {});
  server.inject('reset');
  await client.vectorStores.list().catch(() => {});
  await client.get('/models').catch(() => {});
  expect(server.requests).toMatchObject([
    { route: 'files.list', method: 'GET', path: '/v1/files', query: { limit: '5' }, status: 200, faults: [] },
    { route: 'vectorStores.files.retrieve', path: `/v1/vector_stores/${store}/files/file-x`, status: 404 },
    { route: 'vectorStores.list', status: undefined, faults: ['reset'], dropped: false },
    { route: undefined, path: '/v1/models', status: 404 },
  ]);
  expect(server.requests.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
  server.requests.length = 0;
  await client.files.list();
  expect(server.requests).toHaveLength(1);
});

test('a crash after n requests drops all others, until the server resumes', async () => {
  const { server, client, upload } = await connect();
  server.crashAfter(2);
  await upload('a.txt', 'a');
  expect(server.down).toBe(false);
  await upload('b.txt', 'b');
  expect(server.down).toBe(true);
  await expect(upload('c.txt', 'c')).rejects.toThrow(OpenAI.APIConnectionError);
  await expect(client.files.list()).rejects.toThrow(OpenAI.APIConnectionError);
  expect(server.requests.map(({ dropped }) => dropped)).toEqual([false, false, true, true]);
  server.resume();
  expect((await client.files.list()).data).toHaveLength(2);
});

test('a crash may come before any request, or take the last answer with it', async () => {
  const { server, client, upload } = await connect();
  server.crashAfter(0);
  await expect(client.files.list()).rejects.toThrow(OpenAI.APIConnectionError);
  server.resume();
  server.crashAfter(1, { loseLastAnswer: true });
  await expect(upload('a.txt', 'a')).rejects.toThrow(OpenAI.APIConnectionError);
  await expect(upload('b.txt', 'b')).rejects.toThrow(OpenAI.APIConnectionError);
  server.resume();
  expect((await client.files.list()).data).toMatchObject([{ filename: 'a.txt' }]);
});

test('requests that are dropped use up no fault', async () => {
  const { server, client } = await connect();
  server.crashAfter(0);
  const fault = server.inject('error');
  await client.files.list().catch(() => {});
  server.resume();
  expect(fault.fired).toBe(0);
  await expect(client.files.list()).rejects.toThrow(OpenAI.InternalServerError);
});

test('a key is required, and may be a certain one', async () => {
  const open = await startServer();
  const locked = await startServer({ apiKey: 'sk-right' });
  try {
    const list = (baseURL: string, apiKey: string) =>
      new OpenAI({ apiKey, baseURL, maxRetries: 0 }).files.list();
    await list(open.url, 'anything');
    expect((await fetch(`${open.url}/files`)).status).toBe(401);
    await list(locked.url, 'sk-right');
    const refusal = list(locked.url, 'sk-wrong');
    await expect(refusal).rejects.toThrow(OpenAI.AuthenticationError);
    await expect(refusal).rejects.toMatchObject({ code: 'invalid_api_key' });
    await expect(refusal).rejects.not.toThrow('sk-');
  } finally {
    await open.close();
    await locked.close();
  }
});

test('every answer takes as long as the latency, and requests do not wait for each other', async () => {
  const { server, client } = await connect({ latency: 100 });
  const started = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => client.files.list()));
  const elapsed = performance.now() - started;
  expect(elapsed).toBeGreaterThan(95);
  // All 20 where nothing else is to be done: on a busy machine the first are answered before the last are sent.
  expect(Math.max(...server.requests.map(({ concurrent }) => concurrent))).toBeGreaterThan(1);
  server.latency = 0;
  await client.files.list();
  expect(server.requests.at(-1)!.concurrent).toBe(1);
});

test('a body that is no JSON object is refused', async () => {
  const { server, client } = await connect();
  for (const body of ['{', '[]', '5']) {
    const answer = await fetch(`${server.url}/vector_stores`, {
      method: 'POST',
      headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  }
  expect((await client.vectorStores.list()).data).toHaveLength(1);
});

test('closing ends stalled answers and latency at once, and may be asked twice', async () => {
  const server = await startServer({ latency: 60_000 });
  const client = new OpenAI({ apiKey: 'x', baseURL: server.url, maxRetries: 0 });
  const slow = client.files.list().catch((error: unknown) => error);
  server.inject('silence');
  const silent = client.files.list().catch((error: unknown) => error);
  while (server.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await server.close();
  await server.close();
  expect(await slow).toBeInstanceOf(OpenAI.APIConnectionError);
  expect(await silent).toBeInstanceOf(OpenAI.APIConnectionError);
});

test('closing leaves no timer behind that would hold the process', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const server = await startServer({ latency: 60_000 });
  const headers = { authorization: 'Bearer x' };
  const slow = Array.from({ length: 20 }, () => fetch(`${server.url}/files`, { headers }).catch(() => {}));
  while (server.requests.length < 20) await new Promise((resolve) => setImmediate(resolve));
  // Each waits by a timer of its own; those of other tests may end at any time.
  const during = timers();
  expect(during).toBeGreaterThanOrEqual(20);
  await server.close();
  await Promise.all(slow);
  expect(timers()).toBeLessThanOrEqual(during - 20);
});

test('a server closes with the scope that it was declared in', async () => {
  let url: string;
  {
    await using server = await startServer();
    url = server.url;
  }
  await expect(fetch(`${url}/files`)).rejects.toThrow();
});

test('servers share nothing', async () => {
  const one = await connect();
  const other = await connect();
  await one.upload('a.txt', 'a');
  expect((await other.client.files.list()).data).toEqual([]);
});

test('a thousand files at once are a thousand files', async () => {
  const { server, client, store } = await connect({ unkind: false });
  const file = await toFile(Buffer.from('x'), 'x.txt');
  const files = await Promise.all(
    Array.from({ length: 1000 }, () => client.files.create({ file, purpose: 'assistants' })),
  );
  await Promise.all(files.map(({ id }) => client.vectorStores.files.create(store, { file_id: id })));
  expect(server.snapshot().files).toHaveLength(1000);
  server.requests.length = 0;
  let count = 0;
  for await (const _ of client.vectorStores.files.list(store, { limit: 100 })) count += 1;
  expect(count).toBe(1000);
  expect(server.requests).toHaveLength(10);
});

test.each([
  ['option', 'unkynd', { unkynd: false }],
  ['limit', 'fileByte', { limits: { fileByte: 1 } }],
  ['switch of unkindness', 'listed', { unkind: { listed: 1 } }],
])('an %s that is none is refused, and those there are are named', async (what, name, options) => {
  const message = `There is no ${what} "${name}"; there are `;
  await expect(startServer(options as never)).rejects.toThrow(message);
});

test('a fault that would never come is refused', async () => {
  const { server, client } = await connect();
  const inject = server.inject.bind(server) as (fault: unknown, trigger?: unknown) => unknown;
  expect(() => inject('comitThenReset')).toThrow('There is no fault "comitThenReset"; there are error, ');
  expect(() => inject({ kind: 'resets' })).toThrow('There is no kind of fault "resets"');
  expect(() => inject('reset', { rout: 'files.list' })).toThrow('There is no part of a trigger "rout"');
  expect(() => inject('reset', { route: ['files.list', 'file.list'] })).toThrow('no route "file.list"');
  await client.files.list();
  expect(server.requests).toMatchObject([{ status: 200, faults: [] }]);
});
