import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../src/index.ts';

const apply = (text: string, ...edits: Parameters<typeof applyEdits>[1]) => applyEdits(text, edits, 'n.md');

describe('bytes outside of what is replaced stay', () => {
  test.each([
    ['CRLF is found by LF and stays CRLF', 'a\r\nb\r\nc\r\n', 'a\nb', 'x\ny\nz', 'x\r\ny\r\nz\r\nc\r\n'],
    ['LF is found by CRLF and stays LF', 'a\nb\nc\n', 'a\r\nb', 'x\r\ny', 'x\ny\nc\n'],
    ['a mixed file keeps each ending', 'a\r\nb\nc\r\nd', 'b\nc', 'B\nC', 'a\r\nB\nC\r\nd'],
    ['one line gets the ending of the line below', 'a\nb\r\nc', 'b', 'x\ny', 'a\nx\r\ny\r\nc'],
    ['the last line gets the ending of the line above', 'a\r\nb', 'b', 'x\ny', 'a\r\nx\r\ny'],
    ['a file of one line takes what is given', 'a', 'a', 'x\r\ny', 'x\r\ny'],
    ['a BOM stays', '\ufeff# A\n', '# A', '# B', '\ufeff# B\n'],
    ['$& and its like are text', 'price: 1\n', '1', "$& $1 $$ $' $`", "price: $& $1 $$ $' $`\n"],
    ['surrogate pairs stay whole', 'a 😀 b', '😀', '😁', 'a 😁 b'],
    ['trailing white space and a missing last line break stay', 'a  \n\tb ', 'a', 'c', 'c  \n\tb '],
    ['a lone CR is no line ending', 'a\rb\n', 'a\rb', 'c', 'c\n'],
  ])('%s', (_, text, search, replace, expected) => {
    expect(apply(text, { search, replace })).toBe(expected);
  });

  test('whatever the text: what stands before and after is equal to the last unit', () => {
    const piece = fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', '\r', ' ', '\ufeff', '$&'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(piece, piece, (head, tail) => {
        const before = head.join('');
        const after = tail.join('');
        const edited = apply(`${before}<mark>${after}`, { search: '<mark>', replace: '<other>' });
        expect(edited).toBe(`${before}<other>${after}`);
      }),
    );
  });
});

test('edits are made in order, each on the result of the one before', () => {
  expect(apply('a b', { search: 'a', replace: 'b c' }, { search: 'c b', replace: 'd' })).toBe('b d');
});

test('all replaces every occurrence that does not overlap the one before', () => {
  expect(apply('aaa a', { search: 'aa', replace: 'x', all: true })).toBe('xa a');
  expect(apply('a\r\na\n', { search: 'a\n', replace: 'b\n', all: true })).toBe('b\r\nb\n');
});

describe('what cannot be done says why and what to do', () => {
  const failing = (text: string, search: string, replace = 'x') => {
    try {
      apply(text, { search, replace });
    } catch (error) {
      return error;
    }
    throw new Error('did not fail');
  };

  test('no match', () => {
    expect(failing('abc', 'x')).toMatchObject({
      code: 'NO_MATCH',
      message: expect.stringContaining('read the file again'),
    });
  });

  test('a match but for white space names its line', () => {
    expect(failing('one\n  two\n\tthree', 'two\nthree')).toMatchObject({
      code: 'NO_MATCH',
      message: expect.stringContaining('line 2 differs only in white space'),
    });
  });

  test('several matches, overlapping ones too, with their lines', () => {
    expect(failing('a\nb\na', 'a')).toMatchObject({
      code: 'AMBIGUOUS',
      message: expect.stringContaining('lines 1, 3'),
    });
    expect(failing('aaa', 'aa')).toMatchObject({
      code: 'AMBIGUOUS',
      message: expect.stringContaining('2 times'),
    });
  });

  test.each([
    ['an empty search', '', 'x'],
    ['half a character to find', '\ud83d', 'x'],
    ['half a character to put in', 'a', '\ude00'],
  ])('%s', (_, search, replace) => {
    expect(failing('a 😀', search, replace)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('however often the text stands there, an edit takes once over the file', () => {
  const LINES = 300_000;

  test('to be refused', () => {
    expect(() => apply('a\n'.repeat(LINES), { search: 'a', replace: 'b' })).toThrow(
      expect.objectContaining({
        code: 'AMBIGUOUS',
        message: expect.stringMatching(/more than 10000 times .*\(lines 1, 2, .*10, …\)/),
      }),
    );
    const [text, search] = [`${'a '.repeat(LINES)}`, `${'a\t'.repeat(10_000)}b`];
    expect(() => apply(text, { search, replace: '' })).toThrow(expect.objectContaining({ code: 'NO_MATCH' }));
  });

  test.each([
    ['a long line', 'a', ',', ';'],
    ['a long line that is broken', 'a', ',', ',\n'],
    ['lines', 'a\r\n', ',', ',\n'],
  ])('to be made in %s', (_, piece, search, replace) => {
    const text = `${piece}${search}`.repeat(LINES);
    const expected = `${piece}${piece.endsWith('\r\n') ? replace.replace('\n', '\r\n') : replace}`;
    expect(apply(text, { search, replace, all: true }) === expected.repeat(LINES)).toBe(true);
  });
});
