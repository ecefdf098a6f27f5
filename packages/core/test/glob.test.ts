import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import fc from 'fast-check';
import fastGlob from 'fast-glob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareBytes,
  DriverBackend,
  GlobPattern,
  type GlobPatternOptions,
  type GlobState,
  layer,
} from '../src/driver/index.ts';
import { expandBraces } from '../src/glob/braces.ts';
import { MemoryFileBackend } from '../src/index.ts';

const isWindows = process.platform === 'win32';

/** Names that no Windows can hold. */
const POSIX_FILES = ['star*', 'q?', 'dir/a"b', 'dir/*'];

const FILES = [
  'a',
  'b',
  'ab',
  'abc',
  'a.md',
  'b.md',
  'ab.md',
  'c.txt',
  'é',
  'é.md',
  'a b',
  'a-b',
  '1',
  '12',
  'a1',
  'a.b.c',
  'a,b',
  '{x}',
  'x{1}',
  '#a',
  '~',
  'a=b',
  "a'b",
  'a$b',
  'a^b',
  '.hidden',
  '.env.md',
  'dir/a',
  'dir/b.md',
  'dir/.hidden',
  'dir/sub/a.md',
  'dir/sub/b',
  'dir/sub/.x/y',
  'dir/sub/deep/er/z.md',
  'dir2/a.md',
  '.dot/a',
  '.dot/.dot/b',
  '.dot/sub/a.md',
  'a.d/a',
  'a.d/b.md',
  'x/a/b/a/b',
  'x/b/a/b',
  'x/y/z/a',
  'd/e',
  'd,e/f',
  'sp ace/a b.md',
  '0/1/2/3/4',
  ...(isWindows ? [] : POSIX_FILES),
];

interface Entry {
  readonly path: string;
  readonly isDir: boolean;
}

let root: string;
let entries: Entry[];
/** By their directory. */
let children: Map<string, { readonly path: string; readonly name: string }[]>;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'f9-glob-'));
  for (const file of FILES) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  entries = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => ({
    path: relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'),
    isDir: entry.isDirectory(),
  }));
  children = Map.groupBy(
    entries.map(({ path }) => ({ path, name: basename(path) })),
    ({ path }) => (path.includes('/') ? dirname(path) : ''),
  );
});

afterAll(() => rmSync(root, { recursive: true }));

type Wanted = GlobPatternOptions & { readonly only?: 'files' | 'directories' };

function matched(pattern: string, { only, ...options }: Wanted = {}): string[] {
  const compiled = new GlobPattern(pattern, options);
  return entries
    .filter(({ isDir }) => only === undefined || isDir === (only === 'directories'))
    .map(({ path }) => path)
    .filter((path) => compiled.matches(path))
    .sort(compareBytes);
}

function byFastGlob(pattern: string, { only, dot = false, ignore = [] }: Wanted = {}): string[] {
  try {
    return fastGlob
      .sync(pattern, {
        cwd: root,
        dot,
        ignore: [...ignore],
        onlyFiles: only === 'files',
        onlyDirectories: only === 'directories',
        followSymbolicLinks: false,
        extglob: false,
      })
      .sort(compareBytes);
  } catch (error) {
    // It goes into a file as if it were a directory.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [];
    throw error;
  }
}

/** The same by the states that a walk goes through, entering only where they lead. */
function walked(pattern: string, options: GlobPatternOptions = {}): string[] {
  const found: string[] = [];
  const visit = (directory: string, state: GlobState): void => {
    for (const { path, name } of children.get(directory) ?? []) {
      if (state.literals?.includes(name) === false) continue;
      if (state.accepts(name)) found.push(path);
      const inside = state.enter(name);
      if (inside !== undefined) visit(path, inside);
    }
  };
  visit('', new GlobPattern(pattern, options).root);
  return found.sort(compareBytes);
}

