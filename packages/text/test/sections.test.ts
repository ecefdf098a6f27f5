import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findSection, sections, withSection } from '../src/index.ts';

const names = (text: string): string[] => sections(text).map(({ level, heading }) => `${level} ${heading}`);

describe('what a heading is, CommonMark says', () => {
  test.each([
    ['ATX and setext', '# A\n\nB\n===\n\nC *d*\n---\n### E ###\n', ['1 A', '1 B', '2 C d', '3 E']],
    ['not in code', '# A\n```\n# no\n```\n    # no\n~~~md\n## no\n~~~\n', ['1 A']],
    ['not in HTML, a quotation or a list', '# A\n<!--\n# no\n-->\n\n> # no\n\n- # no\n', ['1 A']],
    ['not without a space', '#no\n# yes\n', ['1 yes']],
    ['not in frontmatter', '---\n# no\ntitle: x\n---\n# yes\n', ['1 yes']],
    ['with CRLF', '# A\r\ntext\r\n## B\r\n', ['1 A', '2 B']],
    ['indented, with a BOM, empty', '\ufeff  # A\n#\n', ['1 A', '1 ']],
  ])('%s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });
});

test('a section reaches to the next heading of the same or a higher level', () => {
  const text = 'intro\n# A\na\n## B\nb\n# C\nc';
  const [a, b, c] = sections(text);
  expect(text.slice(a!.start, a!.end)).toBe('# A\na\n## B\nb\n');
  expect(text.slice(b!.bodyStart, b!.end)).toBe('b\n');
  expect(text.slice(c!.start, c!.end)).toBe('# C\nc');
  expect(b).toMatchObject({ path: ['A', 'B'], line: 4, level: 2 });
});

/** The documents of this repository that people wrote. */
function documents(): string[] {
  const root = new URL('../../../', import.meta.url).pathname;
  return globSync(['README.md', 'docs/*.md', 'packages/*/README.md'], { cwd: root }).map((file) =>
    readFileSync(`${root}${file}`, 'utf8'),
  );
}

test('real documents fall into sections that make the whole again', () => {
  let headings = 0;
  for (const text of documents()) {
    const found = sections(text);
    headings += found.length;
    const pieces = found.map(({ start }, index) => text.slice(start, found[index + 1]?.start ?? text.length));
    expect(text.slice(0, found[0]?.start ?? text.length) + pieces.join('')).toBe(text);
    for (const { start, bodyStart, end } of found) expect(start < bodyStart && bodyStart <= end).toBe(true);
  }
  expect(headings).toBeGreaterThan(100);
});

test('a note of nothing but headings falls into sections too, and an error names only some of them', () => {
  const text = '# A\n## B\n### C\n'.repeat(1000);
  const found = sections(text);
  expect(found).toHaveLength(3000);
  expect(found[3]).toMatchObject({ heading: 'A', start: found[0]!.end, path: ['A'] });
  expect(found.at(-2)).toMatchObject({ path: ['A', 'B'], end: text.length });
  expect(() => findSection(text, 'C', 'n.md')).toThrow(/1000 sections .{100,900}; …\)/);
});

