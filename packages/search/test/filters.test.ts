import type { SearchFilter } from '@f9/core';
import { expect, test } from 'vitest';
import { eq, indexOf } from './index-of.ts';

const FILES = {
  'a.md': '---\ntags: [garden, home]\n---\nkingfisher',
  'd/b.txt': 'kingfisher note',
  'd/e/c.md': '---\ntags: home\n---\nkingfisher long text',
  'd0/x.md': 'kingfisher',
};

test.each<[string, SearchFilter, string[]]>([
  ['path', eq('path', 'a.md'), ['a.md']],
  ['name', eq('name', 'b.txt'), ['d/b.txt']],
  ['directory', eq('directory', 'd/e'), ['d/e/c.md']],
  ['the root', eq('directory', ''), ['a.md']],
  ['extension', eq('extension', 'md'), ['a.md', 'd/e/c.md', 'd0/x.md']],
  ['tag', eq('tag', 'home'), ['a.md', 'd/e/c.md']],
  ['another tag', { type: 'ne', key: 'tag', value: 'home' } as SearchFilter, ['d/b.txt', 'd0/x.md']],
  ['size', { type: 'lt', key: 'size', value: 16 } as SearchFilter, ['d/b.txt', 'd0/x.md']],
  ['date', { type: 'gte', key: 'modifiedAt', value: 16_000 } as SearchFilter, ['a.md', 'd/e/c.md']],
  ['media type', eq('mediaType', 'text/markdown'), ['a.md', 'd/b.txt', 'd/e/c.md', 'd0/x.md']],
  ['all of', { type: 'and', filters: [eq('extension', 'md'), eq('tag', 'garden')] }, ['a.md']],
  ['any of', { type: 'or', filters: [eq('name', 'b.txt'), eq('tag', 'garden')] }, ['a.md', 'd/b.txt']],
  ['none of nothing', { type: 'or', filters: [] }, []],
])('by %s', async (_, filters, expected) => {
  expect((await indexOf(FILES).paths('kingfisher', { filters })).toSorted()).toEqual(expected);
});

test('below a directory, not in one whose name begins the same', async () => {
  expect((await indexOf(FILES).paths('kingfisher', { path: 'd' })).toSorted()).toEqual([
    'd/b.txt',
    'd/e/c.md',
  ]);
});

test.each([
  [{ type: 'eq', key: 'colour', value: 'red' }],
  [{ type: 'like', key: 'path', value: 'x' }],
  [{ type: 'gt', key: 'tag', value: 'x' }],
  [{ type: 'eq', key: "path') OR 1=1 --", value: 'x' }],
])('%o is INVALID_ARGUMENT', async (filter) => {
  await expect(
    indexOf(FILES).search('kingfisher', { filters: filter as SearchFilter }),
  ).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('limit', async () => {
  expect(await indexOf(FILES).paths('kingfisher', { limit: 2 })).toHaveLength(2);
});
