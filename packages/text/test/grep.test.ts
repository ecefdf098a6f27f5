import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MemoryFileBackend } from '@f9/core';
import { DriverBackend, layer } from '@f9/core/driver';
import { LocalFileBackend } from '@f9/local';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GrepOptions, grep } from '../src/index.ts';

async function vaultOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<MemoryFileBackend> {
  const vault = new MemoryFileBackend();
  for (const [path, data] of Object.entries(files)) await vault.create(path, { data });
  return vault;
}

const lines = async (
  files: Record<string, string | Uint8Array>,
  pattern: string | RegExp,
  options: GrepOptions = {},
) =>
  (await grep(await vaultOf(files), pattern, options)).matches.map(
    ({ path, line, text }) => `${path}:${line}:${text}`,
  );

describe('finds the lines that GNU grep finds', () => {
  /** Patterns that mean the same to both. */
  const PATTERNS: readonly (readonly [
    pattern: string | RegExp,
    ignoreCase: boolean,
    args: readonly string[],
  ])[] = [
    ['needle', false, ['-F', 'needle']],
    ['NeeDLE', true, ['-iF', 'NeeDLE']],
    ['a.b*', false, ['-F', 'a.b*']],
    [/ne+dle/, false, ['-E', 'ne+dle']],
    [/^#|x$/, false, ['-E', '^#|x$']],
    [/é|ß/, false, ['-E', 'é|ß']],
    [/[^a]x/, false, ['-E', '[^a]x']],
    [/a[^b]*$/, false, ['-E', 'a[^b]*$']],
  ];
  const word = fc.constantFrom(
    'needle',
    'nedle',
    'NEEDLE',
    'a.b*',
    'x',
    'ax',
    'é',
    'ß',
    '# ',
    '',
    ' ',
    'a',
    'b',
  );
  const file = fc.array(
    fc.array(word, { maxLength: 4 }).map((words) => words.join('')),
    { maxLength: 12 },
  );

  test.each(PATTERNS)('%s', async (pattern, ignoreCase, args) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (contents, ended) => {
          const root = mkdtempSync(join(tmpdir(), 'f9-grep-'));
          for (const [index, content] of contents.entries()) {
            const path = join(root, index % 2 === 0 ? `f${index}.md` : `d/f${index}.md`);
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, content.join('\n') + (ended && content.length > 0 ? '\n' : ''));
          }
          const { matches } = await grep(new LocalFileBackend({ root }), pattern, { ignoreCase });
          const ours = matches.map(({ path, line, text }) => `${path}:${line}:${text}`).toSorted();
          expect(ours).toEqual(gnuGrep(root, args));
        },
      ),
      { numRuns: 15 },
    );
  });

  function gnuGrep(root: string, args: readonly string[]): string[] {
    try {
      const output = execFileSync('grep', ['-rn', ...args, '.'], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      return output
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.replace(/^\.\//, ''))
        .toSorted();
    } catch (error) {
      if ((error as { status?: number }).status === 1) return [];
      throw error;
    }
  }
});

test('literals are literal, across CRLF, a BOM and UTF-16', async () => {
  const utf16 = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('a $& b\r\nc', 'utf16le')]);
  expect(await lines({ a: '\ufeffx $& y\r\nz\r\n', b: utf16 }, '$&')).toEqual(['a:1:x $& y', 'b:1:a $& b']);
  expect(await lines({ a: '\ufeffx\r\ny\r\n' }, /^x$/)).toEqual(['a:1:x']);
});

test('an expression matches within a line only, looks around included', async () => {
  const files = { a: 'foo\nbar\nfoo bar\n' };
  expect(await lines(files, /foo\s+bar/)).toEqual(['a:3:foo bar']);
  expect(await lines(files, /foo(?!\s)/)).toEqual(['a:1:foo']);
  expect(await lines(files, /(?<=^foo )bar/)).toEqual(['a:3:foo bar']);
  expect(await lines(files, /^$/)).toEqual([]);
  expect(await lines({ a: 'x\n\ny' }, /^$/)).toEqual(['a:2:']);
});

