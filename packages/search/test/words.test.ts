import { describe, expect, test } from 'vitest';
import { Analyzer } from '../src/index.ts';
import { indexOf } from './index-of.ts';

/** A note, a query that a speaker would type, for each of nine languages. */
const LANGUAGES: readonly (readonly [language: string, text: string, queries: readonly string[]])[] = [
  [
    'English',
    'The deployments of our servers are watched by alarms.',
    ['deploy', 'deployment', 'SERVER', 'watching alarm'],
  ],
  [
    'German',
    'Die Straßenbahnhaltestelle liegt an der Gemüsegärtnerei.',
    ['Strasse', 'straßenbahn', 'haltestelle', 'GEMÜSE', 'gartnerei'],
  ],
  [
    'French',
    'Les élèves étudient les châteaux de la forêt où naît l’été.',
    ['eleves', 'chateaux', 'FORÊT', 'été'],
  ],
  ['Spanish', 'El niño comió una piña en la montaña mañana.', ['nino', 'piña', 'montana']],
  ['Polish', 'Żółty łoś poszedł źródłem.', ['zolty', 'los', 'zrodlem']],
  ['Turkish', 'İstanbul’da ışık ve kış günü.', ['istanbul', 'isik', 'kis']],
  ['Russian', 'Ёлка стояла в тёмном лесу, мой друг.', ['елка', 'темном', 'ЛЕСУ', 'мои']],
  ['Chinese', '番茄需要每天浇水，特别是在夏天。', ['番茄', '浇水', '夏天', '水']],
  ['Japanese', '東京の天気は明日晴れるでしょう。ラーメンを食べる。', ['天気', '東京', 'ラーメン']],
  ['Korean', '토마토는 매일 물을 주어야 합니다.', ['토마토', '물을']],
  ['Thai', 'มะเขือเทศต้องการน้ำทุกวัน', ['มะเขือเทศ', 'น้ำ']],
];

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

/** What people, programs and attackers type. */
const HOSTILE = [
  '"',
  '""',
  '"""',
  "'",
  '*',
  'a*',
  '^a',
  'a AND',
  'AND',
  'OR',
  'NOT',
  'NEAR(a b)',
  'NEAR',
  'col:a',
  'title:x',
  '-a',
  '+a',
  '(',
  ')',
  '(a',
  '{a}',
  'a OR b)',
  ';DROP TABLE x;--',
  '\0',
  'a\0b',
  '\ud83d',
  '😀',
  'x'.repeat(100_000),
  'a '.repeat(50_000),
  '"a" "b" "c',
  '%',
  '_',
  '\\',
  '[[x]]',
  '水"水',
];

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
