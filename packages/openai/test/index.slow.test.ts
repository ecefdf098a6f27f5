import { expect, test, vi } from 'vitest';
import { type Connection, connect } from './connect.ts';
import { PATIENTLY } from './quick.ts';

const FILES = 250;

async function filled(count = FILES, serverOptions = {}) {
  const connection = await connect({ unkind: false, ...serverOptions });
  const writer = connection.open();
  const paths = Array.from({ length: count }, (_, i) => `d${i % 10}/f${i}.md`);
  await Promise.all(paths.map((path) => writer.create(path, { data: path })));
  connection.server.requests.length = 0;
  const routes = (): (string | undefined)[] => connection.server.requests.map(({ route }) => route);
  return { ...connection, paths, routes };
}

test('listing, asking, matching and summing cost pages of 100 and nothing per file', async () => {
  const { open, server, paths, routes } = await filled();
  const backend = open();
  await Promise.all(paths.map((path) => backend.info(path)));
  expect(await Array.fromAsync(backend.list('/', { recursive: true }))).toHaveLength(FILES + 10);
  expect(await backend.glob('**/*.md')).toHaveLength(FILES);
  expect((await backend.checksumMany(paths)).size).toBe(FILES);
  expect(await backend.read(paths[7]!, { binary: false })).toBe(paths[7]);
  expect(routes()).toEqual(['vectorStores.retrieve', ...Array<string>(3).fill('vectorStores.files.list')]);
  expect(server.requests.slice(1).map(({ query }) => query.limit)).toEqual(['100', '100', '100']);
});

/** Runs `body` while the clock of this process is ahead. */
async function later<T>(milliseconds: number, body: () => Promise<T>): Promise<T> {
  const now = Date.now.bind(Date);
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + milliseconds);
  try {
    return await body();
  } finally {
    clock.mockRestore();
  }
}

test('a list is believed for cacheTtl, and then asked for once by all who wait', async () => {
  const { open, routes, server, paths } = await filled(5);
  const backend = open({ cacheTtl: 60_000 });
  await backend.exists(paths[0]!);
  await backend.exists('other');
  expect(routes()).toHaveLength(2);
  server.requests.length = 0;
  await later(60_000, () => Promise.all(paths.map((path) => backend.exists(path))));
  expect(routes()).toEqual(['vectorStores.files.list']);
});

test('the longer a list takes, the longer it is believed, where nobody says how long', async () => {
  const { open, routes, server } = await filled(120);
  server.latency = 300;
  const backend = open();
  await backend.exists('a');
  server.latency = 0;
  server.requests.length = 0;
  // Twice as long before that it is read ahead.
  await later(4500, () => backend.exists('a'));
  expect(routes()).toEqual([]);
  await later(3_600_000, () => backend.exists('a'));
  expect(routes()).toHaveLength(2);
});

test('after a change that may or may not have been made the store is asked', async () => {
  const { open, server, paths } = await filled(2);
  const backend = open({ cacheTtl: 60_000, maxRetries: 0 });
  expect(await backend.exists(paths[0]!)).toBe(true);
  server.inject('commitThenError', { route: 'vectorStores.files.delete' });
  await expect(backend.delete(paths[0]!)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await backend.exists(paths[0]!)).toBe(false);
});

test('items that come twice, empty pages and pages that come again are no harm', async () => {
  const { open, server, paths } = await filled();
  for (const fault of ['repeatedItem', 'emptyPage', 'ignoredCursor'] as const) {
    server.inject(fault, { route: 'vectorStores.files.list', skip: 1, times: 2 });
    expect(await open().glob('**')).toHaveLength(paths.length);
  }
});

test('a list that never ends or never goes on is an error, not a loop', async () => {
  const { open, server } = await filled(120);
  for (const fault of ['emptyPage', 'ignoredCursor'] as const) {
    server.inject(fault, { route: 'vectorStores.files.list', skip: 1, times: Number.POSITIVE_INFINITY });
    await expect(open().glob('**')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    server.clearFaults();
  }
});

test('a cursor that the service has forgotten is replaced by the one before', async () => {
  const { open, server, paths } = await filled();
  server.inject(
    { kind: 'error', status: 400 },
    { where: ({ query }) => query.after !== undefined, times: 3 },
  );
  expect(await open().glob('**')).toHaveLength(paths.length);
});

test('files of others in the same store are not part of the vault', async () => {
  const { open, server, vectorStoreId, paths } = await filled(3);
  const post = async (path: string, body: FormData | string): Promise<{ id: string }> => {
    const headers = { authorization: 'Bearer sk-secret-0123456789abcdef' };
    const json = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { ...headers, ...json },
      body,
    });
    return (await response.json()) as { id: string };
  };
  const form = new FormData();
  form.set('purpose', 'assistants');
  form.set('file', new File(['foreign'], 'foreign.md'));
  const { id } = await post('/files', form);
  await post(
    `/vector_stores/${vectorStoreId}/files`,
    JSON.stringify({ file_id: id, attributes: { path: 'foreign.md' } }),
  );
  const backend = open();
  expect(await backend.glob('**')).toEqual(paths.toSorted());
  expect(await backend.search('foreign')).toEqual([]);
  await backend.collectGarbage({ olderThan: 0 });
  expect(server.snapshot().files.some((file) => file.id === id)).toBe(true);
});

