import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noteAttributes } from '../src/passages/note-attributes.ts';
import { passagesOf } from '../src/passages/passages.ts';
import { indexOf } from './index-of.ts';

const parts = (text: string) =>
  [...passagesOf(text)].map(({ headings, line, text: own }) => [headings.join(' > '), line, own]);

test('passages follow headings, with lines and the headings above', () => {
  expect(parts('intro\n# A\na\n## B\nb\n# C\n```\n# no\n```\n')).toEqual([
    ['', 1, 'intro\n'],
    ['A', 2, '# A\na\n'],
    ['A > B', 4, '## B\nb\n'],
    ['C', 6, '# C\n```\n# no\n```\n'],
  ]);
});

test('offsets are bytes, passages are whole characters and make the text again', () => {
  const unit = fc.constantFrom(
    'a',
    'é',
    '😀',
    '水',
    '\n',
    '\r\n',
    '\n\n',
    '# H\n',
    '```\n',
    ' ',
    'word '.repeat(60),
    '😀'.repeat(700),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 40 }), (units) => {
      const text = units.join('');
      const bytes = Buffer.from(text);
      let end = 0;
      for (const passage of passagesOf(text)) {
        expect(bytes.subarray(passage.start, passage.end).toString()).toBe(passage.text);
        expect(bytes.subarray(end, passage.start).toString().trim()).toBe('');
        expect(passage.line).toBe(bytes.subarray(0, passage.start).toString().split('\n').length);
        expect(passage.text.length).toBeLessThanOrEqual(1200);
        end = passage.end;
      }
      expect(bytes.subarray(end).toString().trim()).toBe('');
    }),
  );
});

test('title and tags of a note', () => {
  expect(noteAttributes('---\ntitle: "T"\ntags: [a, "#b", 3]\n---\n# H')).toEqual({
    title: 'T',
    tags: ['a', 'b', '3'],
  });
  expect(noteAttributes('---\ntags: a, b c\n---\n# H #')).toEqual({ title: 'H', tags: ['a', 'b', 'c'] });
  expect(noteAttributes('---\n: [broken\n---\ntext')).toEqual({ title: undefined, tags: [] });
});

describe('results', () => {
  test('have score, snippet, line and heading', async () => {
    const index = indexOf({
      'garden.md': '# Garden\n\nintro\n\n## Water\n\nTomatoes need water\nevery morning.\n',
      'other.md': 'water',
    });
    const [first] = await index.search('tomatoes');
    expect(first).toEqual({
      path: 'garden.md',
      score: expect.closeTo(0.6, 1),
      snippet: 'Tomatoes need water\nevery morning.',
      line: 7,
      heading: 'Water',
    });
  });

  test('long lines are cut around what was found, between characters', async () => {
    const index = indexOf({ 'a.md': `${'😀'.repeat(200)} kingfisher ${'😀'.repeat(200)}` });
    const [{ snippet } = { snippet: '' }] = await index.search('kingfisher');
    expect(snippet).toContain('kingfisher');
    expect(snippet.isWellFormed()).toBe(true);
    expect(snippet.length).toBeLessThan(300);
  });

  test('a passage that is not what was indexed any more is not shown', async () => {
    let text = 'the old words';
    const index = indexOf(
      { 'a.md': text },
      { read: async (places) => places.map(({ start, end }) => text.slice(start, end)) },
    );
    expect(await index.paths('old')).toEqual(['a.md']);
    text = 'the new words';
    expect(await index.paths('old')).toEqual([]);
  });
});