describe('findSection', () => {
  const text = '# Garden\n## Ideas\n# House\n## Ideas\n### Ideas\n';

  test('by heading, with # in front or not, and by the headings above', () => {
    expect(findSection(text, 'House', 'n')).toMatchObject({ line: 3 });
    expect(findSection(text, '## House', 'n')).toMatchObject({ line: 3 });
    expect(findSection(text, ['Garden', 'Ideas'], 'n')).toMatchObject({ line: 2 });
    expect(findSection(text, ['House', 'Ideas', 'Ideas'], 'n')).toMatchObject({ line: 5 });
  });

  test('none is NO_MATCH with the candidates', () => {
    expect(() => findSection(text, 'Ideal', 'n.md')).toThrow(
      expect.objectContaining({ code: 'NO_MATCH', message: expect.stringContaining('"Garden", "Ideas"') }),
    );
  });

  test('several are AMBIGUOUS with the lines and the headings above', () => {
    expect(() => findSection(text, 'Ideas', 'n.md')).toThrow(
      expect.objectContaining({
        code: 'AMBIGUOUS',
        message: expect.stringContaining('line 2: Garden > Ideas'),
      }),
    );
    expect(() => findSection(text, ['House', 'Ideas'], 'n.md')).toThrow(
      expect.objectContaining({ code: 'AMBIGUOUS' }),
    );
  });

  test('an empty name is INVALID_ARGUMENT', () => {
    for (const target of ['', [], '# ']) {
      expect(() => findSection(text, target, 'n')).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });
});

describe('withSection', () => {
  const text = '# A\n\none\n\n## B\n\ntwo\n\n# C\n\nthree';
  const patch = (operation: 'append' | 'prepend' | 'replace', target: string, content: string, note = text) =>
    withSection(note, target, { operation, content }, 'n.md');

  test.each([
    [
      'append goes after the last line that is not blank',
      patch('append', 'B', 'more'),
      '# A\n\none\n\n## B\n\ntwo\nmore\n\n# C\n\nthree',
    ],
    [
      'append to the last section of a file without a last line break',
      patch('append', 'C', 'four'),
      `${text}\nfour`,
    ],
    [
      'append takes its subsections along',
      patch('append', 'A', '- x\n'),
      '# A\n\none\n\n## B\n\ntwo\n- x\n\n# C\n\nthree',
    ],
    [
      'prepend goes right below the heading',
      patch('prepend', 'B', 'zero\n'),
      '# A\n\none\n\n## B\nzero\n\ntwo\n\n# C\n\nthree',
    ],
    [
      'replace keeps the blank lines before the next heading',
      patch('replace', 'B', 'new'),
      '# A\n\none\n\n## B\nnew\n\n# C\n\nthree',
    ],
    ['replace with nothing', patch('replace', 'B', ''), '# A\n\none\n\n## B\n\n# C\n\nthree'],
    [
      'new subsections are welcome',
      patch('replace', 'A', '## X\n\n## Y'),
      '# A\n## X\n\n## Y\n\n# C\n\nthree',
    ],
    ['an empty section', patch('append', 'X', 'x', '# X\n# Y'), '# X\nx\n# Y'],
    ['a heading that ends the file', patch('append', 'X', 'x', '# X'), '# X\nx'],
    ['CRLF', patch('append', 'X', 'a\nb', '# X\r\ny\r\n# Z\r\n'), '# X\r\ny\r\na\r\nb\r\n# Z\r\n'],
    [
      'a paragraph that would become a heading is parted from the rule below',
      patch('prepend', 'X', 'p', '# X\n---\n'),
      '# X\np\n\n---\n',
    ],
  ])('%s', (_, patched, expected) => {
    expect(patched).toBe(expected);
  });

  test.each([
    ['an open code fence', '```js\ncode'],
    ['an open comment', '<!-- note'],
  ])('%s that would swallow what follows is INVALID_ARGUMENT', (_, content) => {
    expect(() => patch('append', 'B', content)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => patch('replace', 'A', content)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  test('in real documents, a line appended to any section changes nothing else', () => {
    for (const document of documents().slice(0, 12)) {
      for (const { path, heading } of sections(document).slice(0, 5)) {
        let patched: string;
        try {
          patched = withSection(
            document,
            path,
            { operation: 'append', content: 'An appended line.' },
            'n.md',
          );
        } catch (error) {
          expect(error).toMatchObject({ code: 'AMBIGUOUS' });
          continue;
        }
        const at = patched.indexOf('An appended line.');
        const rest = patched.slice(0, at) + patched.slice(at + 'An appended line.'.length);
        expect(rest.replace(/\n+/g, '\n'), heading).toBe(
          document.replace(/\n+/g, '\n').replace(/$/, rest.endsWith('\n') ? '' : ''),
        );
      }
    }
  });
});
