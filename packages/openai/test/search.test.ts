import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';

const NOTES = {
  'garden/tomatoes.md': 'Tomatoes need water every day in summer.',
  'garden/beds/beans.md': 'Beans need less water than tomatoes.',
  'travel/rome.md': 'Rome has fountains full of water.',
  'top.md': 'Water, water everywhere.',
} as const;

async function notes(serverOptions = {}) {
  const connection = await connect({ unkind: false, ...serverOptions });
  const backend = connection.open();
  for (const [path, data] of Object.entries(NOTES)) await backend.create(path, { data });
  return { ...connection, backend };
}

test('gives path, score and passage, best first', async () => {
  const { backend } = await notes();
  const results = await backend.search('tomatoes in summer');
  expect(results[0]).toEqual({
    path: 'garden/tomatoes.md',
    score: expect.any(Number),
    snippet: NOTES['garden/tomatoes.md'],
  });
  expect(results.map(({ score }) => score)).toEqual(
    results.map(({ score }) => score).toSorted((a, b) => b - a),
  );
  expect(await backend.search('water', { limit: 2 })).toHaveLength(2);
});

test('finds only below a path, however many better answers lie elsewhere', async () => {
  const { backend } = await notes();
  for (let i = 0; i < 60; i++) await backend.create(`noise/${i}.md`, { data: 'water '.repeat(20) });
  const paths = async (path: string): Promise<string[]> =>
    (await backend.search('water', { path })).map((found) => found.path).toSorted();
  expect(await paths('garden')).toEqual(['garden/beds/beans.md', 'garden/tomatoes.md']);
  expect(await paths('garden/beds')).toEqual(['garden/beds/beans.md']);
  expect(await paths('gard')).toEqual([]);
  expect(await backend.search('water', { path: '/', limit: 50 })).toHaveLength(50);
});

test('takes filters on path, directory, size and time', async () => {
  const { backend } = await notes();
  const found = async (
    filters: NonNullable<Parameters<typeof backend.search>[1]>['filters'],
  ): Promise<string[]> =>
    (await backend.search('water', filters === undefined ? {} : { filters }))
      .map(({ path }) => path)
      .toSorted();
  expect(await found({ type: 'eq', key: 'path', value: 'top.md' })).toEqual(['top.md']);
  expect(await found({ type: 'eq', key: 'directory', value: 'travel' })).toEqual(['travel/rome.md']);
  expect(await found({ type: 'gt', key: 'size', value: 39 })).toEqual(['garden/tomatoes.md']);
  expect(await found({ type: 'gt', key: 'modifiedAt', value: Date.now() + 1000 })).toEqual([]);
});

test('never finds parts, binaries, directories, old versions or deleted files, though the service still does', async () => {
  const { backend, server } = await notes({
    unkind: { staleSearch: true, settleWithin: 60_000, processedAfter: 0 },
  });
  await backend.update('top.md', { data: 'Nothing of it is left.' });
  await backend.delete('travel/rome.md');
  await backend.move('garden/tomatoes.md', 'kitchen/sauce.md');
  await backend.create('empty', { isDirectory: true });
  await backend.create('water.bin', { data: randomBytes(20_000) });
  const raw = await backend.search('water tomatoes', { limit: 50 });
  expect(raw.map(({ path }) => path).toSorted()).toEqual(['garden/beds/beans.md', 'kitchen/sauce.md']);
  const marks = server.snapshot().vectorStores[0]!.files.map(({ attributes }) => attributes?.f9);
  expect(marks).toEqual(expect.arrayContaining(['part', 'binary', 'directory', 'text']));
  expect(await backend.search('f9')).toEqual([]);
});

test('finds what is in the middle of a large text, and under its new path once it is moved', async () => {
  const { open } = await connect({ unkind: false });
  const backend = open({ inlineLimit: 0, partSize: 2000 });
  const filler = 'ä lorem ipsum dolor '.repeat(150);
  await backend.create('large.md', { data: `${filler}\nThe needle is here.\n${filler}` });
  const found = await backend.search('needle');
  expect(found.map(({ path }) => path)).toEqual(['large.md']);
  expect(found[0]!.snippet).toContain('The needle is here.');
  await backend.move('large.md', 'sub/moved.md');
  expect((await backend.search('needle', { path: 'sub' })).map(({ path }) => path)).toEqual(['sub/moved.md']);
  expect(await backend.search('lorem', { limit: 50 })).toHaveLength(1);
  await backend.delete('sub/moved.md');
  expect(await backend.search('needle')).toEqual([]);
});

test('what the predecessor of a replaced file said is not found', async () => {
  const { backend } = await notes();
  await backend.update('top.md', { data: 'Only sand.' });
  expect((await backend.search('everywhere')).map(({ path }) => path)).toEqual([]);
  expect((await backend.search('sand')).map(({ path }) => path)).toEqual(['top.md']);
});
