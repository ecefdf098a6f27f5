import { randomBytes } from 'node:crypto';
import type { SearchOptions } from '@f9/core';
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
    line: 1,
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

type Filters = NonNullable<SearchOptions['filters']>;

test.for([
  [{ type: 'eq', key: 'path', value: 'top.md' }, ['top.md']],
  [{ type: 'eq', key: 'name', value: 'rome.md' }, ['travel/rome.md']],
  [{ type: 'eq', key: 'directory', value: 'travel' }, ['travel/rome.md']],
  [{ type: 'eq', key: 'directory', value: '' }, ['top.md']],
  [{ type: 'eq', key: 'extension', value: 'txt' }, []],
  [{ type: 'gt', key: 'size', value: 39 }, ['garden/tomatoes.md']],
  [{ type: 'lte', key: 'size', value: 24 }, ['top.md']],
  [{ type: 'gt', key: 'modifiedAt', value: Date.now() + 3_600_000 }, []],
  [{ type: 'ne', key: 'mediaType', value: 'text/markdown' }, []],
  [
    {
      type: 'or',
      filters: [
        { type: 'eq', key: 'name', value: 'top.md' },
        {
          type: 'and',
          filters: [
            { type: 'eq', key: 'directory', value: 'garden' },
            { type: 'gt', key: 'size', value: 1 },
          ],
        },
      ],
    },
    ['garden/tomatoes.md', 'top.md'],
  ],
] as const satisfies [Filters, string[]][])('the filter %j finds %j', async ([filters, paths]) => {
  const { backend } = await notes();
  const found = await backend.search('water', { filters: filters as Filters });
  expect(found.map(({ path }) => path).toSorted()).toEqual(paths);
});

test('a filter finds what few files have, among many better answers, and in every part of a long text', async () => {
  const { backend, open } = await notes();
  for (let i = 0; i < 60; i++) await backend.create(`noise/${i}.md`, { data: 'water '.repeat(20) });
  const long = `${'lorem ipsum '.repeat(300)} water`;
  await open({ inlineLimit: 0, partSize: 2000 }).create('long.md', { data: long });
  const fresh = open();
  const found = async (filters: Filters): Promise<string[]> =>
    (await fresh.search('water', { filters })).map(({ path }) => path);
  expect(await found({ type: 'eq', key: 'name', value: 'rome.md' })).toEqual(['travel/rome.md']);
  expect(await found({ type: 'gt', key: 'size', value: 3000 })).toEqual(['long.md']);
});

test('a filter that most files pass finds them behind any number of better answers that do not', async () => {
  const { backend, open } = await notes({ unkind: false });
  const many = Array.from({ length: 500 }, (_, i) => backend.create(`many/${i}.txt`));
  for (let i = 0; i < 60; i++) many.push(backend.create(`noise/${i}.md`, { data: 'water '.repeat(20) }));
  await Promise.all(many);
  const filters: Filters = { type: 'ne', key: 'directory', value: 'noise' };
  const found = (await open().search('water', { filters })).map(({ path }) => path);
  expect(found.toSorted()).toEqual(Object.keys(NOTES).toSorted());
});

test('a filter by tag finds those that attributes have no room for, and those behind the first part', async () => {
  const { open } = await connect({ unkind: false });
  const tags = Array.from({ length: 100 }, (_, i) => `tag-${i}`);
  const note = (before: string): string => `---\n${before}tags: [${tags}]\n---\nwater\n`;
  await open().create('many.md', { data: note('') });
  const cut = { inlineLimit: 0, partSize: 1024 };
  await open(cut).create('behind.md', { data: note(`title: ${'x'.repeat(2000)}\n`) });
  await open(cut).create('none.md', { data: `---\n\nwater ${'x'.repeat(2000)}\n` });
  const found = async (value: string): Promise<string[]> =>
    (await open().search('water', { filters: { type: 'eq', key: 'tag', value } }))
      .map(({ path }) => path)
      .toSorted();
  expect(await found('tag-99')).toEqual(['behind.md', 'many.md']);
  expect(await found('tag-100')).toEqual([]);
});

test('a note whose tags cannot be read hides no other', async () => {
  const { open, detach } = await connect({ unkind: false });
  const tags = Array.from({ length: 100 }, (_, i) => `tag-${i}`);
  const data = `---\ntags: [home, ${tags}]\n---\nwater\n`;
  for (const path of ['a.md', 'b.md']) await open({ inlineLimit: 0 }).create(path, { data });
  await detach('a.md', 0);
  const home = { type: 'eq', key: 'tag', value: 'home' } as const;
  expect((await open().search('water', { filters: home })).map(({ path }) => path)).toEqual(['b.md']);
});

test('a filter by what is not known is refused', async () => {
  const { backend } = await notes();
  const search = (key: string): Promise<unknown> =>
    backend.search('water', { filters: { type: 'eq', key, value: 'x' } as Filters });
  await expect(search('colour')).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('path'),
  });
});

test('tells the line of a passage and the heading it stands under, where the bytes are in attributes', async () => {
  const { backend } = await notes({ unkind: true });
  const lines = ['# Rome', '', 'Sights.', '', '```', '# no heading', '```', '', '## Fountains', '', 'zebra'];
  await backend.create('a.md', { data: lines.join('\n') });
  await backend.create('b.md', {
    data: `# Other\n\n${'filler words here. '.repeat(400)}\n\n## Deep ##\nokapi`,
  });
  await backend.create('c.txt', { data: '# quagga' });
  expect((await backend.search('zebra'))[0]).toMatchObject({ path: 'a.md', line: 1, heading: 'Rome' });
  expect((await backend.search('quagga'))[0]).toMatchObject({ path: 'c.txt', line: 1 });
  expect((await backend.search('quagga'))[0]).not.toHaveProperty('heading');
  expect((await backend.search('okapi'))[0]).toMatchObject({ path: 'b.md', line: expect.any(Number) });
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