/** Parts of patterns in which fast-glob keeps to the rules of the shell, as we do. */
const SEGMENTS = [
  '*',
  '?',
  '**',
  'a',
  'b',
  'ab',
  '*.md',
  '[ab]',
  '[!a]',
  '[^a]',
  '{a,b}',
  '{a,b}*',
  'a*',
  '*a',
  '*b*',
  '*a*b*',
  '.*',
  'a?',
  '?b',
  '???',
  '*.*',
  '*.*.*',
  '[a-z]',
  '{*.md,a}',
  '{a,b}.md',
  '*.{md,txt}',
  'a.{md,txt}',
  'sub',
  'dir',
  'd*',
  'd?r',
  '{dir,x}',
  'x',
  '.dot',
  '.d*',
  '\\*',
  'a\\*',
  '{a}',
  '{x}',
  '{a',
  'a}',
  '[a',
  'a]',
  'a**',
  '**a',
  '{a,}b',
  '{a,b,ab}',
  '[a-b]b',
  '[0-9]',
  '*[0-9]',
  'é',
  '[é]',
  '?.md',
  'a,b',
  'a b',
  '#*',
  '~',
  '\\.*',
  '{.*,a}',
  '{.hidden,a}',
  '?hidden',
  'a{b,{c,d}}*',
  '{{a,b},c.txt}',
  '{[ab],c}*',
  'star\\*',
  'q\\?',
  '*$*',
  '*^*',
  '*=*',
];

const PATTERNS = new Set([
  ...SEGMENTS.flatMap((segment) => [
    segment,
    `**/${segment}`,
    `dir/${segment}`,
    `*/${segment}`,
    `${segment}/*`,
    `x/**/${segment}`,
    `{dir,x}/**/${segment}`,
    `**/sub/${segment}`,
  ]),
  'dir/**',
  '.dot/**',
  'x/**',
  '**/**',
  '**/a/**/b',
  'x/**/a/**/b',
  '**/sub/**/*.md',
  '**/*/a',
  '*/**/a',
  '*/*',
  '*/*/*',
  '*/*/*/*/*',
  '**/.*',
  '.*/*',
  '**/{a,b}/**/b',
  '{x/y,dir}/**/b',
  '{a,b}/{c,d}',
  '{dir,x}/**/{a,*.md}',
  'dir/{a,b.md}',
  '{dir/a,x/y/z/a}',
]);