test('context, column, and where to look', async () => {
  const vault = await vaultOf({ 'a.md': '1\n2\n  hit\n4\n5\n', 'd/b.txt': 'hit', '.h': 'hit' });
  const { matches } = await grep(vault, 'hit', { context: 1, glob: '**/*.md' });
  expect(matches).toEqual([{ path: 'a.md', line: 3, column: 3, text: '  hit', before: ['2'], after: ['4'] }]);
  const paths = async (options: GrepOptions) =>
    (await grep(vault, 'hit', options)).matches.map(({ path }) => path);
  expect(await paths({})).toEqual(['a.md', 'd/b.txt']);
  expect(await paths({ dot: true })).toEqual(['.h', 'a.md', 'd/b.txt']);
  expect(await paths({ path: 'd' })).toEqual(['d/b.txt']);
  expect(await paths({ path: '/d/b.txt' })).toEqual(['d/b.txt']);
  expect(await paths({ ignore: ['d/**'] })).toEqual(['a.md']);
  await expect(paths({ path: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what is not searched is counted', async () => {
  const vault = await vaultOf({
    a: 'hit',
    b: Uint8Array.of(0, 1),
    c: 'x'.repeat(200),
    d: Uint8Array.of(0xff, 0x68, 0x69, 0x74),
  });
  expect(await grep(vault, 'hit', { maxFileSize: 100 })).toMatchObject({
    matches: [{ path: 'a' }, { path: 'd' }],
    searched: 2,
    skipped: { binary: 1, tooLarge: 1, failed: [] },
    truncated: false,
  });
});

test('limits cut off and say so; what is exactly the limit is whole', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`f${String(i).padStart(2, '0')}`, 'hit\nhit\n']),
  );
  const vault = await vaultOf(files);
  const limited = await grep(vault, 'hit', { maxMatches: 5 });
  expect(limited.matches.map(({ path, line }) => `${path}:${line}`)).toEqual([
    'f00:1',
    'f00:2',
    'f01:1',
    'f01:2',
    'f02:1',
  ]);
  expect(limited.truncated).toBe(true);
  expect(await grep(vault, 'hit', { maxMatches: 80 })).toMatchObject({ truncated: false, searched: 40 });
  expect(await grep(vault, 'hit', { maxPerFile: 1 })).toMatchObject({ truncated: true });
  expect((await grep(vault, 'hit', { maxPerFile: 1 })).matches).toHaveLength(40);
});

test.each([
  ['', 'empty'],
  [/(?:)/, 'empty'],
  ['a\nb', 'line break'],
])('the pattern %j is refused', async (pattern, why) => {
  await expect(grep(await vaultOf({}), pattern)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(why),
  });
});

describe('an expression whose time is limited', () => {
  test('finds the same lines', async () => {
    const vault = await vaultOf({ a: 'foo\r\nbar\nfoo bar\n', b: 'xfoo', c: Uint8Array.of(0) });
    for (const pattern of [/foo$/, /FOO/i, /^foo(?!\s)/, /o+/]) {
      const options = { context: 1, maxPerFile: 1 };
      const limited = await grep(vault, pattern, { ...options, timeLimit: 20_000 });
      expect(limited).toEqual(await grep(vault, pattern, options));
      expect(limited.matches.length).toBeGreaterThan(0);
    }
  });

  test('counts the work of the expression only, not that of this thread beside it', async () => {
    const { driver } = await vaultOf(
      Object.fromEntries(Array.from({ length: 96 }, (_, i) => [`f${i}`, 'x'])),
    );
    const busy = new DriverBackend(
      layer(driver, {
        readFile: async (path, options) => {
          for (const until = performance.now() + 20; performance.now() < until; );
          return await driver.readFile!(path, options);
        },
      }),
    );
    expect((await grep(busy, /\w/, { timeLimit: 800 })).matches).toHaveLength(96);
  });

  test('is not tried where what it requires is not there', async () => {
    const vault = await vaultOf({ a: `${'a'.repeat(40)}!`, b: 'aa!needle' });
    const { matches } = await grep(vault, /^(a+)+!needle/, { timeLimit: 20_000 });
    expect(matches.map(({ path }) => path)).toEqual(['b']);
  });

  test('that backtracks without end is refused, and holds up nobody', async () => {
    const vault = await vaultOf({ a: `${'a'.repeat(40)}!`, b: 'b' });
    let turns = 0;
    const other = setInterval(() => turns++, 5);
    const search = grep(vault, /^(a+)+$/, { timeLimit: 200 });
    await expect(search).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('took longer than 200 ms'),
    });
    clearInterval(other);
    expect(turns).toBeGreaterThan(3);
  });
});

