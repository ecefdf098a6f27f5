import OpenAI, { toFile } from 'openai';
import { describe, expect, test } from 'vitest';
import { FAULTS, type FaultName, type Route } from '../src/index.ts';
import { collect, connect } from './connect.ts';

/** Milliseconds without an answer after which a client here gives up. */
const PATIENCE = 150;

/** Gives up when the fault has struck, not by the clock alone: on a busy machine the request may not have arrived by then. */
function impatient(client: OpenAI, fault: { readonly fired: number }): OpenAI {
  return client.withOptions({
    fetch: (url, init) => {
      const giveUp = new AbortController();
      const look = setInterval(() => {
        if (fault.fired === 0) return;
        clearInterval(look);
        setTimeout(() => giveUp.abort(), PATIENCE);
      }, 10);
      return fetch(url, { ...init, signal: giveUp.signal });
    },
  });
}
const hello = () => toFile(Buffer.from('hello'), 'hello.txt');

describe('an error', () => {
  test.each([
    ['error', OpenAI.InternalServerError, 500],
    ['timeout', OpenAI.APIError, 408],
    ['conflict', OpenAI.ConflictError, 409],
    ['rateLimitWithoutHint', OpenAI.RateLimitError, 429],
    ['insufficientQuota', OpenAI.RateLimitError, 429],
    ['unauthorized', OpenAI.AuthenticationError, 401],
    ['forbidden', OpenAI.PermissionDeniedError, 403],
    ['missing', OpenAI.NotFoundError, 404],
    ['overloaded', OpenAI.InternalServerError, 503],
  ] as const)('%s becomes the SDK error of its status, and nothing is done', async (name, type, status) => {
    const { server, client } = await connect();
    server.inject(name);
    const error = await client.files
      .create({ file: await hello(), purpose: 'assistants' })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({
      status,
      type: expect.any(String),
      requestID: expect.stringMatching(/^req_/),
    });
    expect((error as Error).message).not.toContain('no body');
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBeNull();
    expect(server.snapshot().files).toEqual([]);
  });

  test('of quota says so, and a rate limit may say when to come back', async () => {
    const { server, client } = await connect();
    server.inject('insufficientQuota');
    await expect(client.files.list()).rejects.toMatchObject({
      code: 'insufficient_quota',
      type: 'insufficient_quota',
    });
    server.inject({ kind: 'error', status: 429, retryAfter: 7 });
    const error = await client.files.list().catch((e: unknown) => e);
    expect((error as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('7');
  });

  test('may have any status, code and message', async () => {
    const { server, client } = await connect();
    server.inject({ kind: 'error', status: 422, code: 'odd', message: 'An odd refusal.' });
    const refusal = client.files.list();
    await expect(refusal).rejects.toThrow(OpenAI.UnprocessableEntityError);
    await expect(refusal).rejects.toMatchObject({ code: 'odd', message: '422 An odd refusal.' });
  });
});

/** Every route that changes something: what the server holds before it, the call, and the proof that it was done. */
describe('an answer lost after the work was done', () => {
  type Case = [Route, (given: Given) => Promise<unknown>, (given: Given) => unknown];
  type Given = Awaited<ReturnType<typeof prepare>>;

  async function prepare() {
    const connection = await connect({ unkind: false });
    const { client, store, upload, attach } = connection;
    const loose = await upload('loose.txt', 'loose');
    const attached = await attach('attached.txt', 'attached', { version: 1 });
    const begun = await client.uploads.create({
      bytes: 5,
      filename: 'parts.txt',
      mime_type: 'text/plain',
      purpose: 'assistants',
    });
    const part = await client.uploads.parts.create(begun.id, { data: await hello() });
    const held = () => {
      const { files, uploads, vectorStores } = connection.server.snapshot();
      return { files, uploads, vectorStores, store: vectorStores.find(({ id }) => id === store) };
    };
    return { ...connection, loose, attached, begun: begun.id, part: part.id, held };
  }

  const cases: Case[] = [
    [
      'files.create',
      async ({ client }) => client.files.create({ file: await hello(), purpose: 'assistants' }),
      ({ held }) => held().files.length === 3,
    ],
    [
      'files.delete',
      ({ client, loose }) => client.files.delete(loose),
      ({ held }) => held().files.length === 1,
    ],
    [
      'uploads.create',
      ({ client }) =>
        client.uploads.create({
          bytes: 1,
          filename: 'a.txt',
          mime_type: 'text/plain',
          purpose: 'assistants',
        }),
      ({ held }) => held().uploads.length === 2,
    ],
    [
      'uploads.complete',
      ({ client, begun, part }) => client.uploads.complete(begun, { part_ids: [part] }),
      ({ held }) => held().files.length === 3,
    ],
    [
      'uploads.cancel',
      ({ client, begun }) => client.uploads.cancel(begun),
      ({ held }) => held().uploads[0]!.status === 'cancelled',
    ],
    [
      'vectorStores.create',
      ({ client }) => client.vectorStores.create({}),
      ({ held }) => held().vectorStores.length === 2,
    ],
    [
      'vectorStores.update',
      ({ client, store }) => client.vectorStores.update(store, { name: 'new' }),
      ({ held }) => held().store!.name === 'new',
    ],
    [
      'vectorStores.delete',
      ({ client, store }) => client.vectorStores.delete(store),
      ({ held }) => held().vectorStores.length === 0,
    ],
    [
      'vectorStores.files.create',
      ({ client, store, loose }) => client.vectorStores.files.create(store, { file_id: loose }),
      ({ held }) => held().store!.files.length === 2,
    ],
    [
      'vectorStores.files.update',
      ({ client, store, attached }) =>
        client.vectorStores.files.update(attached, { vector_store_id: store, attributes: { version: 2 } }),
      ({ held }) => held().store!.files[0]!.attributes!.version === 2,
    ],
    [
      'vectorStores.files.delete',
      ({ client, store, attached }) => client.vectorStores.files.delete(attached, { vector_store_id: store }),
      ({ held }) => held().store!.files.length === 0,
    ],
    [
      'vectorStores.fileBatches.create',
      ({ client, store, loose }) => client.vectorStores.fileBatches.create(store, { file_ids: [loose] }),
      ({ held }) => held().store!.files.length === 2,
    ],
  ];

  const tryWith = async (fault: FaultName, [route, call, isDone]: Case) => {
    const given = await prepare();
    const injected = given.server.inject(fault, { route });
    const client = impatient(given.client, injected);
    await expect(call({ ...given, client })).rejects.toThrow();
    expect(injected.fired).toBe(1);
    return { fault, done: isDone(given) };
  };

  test.each(cases)('%s: by an error, a reset, silence, a stalled and a cut body', async (...tried) => {
    const faults = [
      'commitThenError',
      'commitThenReset',
      'commitThenSilence',
      'stalledBody',
      'cutBody',
    ] as const;
    const outcomes = await Promise.all(faults.map((fault) => tryWith(fault, tried)));
    expect(outcomes).toEqual(faults.map((fault) => ({ fault, done: true })));
  });

  test.each(cases)('%s: but nothing is done where the fault comes first', async (...tried) => {
    const faults = ['error', 'reset', 'silence'] as const;
    const outcomes = await Promise.all(faults.map((fault) => tryWith(fault, tried)));
    expect(outcomes).toEqual(faults.map((fault) => ({ fault, done: false })));
  });
});

test('a reset is a connection error, and the SDK that retries makes several files of one', async () => {
  const { server, client } = await connect();
  server.inject('commitThenReset', { times: 2 });
  const retrying = client.withOptions({ maxRetries: 2 });
  await retrying.files.create({ file: await hello(), purpose: 'assistants' });
  expect(server.snapshot().files).toHaveLength(3);
  server.inject('reset');
  await expect(client.files.list()).rejects.toThrow(OpenAI.APIConnectionError);
});

test('a download that stalls outlasts the SDK’s timeout; a signal ends it', async () => {
  const { server, client } = await connect();
  const file = await client.files.create({ file: await hello(), purpose: 'evals' });
  server.inject('stalledBody', { route: 'files.content' });
  const signal = AbortSignal.timeout(300);
  const response = await client.files.content(file.id, { timeout: 50, signal });
  await expect(response.arrayBuffer()).rejects.toThrow();
  expect(signal.aborted).toBe(true);
});

test('a body that is cut is terminated', async () => {
  const { server, client } = await connect();
  const file = await client.files.create({
    file: await toFile(Buffer.alloc(100_000, 'x'), 'a.jsonl'),
    purpose: 'batch',
  });
  server.inject('cutBody', { route: 'files.content' });
  const response = await client.files.content(file.id);
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
});

test('processing can be made to fail or to be cancelled', async () => {
  const { server, client, store, upload } = await connect({ unkind: { visibleAfter: 0 } });
  const attach = async () =>
    client.vectorStores.files.createAndPoll(store, { file_id: await upload('a.txt', 'a') });
  server.inject('processingFailed', { route: 'vectorStores.files.create' });
  expect(await attach()).toMatchObject({ status: 'failed', last_error: { code: 'server_error' } });
  server.inject('processingCancelled', { route: 'vectorStores.files.create' });
  expect(await attach()).toMatchObject({ status: 'cancelled', last_error: null });
  server.inject(
    { kind: 'processing', status: 'failed', code: 'invalid_file', message: 'No.' },
    { route: 'vectorStores.files.create' },
  );
  expect(await attach()).toMatchObject({ last_error: { code: 'invalid_file', message: 'No.' } });
  expect(await attach()).toMatchObject({ status: 'completed' });
});

test('one attach can be hidden, unlisted or slow for as long as wanted, on a friendly server too', async () => {
  const { server, client, store, attach } = await connect({ unkind: false });
  const route = 'vectorStores.files.create';
  const retrieve = (id: string) => client.vectorStores.files.retrieve(id, { vector_store_id: store });
  server.inject('hidden', { route });
  const hidden = await attach('a.txt', 'a');
  for (let read = 0; read < 3; read++) await expect(retrieve(hidden)).rejects.toThrow(OpenAI.NotFoundError);
  expect((await retrieve(hidden)).status).toBe('completed');

  server.inject('unlisted', { route });
  await attach('b.txt', 'b');
  const counts = [];
  for (let list = 0; list < 4; list++) counts.push((await client.vectorStores.files.list(store)).data.length);
  expect(counts).toEqual([1, 1, 1, 2]);

  server.inject({ kind: 'late', processedAfter: Number.POSITIVE_INFINITY, settleWithin: 1000 }, { route });
  const slow = await attach('c.txt', 'c');
  for (let poll = 0; poll < 10; poll++) expect((await retrieve(slow)).status).toBe('in_progress');
  server.advance(1000);
  expect((await retrieve(slow)).status).toBe('completed');
});

test('an upload and its deletion can be late in the list of Files', async () => {
  const { server, client, upload } = await connect({ unkind: false });
  const listed = async () => (await client.files.list()).data.length;
  server.inject({ kind: 'late', listedAfter: 1 }, { route: 'files.create' });
  const id = await upload('a.txt', 'a');
  expect(await listed()).toBe(0);
  expect(await listed()).toBe(1);
  server.inject({ kind: 'late', listedAfter: 1 }, { route: 'files.delete' });
  await client.files.delete(id);
  expect(await listed()).toBe(1);
  expect(await listed()).toBe(0);

  server.inject({ kind: 'late', listedAfter: 9 }, { times: 2 });
  const brief = await upload('b.txt', 'b');
  await client.files.delete(brief);
  server.settle();
  expect(await listed()).toBe(0);
});

test('content can come in pages that the SDK does not follow', async () => {
  const { server, client, store, attach } = await connect({
    unkind: { visibleAfter: 0, processedAfter: 0, partCharacters: 2, overlapCharacters: 0 },
  });
  const id = await attach('a.txt', 'abcdef');
  server.inject('pagedContent', { route: 'vectorStores.files.content' });
  const content = (query: Record<string, string> = {}) =>
    client.get<{ data: { text: string }[]; has_more: boolean; next_page: string | null }>(
      `/vector_stores/${store}/files/${id}/content`,
      { query },
    );
  const first = await content();
  expect(first).toMatchObject({ data: [{ text: 'ab' }, { text: 'cd' }], has_more: true });
  expect(await content({ page: first.next_page! })).toMatchObject({
    data: [{ text: 'ef' }],
    has_more: false,
  });

  server.inject('pagedContent', { route: 'vectorStores.files.content' });
  const page = await client.vectorStores.files.content(id, { vector_store_id: store });
  expect(page.hasNextPage()).toBe(false);
});

test('a lying server changes one character or byte, and only while the fault is on', async () => {
  const { server, client, store, attach } = await connect({ unkind: false });
  const text = 'the quick brown fox';
  const id = await attach('a.txt', text, { n: 1, sha: 'b'.repeat(64), path: '/a' });
  const content = async () =>
    (await client.vectorStores.files.content(id, { vector_store_id: store })).data[0]!.text!;
  const different = (a: string, b: string) =>
    [...a].filter((character, index) => character !== b[index]).length;

  const lie = server.inject('wrongBytes', { times: Number.POSITIVE_INFINITY });
  expect(different(await content(), text)).toBe(1);
  const [entry] = (await client.vectorStores.files.list(store)).data;
  expect(entry).toMatchObject({ id, attributes: { n: 1, path: '/a' } });
  expect(different(entry!.attributes!.sha as string, 'b'.repeat(64))).toBe(1);
  const raw = await client.files.create({
    file: await toFile(Buffer.from(text), 'a.jsonl'),
    purpose: 'batch',
  });
  expect(different(await (await client.files.content(raw.id)).text(), text)).toBe(1);
  lie.remove();
  expect(await content()).toBe(text);
  expect((await client.vectorStores.files.list(store)).data[0]!.attributes!.sha).toBe('b'.repeat(64));
});

describe('a trigger', () => {
  const outcomes = async (calls: (() => Promise<unknown>)[]) =>
    Promise.all(
      calls.map((call) =>
        call().then(
          () => 'ok',
          () => 'failed',
        ),
      ),
    );

  test('fires once by default, and counts only the routes it names', async () => {
    const { server, client } = await connect();
    const fault = server.inject('error', { route: ['vectorStores.list', 'files.list'] });
    await client.files.retrieve('file-x').catch(() => {});
    expect(fault.fired).toBe(0);
    await expect(client.files.list()).rejects.toThrow(OpenAI.InternalServerError);
    await client.vectorStores.list();
    expect(fault.fired).toBe(1);
  });

  test('skips requests and fires a number of times', async () => {
    const { server, client } = await connect();
    server.inject('error', { skip: 1, times: 2 });
    const results = [];
    for (let i = 0; i < 5; i++) results.push(...(await outcomes([() => client.files.list()])));
    expect(results).toEqual(['ok', 'failed', 'failed', 'ok', 'ok']);
  });

  test('may look at the request', async () => {
    const { server, client } = await connect();
    server.inject('error', { where: ({ query }) => query.purpose === 'batch', times: Infinity });
    await client.files.list();
    await expect(client.files.list({ purpose: 'batch' })).rejects.toThrow(OpenAI.InternalServerError);
  });

  test('may be removed, alone or with all others', async () => {
    const { server, client } = await connect();
    const fault = server.inject('error', { times: Infinity });
    fault.remove();
    await client.files.list();
    server.inject('error');
    server.inject('reset');
    server.clearFaults();
    await client.files.list();
    await client.files.list();
  });

  test('lets several faults hit one request', async () => {
    const { server, client, store, upload } = await connect({ unkind: false });
    const id = await upload('a.txt', 'a');
    server.inject('processingFailed', { route: 'vectorStores.files.create' });
    server.inject('commitThenReset', { route: 'vectorStores.files.create' });
    await expect(client.vectorStores.files.create(store, { file_id: id })).rejects.toThrow();
    expect(server.snapshot().vectorStores[0]!.files).toMatchObject([{ id, status: 'failed' }]);
    expect(server.requests.at(-1)!.faults).toEqual(['processing', 'reset']);
  });
});

test.each(Object.keys(FAULTS) as FaultName[])(
  '%s leaves a server that serves the next request well',
  async (name) => {
    const { server, client, store, attach } = await connect({ unkind: false });
    const id = await attach('a.txt', 'apple');
    const fault = server.inject(name);
    await impatient(client, fault)
      .vectorStores.files.content(id, { vector_store_id: store })
      .catch(() => {});
    expect(fault.fired).toBe(1);
    expect(await collect(client.vectorStores.files.list(store))).toMatchObject([{ id, status: 'completed' }]);
    expect((await client.vectorStores.files.content(id, { vector_store_id: store })).data[0]!.text).toBe(
      'apple',
    );
  },
);
