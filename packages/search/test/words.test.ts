import { describe, expect, test } from 'vitest';
import { Analyzer } from '../src/index.ts';
import { indexOf } from './index-of.ts';
import { HOSTILE, LANGUAGES } from './word-cases.ts';

describe.each(LANGUAGES)('%s', (_, text, queries) => {
  const others = Object.fromEntries(
    LANGUAGES.filter(([, other]) => other !== text).map(([name, other]) => [`${name}.md`, other]),
  );

  test.each(queries)('%s finds it', async (query) => {
    const index = indexOf({ ...others, 'wanted.md': text });
    expect((await index.paths(query))[0]).toBe('wanted.md');
  });
});

test('camelCase is found whole and by its parts', async () => {
  const index = indexOf({ 'a.ts': 'function parseHttpHeader() {}', 'b.ts': 'other words' });
  for (const query of ['parseHttpHeader', 'header', 'http parse'])
    expect(await index.paths(query)).toEqual(['a.ts']);
});

test('a name that has no text in it is found', async () => {
  expect(await indexOf({ 'photos/kingfisher-2024.jpg': '', 'a.md': 'text' }).paths('kingfisher')).toEqual([
    'photos/kingfisher-2024.jpg',
  ]);
});

test('a stemmer of another language can be given', async () => {
  const analyzer = new Analyzer((word) => word.replace(/(en|er|e|n)$/, ''));
  const index = indexOf({ 'a.md': 'Die Blumen gießen', 'b.md': 'anderes' }, { analyzer });
  expect(await index.paths('Blume')).toEqual(['a.md']);
});

test('words that are in most passages do not decide', async () => {
  const texts = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`n${i}.md`, `the common words of note ${i} are the same`]),
  );
  const index = indexOf({ ...texts, 'wanted.md': 'the common kingfisher' });
  expect((await index.paths('the common words kingfisher'))[0]).toBe('wanted.md');
  expect(await index.paths('the common')).not.toEqual([]);
});

test.each(HOSTILE.map((query) => [query.slice(0, 30), query]))(
  'the query %j fails nothing',
  async (_, query) => {
    const index = indexOf({ 'a.md': 'a b c 水 words', 'b.md': 'other' });
    expect(Array.isArray(await index.search(query))).toBe(true);
  },
);

test('a phrase in quotes ranks what has it first', async () => {
  const index = indexOf({
    'apart.md': 'water the plants, tomatoes are red, water tomatoes not plants',
    'together.md': 'tomato plants need sun',
  });
  expect((await index.paths('"tomato plants"'))[0]).toBe('together.md');
});

test('the word that is being typed counts as a beginning', async () => {
  const index = indexOf({ 'a.md': 'kingfishers dive', 'b.md': 'other' });
  expect(await index.paths('kingf')).toEqual(['a.md']);
});