describe('an expression finds the lines that it matches, whatever it is made of', () => {
  const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{0}', '{2}', '{0,1}', '{1,}?', '+?', '??');
  const atom = fc.constantFrom(
    ...['a', 'b', 'k', 'A', ' ', 'é', '😀', '.', '^', '$', '\\.', '\\w', '\\b', '\\u0061', '\\x62', '\\-'],
    ...['[ab]', '[^a]', '[]', '[]b', '[\\]]', '(?=a)', '(?!b)', '(?<=a)', '(?<!b)', '{', '}', ']'],
  );
  const { source } = fc.letrec<{ source: string; group: string; sequence: string }>((tie) => ({
    group: fc.tuple(fc.constantFrom('(', '(?:'), tie('source')).map(([head, inside]) => `${head}${inside})`),
    sequence: fc
      .array(
        fc
          .tuple(fc.oneof({ depthSize: 'small' }, atom, atom, atom, tie('group')), quantifier)
          .map((parts) => parts.join('')),
        { maxLength: 4 },
      )
      .map((parts) => parts.join('')),
    source: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
  }));
  const line = fc.array(
    fc.constantFrom('a', 'b', 'k', 'A', ' ', 'é', '😀', '.', '-', '{', ']', '\u212a', 'ſ'),
    {
      maxLength: 8,
    },
  );

  test.each(['', 'i', 'u', 'iu'])('with flags "%s"', async (flags) => {
    await fc.assert(
      fc.asyncProperty(source, fc.array(line, { minLength: 1, maxLength: 6 }), async (pattern, contents) => {
        fc.pre(compiles(pattern, flags));
        const texts = contents.map((parts) => parts.join(''));
        const vault = await vaultOf(Object.fromEntries(texts.map((text, index) => [`f${index}`, text])));
        const { matches } = await grep(vault, new RegExp(pattern, flags));
        const expected = texts.filter((text) => text !== '' && new RegExp(pattern, flags).test(text));
        expect(matches.map(({ text }) => text)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  function compiles(pattern: string, flags: string): boolean {
    try {
      return new RegExp(pattern, flags).source !== '(?:)';
    } catch {
      return false;
    }
  }
});

test('can be aborted while an expression backtracks', async () => {
  const reason = new Error('enough');
  const aborting = new AbortController();
  const vault = await vaultOf({ a: `${'a'.repeat(40)}!` });
  const search = grep(vault, /^(a+)+$/, { timeLimit: 20_000, signal: aborting.signal });
  setTimeout(() => aborting.abort(reason), 100);
  await expect(search).rejects.toBe(reason);
});

test('can be aborted', async () => {
  const reason = new Error('enough');
  await expect(grep(await vaultOf({ a: 'hit' }), 'hit', { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

test.each([
  ['ignorecase', 'ignoreCase'],
  ['maxmatches', 'maxMatches'],
  ['pathh', 'path'],
])('the option %s is refused, and %s is named', async (name, closest) => {
  const options: GrepOptions = Object.fromEntries([[name, true]]);
  await expect(grep(await vaultOf({ 'a.md': 'x' }), 'x', options)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(`the closest is ${closest}`),
  });
});

test('of a file in which every line matches no more is kept than is given', async () => {
  const vault = await vaultOf({ a: 'a\n'.repeat(1_000_000) });
  for (const pattern of ['a', /a/]) {
    const { matches, truncated } = await grep(vault, pattern, { maxMatches: 2, context: 10_000 });
    expect([matches.length, matches[1]!.after.length, truncated]).toEqual([2, 10_000, true]);
  }
});
