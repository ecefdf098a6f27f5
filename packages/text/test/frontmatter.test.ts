import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { frontmatter, withFrontmatter } from '../src/index.ts';

const NOTE = `---
title: "A  note"   # as shown
tags:
  - one
  - two # second
# when it began
date: 2024-01-01
summary: |
  first

  second
empty:
last: [1,  2]
---
# Body
--- not: this
`;

test('reads the block at the very start, and no other', () => {
  expect(frontmatter(NOTE)?.data).toMatchObject({
    title: 'A  note',
    tags: ['one', 'two'],
    empty: null,
    last: [1, 2],
  });
  expect(NOTE.slice(frontmatter(NOTE)!.end)).toBe('# Body\n--- not: this\n');
  expect(frontmatter('# A\n---\na: 1\n---\n')).toBeUndefined();
  expect(frontmatter('---\n---\ntext')?.data).toEqual({});
  expect(frontmatter('\ufeff---\r\na: 1\r\n---\r\ntext')?.data).toEqual({ a: 1 });
});

describe('one key changes, every other byte stays', () => {
  test.each([
    [
      'a scalar, beside its comment',
      { title: 'New' },
      'title: "A  note"   # as shown\n',
      'title: New   # as shown\n',
    ],
    ['a list', { tags: ['x'] }, 'tags:\n  - one\n  - two # second\n', 'tags:\n  - x\n'],
    ['a block of text', { summary: 'short' }, 'summary: |\n  first\n\n  second\n', 'summary: short\n'],
    [
      'a scalar that becomes a list loses its comment',
      { title: ['a'] },
      'title: "A  note"   # as shown\n',
      'title:\n  - a\n',
    ],
    ['an empty value', { empty: true }, 'empty:\n', 'empty: true\n'],
    ['a flow list', { last: 3 }, 'last: [1,  2]\n', 'last: 3\n'],
    ['a key that is removed', { date: undefined }, 'date: 2024-01-01\n', ''],
    ['an empty key that is removed', { empty: undefined }, 'empty:\n', ''],
    ['a new key', { added: 1 }, 'last: [1,  2]\n', 'last: [1,  2]\nadded: 1\n'],
  ])('%s', (_, values, before, after) => {
    expect(withFrontmatter(NOTE, values)).toBe(NOTE.replace(before, after));
  });

  test('with CRLF and a BOM', () => {
    const text = '\ufeff---\r\na: 1\r\nb: 2\r\n---\r\ntext\n';
    expect(withFrontmatter(text, { a: ['x'], c: 3 })).toBe(
      '\ufeff---\r\na:\r\n  - x\r\nb: 2\r\nc: 3\r\n---\r\ntext\n',
    );
  });

  test('whatever the values are, also with CRLF', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.string(), { maxKeys: 3 }),
    );
    const key = fc.stringMatching(/^[a-z]{1,5}$/);
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 5 }),
        key,
        value,
        fc.boolean(),
        (data, name, set, crlf) => {
          const unix = `---\n${Object.keys(data).length === 0 ? '' : stringify(data)}---\nbody\n`;
          const text = crlf ? unix.replaceAll('\n', '\r\n') : unix;
          const before = frontmatter(text)!.data;
          const changed = withFrontmatter(text, { [name]: set });
          const { [name]: now, ...others } = frontmatter(changed)!.data;
          const { [name]: _, ...same } = before;
          expect(others).toEqual(same);
          if (typeof set !== 'string' || !crlf) expect(now).toEqual(set);
          expect(changed.endsWith(crlf ? 'body\r\n' : 'body\n')).toBe(true);
        },
      ),
    );
  });
});

test('a note without frontmatter gets one, at its very start', () => {
  expect(withFrontmatter('# A\n', { a: 1 })).toBe('---\na: 1\n---\n# A\n');
  expect(withFrontmatter('\ufeff# A\r\n', { a: 1 })).toBe('\ufeff---\r\na: 1\r\n---\r\n# A\r\n');
  expect(withFrontmatter('# A\n', { a: undefined })).toBe('# A\n');
});

test.each([
  ['broken YAML', '---\na: [1\n---\n', 'INVALID_TEXT'],
  ['a list', '---\n- a\n---\n', 'INVALID_TEXT'],
  ['a map on one line', '---\n{ a: 1 }\n---\n', 'INVALID_TEXT'],
  ['an anchor that others need', '---\na: &x 1\nb: *x\n---\n', 'INVALID_ARGUMENT'],
])('%s is not touched', (_, text, code) => {
  expect(() => withFrontmatter(text, { a: 2 }, 'n.md')).toThrow(expect.objectContaining({ code }));
});

describe('what is below the frontmatter', () => {
  test('is not looked at, however long the parser would take for it', () => {
    const text = `---\na: 1\n---\n${'- [[a]] *b*\n'.repeat(500_000)}`;
    expect(frontmatter(text)?.data).toEqual({ a: 1 });
    expect(withFrontmatter(text, { a: 2 })).toBe(text.replace('a: 1', 'a: 2'));
  });

  test.each([
    '---',
    '--- ',
    '---\na: 1\n----\n',
    '---\na: 1\n ---\n',
    '---x\na: 1\n---\n',
    ' ---\na: 1\n---\n',
  ])('%j has none', (text) => expect(frontmatter(text)).toBeUndefined());
});

test.each([
  ['nested without end', `---\na: ${'['.repeat(100_000)}\n---\n`],
  ['longer than all that is read at once', `---\n${'a: 1\n'.repeat(100_000)}---\n`],
])('frontmatter %s is INVALID_TEXT', (_, text) => {
  expect(() => frontmatter(text)).toThrow(expect.objectContaining({ code: 'INVALID_TEXT' }));
});