/** A backend whose list takes long, and how many milliseconds ahead of it the list is nearly too old. */
async function nearlyTooOld({ open, server }: Connection, latency: number) {
  const cacheTtl = 600_000;
  server.latency = latency;
  const backend = open({ cacheTtl });
  await backend.open();
  const begun = Date.now();
  await backend.exists('a');
  const loadTime = Date.now() - begun;
  server.requests.length = 0;
  return { backend, ahead: cacheTtl - 2.5 * loadTime };
}

test('a long list is read again before it is too old, beside those who use the last one', async () => {
  const connection = await filled(120);
  const { server, routes } = connection;
  const { backend, ahead } = await nearlyTooOld(connection, 300);
  await later(ahead, async () => {
    await backend.exists('a');
    await backend.exists('b');
    expect(server.requests.filter(({ status }) => status === 200)).toEqual([]);
    await expect.poll(routes, PATIENTLY).toEqual(['vectorStores.files.list', 'vectorStores.files.list']);
    await expect.poll(() => server.requests.at(-1)?.status, PATIENTLY).toBe(200);
  });
  await later(700_000, () => backend.exists('a'));
  expect(routes()).toHaveLength(2);
});

test('disposal ends a list that is read ahead', async () => {
  const connection = await filled(120);
  const { backend, ahead } = await nearlyTooOld(connection, 300);
  connection.server.latency = 60_000;
  await later(ahead, () => backend.exists('a'));
  await backend[Symbol.asyncDispose]();
});

test('many writes that wait for the service look at one list', async () => {
  const { open, server } = await connect();
  const backend = open({ pollInterval: 20 });
  await backend.exists('a');
  server.requests.length = 0;
  const count = 48;
  await Promise.all(
    Array.from({ length: count }, (_, i) => backend.create(`${i}.md`, { data: `text ${i}` })),
  );
  expect(server.requests.length / count).toBeLessThanOrEqual(3);
  expect(await open().glob('**')).toHaveLength(count);
});

test('what this process wrote, moved and deleted is laid over lists that do not show it yet', async () => {
  const { open } = await connect({
    unkind: { listedAfter: Number.POSITIVE_INFINITY, settleWithin: Number.POSITIVE_INFINITY },
  });
  const backend = open({ cacheTtl: 0, settleWithin: 60_000 });
  await backend.create('a.md', { data: 'first' });
  await backend.create('b.md', { data: 'b' });
  await backend.update('a.md', { data: 'second' });
  await backend.move('b.md', 'c.md');
  expect(await backend.glob('**')).toEqual(['a.md', 'c.md']);
  expect(await backend.read('a.md', { binary: false })).toBe('second');
  await backend.delete('a.md');
  expect(await backend.glob('**')).toEqual(['c.md']);
  await backend.create('a.md', { data: 'third' });
  expect(await backend.read('a.md', { binary: false })).toBe('third');
});

test('backends of one process on one store know of each other at once, and race fairly', async () => {
  const { open, server } = await connect();
  const shared = { baseURL: server.url, cacheTtl: 60_000 };
  const [one, two] = [open(shared), open(shared)];
  await Promise.all([one.exists('x'), two.exists('x')]);
  await one.create('a.md', { data: 'one' });
  expect(await two.read('a.md', { binary: false })).toBe('one');
  const races = await Promise.allSettled(
    Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? one : two).create('race.md', { data: String(i) })),
  );
  expect(races.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      (i % 2 === 0 ? one : two).update('a.md', { data: '+', append: true }),
    ),
  );
  expect(await one.read('a.md', { binary: false })).toBe('one++++++');
  const place = await Promise.allSettled([
    one.create('p', { data: 'file' }),
    two.create('p/q', { data: 'below' }),
  ]);
  expect(place.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('one caller who leaves does not end the list that others wait for', async () => {
  const { open, paths, server } = await filled(3);
  server.latency = 200;
  const backend = open();
  const controller = new AbortController();
  const left = backend.exists(paths[0]!, { signal: controller.signal });
  const stayed = backend.exists(paths[1]!);
  await expect.poll(() => server.requests.at(-1)?.route, PATIENTLY).toBe('vectorStores.files.list');
  controller.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(await stayed).toBe(true);
});