/** Where fast-glob has ideas of its own; each is a test below. */
function isDisputed(pattern: string): boolean {
  const isStarWithin = /\*\*[^/]|[^/]\*\*/.test(pattern.replace(/\{[^}]*\}/g, '{}'));
  const matchesItself = /[^/x*]\/\*\*$|\*\/\*\*$/.test(pattern);
  return isStarWithin || matchesItself || /(^|\/)[^*[{/]*\?[^*[{/]*\//.test(pattern);
}

describe('agrees with fast-glob', () => {
  const patterns = [...PATTERNS].filter((pattern) => !isDisputed(pattern));

  test('on hundreds of patterns', () => {
    expect(patterns.length).toBeGreaterThan(400);
    const wanted: Wanted[] = [
      { only: 'files' },
      { only: 'directories' },
      { dot: true },
      { only: 'files', ignore: ['**/*.md', 'x/**'] },
      { dot: true, ignore: ['**/a', '.dot/sub', 'd*', '*.{c,txt}'] },
    ];
    const disagreements = patterns.flatMap((pattern) =>
      wanted
        .map((options) => ({
          pattern,
          options,
          ours: matched(pattern, options),
          theirs: byFastGlob(pattern, options),
        }))
        .filter(({ ours, theirs }) => ours.join('\n') !== theirs.join('\n')),
    );
    expect(disagreements).toEqual([]);
    const hits = patterns.filter((pattern) => matched(pattern, { dot: true }).length > 0);
    expect(hits.length, 'a table that matches nothing proves nothing').toBeGreaterThan(patterns.length / 2);
  });

  test('on patterns put together at random', () => {
    const name = fc
      .array(
        fc.constantFrom('a', 'b', 'x', '*', '?', '.', '[ab]', '[!b]', '{a,b}', '{x,.dot}', 'dir', '.md'),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((pieces) => pieces.join(''))
      .filter((text) => !text.includes('**') && !/^\.{1,2}$/.test(text) && !text.includes('..'));
    const pattern = fc
      .array(fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: fc.constant('**') }), {
        minLength: 1,
        maxLength: 4,
      })
      .map((segments) => segments.join('/'))
      .filter((text) => !isDisputed(text) && !/[?*\]}]\.$/.test(text));
    fc.assert(
      fc.property(pattern, fc.boolean(), (text, dot) => {
        // A class never matches a leading dot here, and one that is not negated cannot in this alphabet.
        fc.pre(dot || !/(^|\/)\[!/.test(text));
        expect(matched(text, { dot, only: 'files' })).toEqual(byFastGlob(text, { dot, only: 'files' }));
      }),
      { numRuns: 300 },
    );
  });
});

describe('differs from fast-glob on purpose', () => {
  test.each<[string, string, string[], GlobPatternOptions?]>([
    [
      '** needs something to match: a/** is what lies in a, never a itself',
      '*/sub/**',
      ['dir/sub/a.md', 'dir/sub/b', 'dir/sub/deep', 'dir/sub/deep/er', 'dir/sub/deep/er/z.md'],
    ],
    ['a file is never its own content', 'a/**', []],
    ['a directory of ? alone is a wildcard like any other', '?/*', ['0/1', 'd/e', 'x/a', 'x/b', 'x/y']],
    ['the directory that a pattern begins with can be left out too', 'x/a/**/b', [], { ignore: ['**/a'] }],
    ['** within a name is *', '**.txt', ['c.txt']],
    ['a leading dot is no member of a class', '[.]env.md', []],
    ['nor is it of one that leaves others out', '[!a-z]*', ['#a', '0', '1', '12', '{x}', '~', 'é', 'é.md']],
    ['parentheses stand for themselves', '(a)', []],
    ['an extglob stands for itself', '@(a|b)', []],
    ['a range of numbers stands for itself', 'x{1..3}', []],
    ['so does a single one', 'x{1}', ['x{1}']],
    ['a leading ! stands for itself', '!a', []],
    ['a leading slash is the root', '/dir/a', ['dir/a']],
    ['. and .. and empty names are resolved', './dir//sub/../a', ['dir/a']],
    ['also where they are escaped', 'dir/sub/\\.\\./\\./a', ['dir/a']],
    ['what is in a name is between slashes', 'dir/', ['dir']],
  ])('%s: %s', (_rule, pattern, expected, options) => {
    expect(matched(pattern, options)).toEqual(expected);
  });

  test('a character is a code point, not half of one', () => {
    expect(new GlobPattern('?').matches('😀')).toBe(true);
    expect(new GlobPattern('??').matches('😀')).toBe(false);
    expect(new GlobPattern('[😀-😂]').matches('😁')).toBe(true);
    expect(new GlobPattern('*😀*').matches('a😀b')).toBe(true);
  });
});

test.each<[string, string[], string[]]>([
  ['[]a]', [']', 'a'], ['b', '[]a]']],
  ['[!]a]', ['b'], [']', 'a']],
  ['[]-a]', ['^', 'a', ']'], ['b']],
  ['[a-]', ['a', '-'], ['b']],
  ['[-a]', ['a', '-'], ['b']],
  ['[a\\-z]', ['a', '-', 'z'], ['b']],
  ['[\\]]', [']'], ['\\']],
  ['[[]', ['['], [']']],
  ['[a', ['[a'], ['a']],
  ['[a/b]', ['[a/b]'], ['a', 'b', '/']],
  ['[\\', ['[\\'.slice(0, 1)], []],
  ['{a,[,]}', ['a', ','], ['[']],
  ['{a,[}', ['a', '['], ['{a,[']],
  ['a\\', [], ['a']],
  ['\\{a,b\\}', ['{a,b}'], ['a']],
  ['{a\\,b,c}', ['a,b', 'c'], ['a']],
  ['{,a}b', ['b', 'ab'], ['a']],
  ['{a,b}{c,d}', ['ac', 'ad', 'bc', 'bd'], ['ab']],
  ['{a,b', ['{a,b'], ['a']],
  ['{a,{b,c}', ['{a,b', '{a,c'], ['a']],
  ['a,b}', ['a,b}'], ['a']],
  ['{{a,b}}', ['{a}', '{b}'], ['a']],
  ['{}', ['{}'], ['']],
  ['***', ['a', ''], ['.a']],
  ['[[:alpha:]]', ['[]', ':]', 'a]', 'l]'], ['a', ']', 'b]']],
  ['(a|b)', ['(a|b)'], ['a', 'b']],
  ['a|b', ['a|b'], ['a', 'b']],
  ['**/a/**', ['a/b', 'x/a/b/c'], ['a', 'x/a']],
])('%s matches what it says and no more', (pattern, matching, others) => {
  if (pattern === '[\\' || pattern === 'a\\') {
    // A backslash at the end escapes nothing, and no name holds one.
    expect(new GlobPattern(pattern).root.literals).toEqual([]);
    return;
  }
  const compiled = new GlobPattern(pattern);
  for (const path of matching) expect(compiled.matches(path), path).toBe(true);
  for (const path of others) expect(compiled.matches(path), path).toBe(false);
});

describe('expandBraces', () => {
  /** A pattern, and what it stands for. */
  type Spelled = readonly [pattern: string, expanded: readonly string[]];
  const text = fc
    .string({ unit: fc.constantFrom('a', 'b', '*', '/', '.', '\\{', '\\,', '[,]', '[}]'), maxLength: 3 })
    .map((each): Spelled => [each, [each]]);
  const { sequence } = fc.letrec<{ sequence: Spelled; group: Spelled; single: Spelled }>((tie) => ({
    sequence: fc
      .array(fc.oneof({ maxDepth: 3 }, text, tie('group'), tie('single')), { maxLength: 3 })
      .map((parts) =>
        parts.reduce<Spelled>(
          ([before, heads], [pattern, tails]) => [
            before + pattern,
            heads.flatMap((head) => tails.map((tail) => head + tail)),
          ],
          ['', ['']],
        ),
      ),
    group: fc
      .array(tie('sequence'), { minLength: 2, maxLength: 3 })
      .map(
        (parts): Spelled => [
          `{${parts.map(([pattern]) => pattern).join(',')}}`,
          parts.flatMap(([, expanded]) => expanded),
        ],
      ),
    // Braces without a comma stand for themselves.
    single: tie('sequence').map(
      ([pattern, expanded]): Spelled => [`{${pattern}}`, expanded.map((each) => `{${each}}`)],
    ),
  }));

  test('is every choice of every group, in order', () => {
    fc.assert(
      fc.property(sequence, ([pattern, expanded]) => {
        fc.pre(expanded.length <= 1000);
        expect(expandBraces(pattern)).toEqual(expanded);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves a pattern without braces as it is', () => {
    fc.assert(
      fc.property(fc.string(), (pattern) => {
        fc.pre(!pattern.includes('{'));
        expect(expandBraces(pattern)).toEqual([pattern]);
      }),
    );
  });
});

describe('a walk by states', () => {
  test('finds what matching whole paths finds', () => {
    for (const pattern of PATTERNS) {
      for (const options of [{}, { dot: true }, { dot: true, ignore: ['**/b/**', 'dir/sub', '**/a'] }]) {
        expect(walked(pattern, options), pattern).toEqual(matched(pattern, options));
      }
    }
  });

  test('goes nowhere that nothing can match, and asks for literal names alone', () => {
    const { root: top } = new GlobPattern('{dir,x}/sub/*.md', { ignore: ['x/**'] });
    expect(top.literals).toEqual(['dir', 'x']);
    expect(top.enter('a.d')).toBeUndefined();
    expect(top.enter('x')).toBeUndefined();
    expect(top.enter('dir')!.literals).toEqual(['sub']);
    expect(top.enter('dir')!.enter('sub')!.literals).toBeUndefined();
    expect(top.enter('dir')!.enter('sub')!.enter('deep')).toBeUndefined();
  });

  test('stays in one state below **', () => {
    const { root: top } = new GlobPattern('**/*.md');
    expect(top.enter('a')!.enter('b')).toBe(top);
  });

  test('in any order, matching asks again from the root', () => {
    const pattern = new GlobPattern('dir/**/*.md');
    for (const path of ['x/a.md', 'dir/a.md', 'dir/sub/a.md', 'a.md', 'dir/b.md', 'dir']) {
      expect(pattern.matches(path), path).toBe(new GlobPattern('dir/**/*.md').matches(path));
    }
  });
});

test.each<[string, string, number]>([
  ['dir/sub/*.md', 'dir/sub', 1],
  ['dir/sub/a.md', 'dir/sub', 1],
  ['dir/**', 'dir', Number.POSITIVE_INFINITY],
  ['**', '', Number.POSITIVE_INFINITY],
  ['a', '', 1],
  ['{dir/sub,dir/x}/*', 'dir', 2],
  ['{a,b}/*/c', '', 3],
  ['dir/{a,b/c}', 'dir', 2],
  ['{dir,dir/sub}/*', 'dir', 2],
  ['/', '', 0],
  ['a/..', '', 0],
])('%s begins in "%s" and goes %d deep', (pattern, base, depth) => {
  expect(new GlobPattern(pattern)).toMatchObject({ base, depth });
});

describe('no pattern reaches what no vault holds', () => {
  test.each(['.f9/*', '.F9/**', '{.f9,dir}/*', './.f9', '\\.f9/a', 'a\\\\b', '{a\0b,dir}/*'])(
    '%s',
    (pattern) => {
      const { root: top, base } = new GlobPattern(pattern, { dot: true });
      expect(base).not.toMatch(/f9|\\|\0/i);
      expect(top.literals?.join('') ?? '').not.toMatch(/f9|\\|\0/i);
    },
  );

  test.each(['..', '../*', '**/../../*', 'a/../..', '{a,../b}', '\\.\\./*', '.\\./x', '{.,x}./a'])(
    '%s climbs out',
    (pattern) => {
      expect(() => new GlobPattern(pattern)).toThrow(expect.objectContaining({ code: 'PATH_OUTSIDE_ROOT' }));
      expect(() => new GlobPattern('*', { ignore: [pattern] })).toThrow(
        expect.objectContaining({ code: 'PATH_OUTSIDE_ROOT' }),
      );
    },
  );

  test('f9’s own state is not matched where a driver would list it when asked', async () => {
    const { driver } = new MemoryFileBackend();
    const asked: string[] = [];
    const backend = new DriverBackend(
      layer(driver, {
        stat: (path, options) => {
          asked.push(path);
          return driver.stat(path, options);
        },
      }),
    );
    expect(await backend.glob('.f9/**', { dot: true })).toEqual([]);
    expect(asked.join()).not.toContain('f9');
  });
});

describe('no pattern takes long', () => {
  // Sizes at which a matcher that goes back over everything would not end.
  const long = 'a'.repeat(255);
  test.each<[string, string, string]>([
    ['many stars', `${'*a'.repeat(120)}b`, long],
    ['stars and classes', `${'*[ab]'.repeat(100)}c`, long],
    ['stars and braces', `${'*{a,b}'.repeat(9)}c`, long],
    ['many **', `${'**/a/'.repeat(100)}b`, `${'a/'.repeat(200)}c`],
    ['many ** in alternatives', `{${'**/a/**/b,'.repeat(300)}x}`, `${'a/'.repeat(100)}c`],
    ['unclosed braces', '{'.repeat(50_000), 'a'],
    ['unclosed braces with commas', '{a,'.repeat(900), 'a'],
    ['nested braces', `${'{a,'.repeat(900)}b${'}'.repeat(900)}`, 'c'],
    ['closed braces of nothing', '{}'.repeat(50_000), 'a'],
    ['unclosed classes', '['.repeat(100_000), 'a'],
    ['unclosed classes of many names', '[/'.repeat(50_000), 'a'],
    ['escapes', '\\a'.repeat(100_000), 'a'],
    ['a very long name', `*${'a'.repeat(100_000)}`, long],
  ])('%s', (_name, pattern, path) => {
    expect(new GlobPattern(pattern).matches(path)).toBe(false);
  });

  test.each<[string, string]>([
    ['alternatives without number', '{a,b}'.repeat(40)],
    ['alternatives within alternatives', `${'{a,'.repeat(2000)}b${'}'.repeat(2000)}`],
    ['alternatives of great length', `{${'a,'.repeat(900)}b}${'c'.repeat(1000)}`],
    ['great length', 'a'.repeat(300_000)],
  ])('%s is refused', (_name, pattern) => {
    expect(() => new GlobPattern(pattern)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  test('a thousand alternatives are not', () => {
    const names = Array.from({ length: 1000 }, (_, n) => `file-${n}`);
    const pattern = new GlobPattern(`**/{${names.join(',')}}`);
    expect(pattern.matches('some/where/file-999')).toBe(true);
    expect(pattern.matches('some/where/file-1000')).toBe(false);
  });
});

test('a listing is matched entry by entry, whatever its order', async () => {
  const backend = new MemoryFileBackend();
  for (const file of FILES) await backend.create(file);
  const listed = await Array.fromAsync(backend.list('/', { recursive: true }));
  const pattern = new GlobPattern('**/*.md');
  const inOrder = listed.filter(({ path }) => pattern.matches(path));
  const backwards = listed.toReversed().filter(({ path }) => pattern.matches(path));
  expect(backwards.toReversed()).toEqual(inOrder);
  expect(await backend.glob('**/*.md')).toEqual(inOrder.map(({ path }) => path).sort(compareBytes));
});
