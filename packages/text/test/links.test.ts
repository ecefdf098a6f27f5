import { expect, test } from 'vitest';
import { links } from '../src/index.ts';

const brief = (text: string) =>
  links(text).map(({ kind, target, heading, text: shown }) => [kind, target, heading, shown]);

test('wiki links, embeds, Markdown links and images, references, in order', () => {
  const text = `---
up: "[[no]]"
---
See [[Garden]], [[Garden#Water|watering]] and ![[photo.png]].
[a *b*](notes/a%20b.md#c) ![alt](i.png) <https://example.org/> [r][ref]

- in a list: [[Deep/Er]]

[ref]: other.md "Title"
`;
  expect(brief(text)).toEqual([
    ['wiki', 'Garden', undefined, undefined],
    ['wiki', 'Garden', 'Water', 'watering'],
    ['embed', 'photo.png', undefined, undefined],
    ['link', 'notes/a b.md', 'c', 'a b'],
    ['image', 'i.png', undefined, 'alt'],
    ['link', 'https://example.org/', undefined, 'https://example.org/'],
    ['link', 'other.md', undefined, 'r'],
    ['wiki', 'Deep/Er', undefined, undefined],
  ]);
});

test('none in code, in HTML or in an escape', () => {
  expect(brief('`[[a]]` <b title="[[b]]">\n\n```\n[[c]]\n```\n\n    [[d]]\n\n<!-- [[e]] -->\n')).toEqual([]);
});

test('places are exact, also with a BOM and CRLF', () => {
  const text = '\ufeffone\r\ntwo [[x]] `c` [[y]]\r\n\r\n[z](z.md)';
  for (const { start, end, line } of links(text)) {
    expect(['[[x]]', '[[y]]', '[z](z.md)']).toContain(text.slice(start, end));
    expect(line).toBe(text.slice(0, start).split('\n').length);
  }
  expect(links(text)).toHaveLength(3);
});

test('tells links to the world from links to notes', () => {
  expect(
    links('[a](https://x.org/a#b) [b](b.md) [c](mailto:x@y.z) [d](#top)').map((l) => [l.external, l.target]),
  ).toEqual([
    [true, 'https://x.org/a#b'],
    [false, 'b.md'],
    [true, 'mailto:x@y.z'],
    [false, ''],
  ]);
});

test('lines of many links, code among them, are those of the text', () => {
  const text = '\n[[a]] `[[no]]`\n<b>[[c]]\n'.repeat(200);
  expect(links(text).map(({ line, target }) => `${line}${target}`)).toEqual(
    Array.from({ length: 200 }, (_, i) => [`${3 * i + 2}a`, `${3 * i + 3}c`]).flat(),
  );
});
