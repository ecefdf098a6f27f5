import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';
import { API_KEY, PATIENTLY } from './quick.ts';

const version = (writer: number, round: number): string =>
  `${writer}.${round} `.repeat(300) + randomBytes(40).toString('hex');

test.for([
  ['attributes', {}],
  ['parts', { inlineLimit: 0, partSize: 2048 }],
] as const)(
  'of two writers of one path, in %s, one whole version wins and the other leaves nothing',
  async ([, options]) => {
    const { open, server } = await connect();
    for (let round = 0; round < 3; round++) {
      const path = `round-${round}`;
      const versions = [version(1, round), version(2, round)];
      const writers = [open(options), open(options)];
      await Promise.all(
        writers.map((writer, i) => writer.create(path, { data: versions[i]!, overwrite: true })),
      );
      for (const writer of writers) await writer[Symbol.asyncDispose]();
      server.settle();
      const reader = open(options);
      expect(versions).toContain(await reader.read(path, { binary: false }));
      await reader.collectGarbage({ olderThan: 0 });
      server.settle();
      expect(versions).toContain(await open(options).read(path, { binary: false }));
      const files = server.snapshot().vectorStores[0]!.files;
      const heads = files.filter(({ attributes }) => attributes?.path === path);
      expect(heads).toHaveLength(1);
      expect(server.snapshot().files).toHaveLength(files.length);
    }
  },
);

test('a writer whose version was replaced before it was processed has written all the same', async () => {
  const { open, server } = await connect({ unkind: false });
  const slow = open({ settleWithin: 20 });
  await slow.create('a', { data: 'old' });
  server.inject(
    { kind: 'late', processedAfter: Number.POSITIVE_INFINITY },
    { route: 'vectorStores.files.create' },
  );
  const writing = slow.update('a', { data: 'replaced' });
  await expect.poll(() => server.requests.at(-1)?.route, PATIENTLY).toBe('vectorStores.files.retrieve');
  const quick = open({ cacheTtl: 0 });
  await quick.update('a', { data: 'newest' });
  const mine = server
    .snapshot()
    .vectorStores[0]!.files.find(({ attributes }) => String(attributes?.data).startsWith('cmVwb'))!;
  await fetch(`${server.url}/vector_stores/${mine.vector_store_id}/files/${mine.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  expect(await writing).toMatchObject({ path: 'a', size: 8 });
  expect(await open().read('a', { binary: false })).toBe('newest');
});

test('a file that somebody else removed while it was written is not said to be there', async () => {
  const { open, server } = await connect({ unkind: false });
  const backend = open({ settleWithin: 20 });
  server.inject(
    { kind: 'late', processedAfter: Number.POSITIVE_INFINITY },
    { route: 'vectorStores.files.create' },
  );
  const writing = backend.create('a', { data: 'a' });
  await expect.poll(() => server.requests.at(-1)?.route, PATIENTLY).toBe('vectorStores.files.retrieve');
  const { id, vector_store_id } = server.snapshot().vectorStores[0]!.files[0]!;
  await fetch(`${server.url}/vector_stores/${vector_store_id}/files/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE', path: 'a' });
});

test('what somebody else deleted cannot be moved, though a list of here still shows it', async () => {
  const { open } = await connect({ unkind: false });
  const other = open();
  await other.create('a', { data: 'a' });
  const late = open({ cacheTtl: 60_000, settleWithin: 20 });
  expect(await late.exists('a')).toBe(true);
  await other.delete('a');
  await expect(late.move('a', 'c')).rejects.toMatchObject({ code: 'NOT_FOUND', path: 'a' });
});

// Programs in TypeScript run from Node 24 on.
const runsTypeScript = Number(process.versions.node.split('.')[0]) >= 24;

test.skipIf(!runsTypeScript)(
  'of two processes that write one path a whole version wins (needs Node 24)',
  async () => {
    const { open, server, vectorStoreId } = await connect();
    const program = `
      import { OpenAIVectorStoreFileBackend } from '@f9/openai';
      const [baseURL, vectorStoreId, letter] = process.argv.slice(1);
      await using backend = new OpenAIVectorStoreFileBackend({
        apiKey: '${API_KEY}', baseURL, vectorStoreId, pollInterval: 1, settleWithin: 400, inlineLimit: 0, partSize: 2048,
      });
      for (let i = 0; i < 5; i++) await backend.create('shared', { data: (letter + i).repeat(2500), overwrite: true });`;
    const run = (letter: string) =>
      promisify(execFile)(
        process.execPath,
        [
          '--conditions=@f9/source',
          '--input-type=module-typescript',
          '--eval',
          program,
          server.url,
          vectorStoreId,
          letter,
        ],
        { cwd: import.meta.dirname },
      );
    await Promise.all([run('a'), run('b')]);
    server.settle();
    const text = await open().read('shared', { binary: false });
    expect(['a4', 'b4'].map((last) => last.repeat(2500))).toContain(text);
  },
);
