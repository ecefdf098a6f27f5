import fs from 'node:fs';
import { join } from 'node:path';
import type { GlobOptions } from '@f9/core';
import { compareBytes, DriverBackend, layer } from '@f9/core/driver';
import fc from 'fast-check';
import fastGlob from 'fast-glob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { daily } from '../../../scripts/test/daily.ts';
import { LocalDriver, LocalFileBackend } from '../src/index.ts';
import { makeFolder, plant } from './support/temporary-folder.ts';

// Core proves its matcher against fast-glob; here it is the walk that must find what the matcher would find, and go nowhere else.

const FILES = [
  ...['a', 'b.md', 'ab.md', 'é.md', 'a b', '.env', '.env.md', '{x}', '日本.txt', 'star*', 'q?', '[c]'],
  ...['dir/a', 'dir/b.md', 'dir/.hidden', 'dir/sub/a.md', 'dir/sub/.x/y', 'dir/sub/deep/er/z.md', 'dir/*'],
  ...[
    'dir2/a.md',
    'd/e/f/g/h.ts',
    '.dot/a',
    '.dot/.dot/b',
    '.dot/sub/a.md',
    'x/a/b/a/b',
    'x/b/a/b',
    'é/ü.md',
  ],
];

const SEGMENTS = [
  ...[
    '*',
    '?',
    'a',
    'ab*',
    '*.md',
    '*.{md,txt}',
    '[ab]',
    '[!a]*',
    '{a,b.md}',
    'a*',
    '*b*',
    '.*',
    '.env',
    '.env*',
  ],
  ...[
    '\\*',
    'star\\*',
    'q\\?',
    '\\[c\\]',
    '{x}',
    '\\{x\\}',
    'é*',
    '?.md',
    '日*',
    'a b',
    '[a-z]*',
    '{.*,a}',
    'sub',
    'd*',
  ],
  ...['dir', '{dir,x}', '.dot', '.d*', 'deep', 'e', 'missing', 'link-to-dir'],
];

const PATTERNS = [
  ...SEGMENTS.flatMap((segment) => [
    ...[segment, `**/${segment}`, `dir/${segment}`, `*/${segment}`, `${segment}/*`, `{dir,.dot}/${segment}`],
    ...[
      `x/**/${segment}`,
      `dir/sub/${segment}`,
      `d*/s*/${segment}`,
      `**/sub/${segment}`,
      `dir/{sub,deep}/${segment}`,
    ],
  ]),
  ...[
    '**',
    'dir/**',
    'x/**/b',
    '**/a/**/b',
    '**/*/a',
    '*/**/a',
    '*/*/*',
    'd/e/f/g/h.ts',
    '{dir/a,x/b/a/b}',
    'dir/sub/**/z.md',
  ],
];

const OPTIONS: GlobOptions[] = [
  {},
  { dot: true },
  { includeDirs: true, dot: true, ignore: ['**/sub', '*.txt'] },
];

let root: string;
let backends: Record<'auto' | 'async', LocalFileBackend>;

beforeAll(async () => {
  root = makeFolder();
  plant(root, Object.fromEntries(FILES.map((file) => [file, ''])));
  fs.symlinkSync('dir', join(root, 'link-to-dir'));
  fs.symlinkSync('a', join(root, 'link-to-file'));
  backends = {
    auto: await LocalFileBackend.open({ root }),
    async: await LocalFileBackend.open({ root, io: 'async' }),
  };
});

afterAll(() => fs.rmSync(root, { recursive: true }));

/** Where fast-glob has ideas of its own (core's tests say which), or, with an escaped bracket, finds nothing. */
function isDisputed(pattern: string): boolean {
  return (
    pattern.endsWith('**') ||
    /\\[[\]{}]/.test(pattern) ||
    /(^|\/)\[!/.test(pattern) ||
    /(^|\/)[^*[{/]*\?[^*[{/]*\//.test(pattern)
  );
}

function filesByFastGlob(pattern: string): string[] {
  const options = { cwd: root, followSymbolicLinks: false, extglob: false, suppressErrors: true };
  // To fast-glob a symlink is never a file.
  const paths = fastGlob.sync(pattern, { ...options, onlyFiles: false });
  return paths.filter((path) => fs.statSync(join(root, path)).isFile()).sort(compareBytes);
}

/** Found by listing everything, as core does where a driver has no glob of its own. */
function byListing(): DriverBackend {
  return new DriverBackend(layer(backends.auto.driver, { glob: undefined }));
}

describe.each(['auto', 'async'] as const)('io: %s', (io) => {
  test('a walk finds what listing everything and matching it finds, on hundreds of patterns', async () => {
    expect(PATTERNS.length).toBeGreaterThan(350);
    const patterns = daily(PATTERNS, 100);
    const listing = byListing();
    let found = 0;
    for (const pattern of patterns) {
      for (const options of OPTIONS) {
        const paths = await backends[io].glob(pattern, options);
        expect(paths, `${pattern} ${JSON.stringify(options)}`).toEqual(await listing.glob(pattern, options));
        found += paths.length;
      }
    }
    expect(found, 'a table that matches nothing proves nothing').toBeGreaterThan(patterns.length);
  });

  test('it finds what fast-glob finds, symlinks to files and directories among it', async () => {
    for (const pattern of PATTERNS.filter((text) => !isDisputed(text))) {
      expect.soft(await backends[io].glob(pattern), pattern).toEqual(filesByFastGlob(pattern));
    }
  });
});

test('on patterns put together at random a walk finds what listing everything finds', async () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '*',
    '?',
    '.',
    '[ab]',
    '{a,b}',
    'dir',
    'sub',
    '.md',
    'x',
    '.dot',
    '**',
  );
  const segment = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
  const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
  const listing = byListing();
  await fc.assert(
    fc.asyncProperty(
      pattern.filter((text) => !/(^|\/)\.\.?(\/|$)/.test(text)),
      fc.boolean(),
      async (text, dot) => {
        const options = { dot, includeDirs: true };
        expect(await backends.auto.glob(text, options)).toEqual(await listing.glob(text, options));
      },
    ),
    { numRuns: 200 },
  );
});

test('a walk looks only where something can match', async () => {
  const seen = new Set<string>();
  const hides = (name: string): boolean => {
    seen.add(name);
    return false;
  };
  const backend = new DriverBackend(new LocalDriver({ root, hides }));
  expect(await backend.glob('dir/su*/*.md')).toEqual(['dir/sub/a.md']);
  // It listed dir and dir/sub, and neither the root nor what lies deeper.
  expect([...seen]).toEqual(expect.arrayContaining(['b.md', 'a.md', 'deep']));
  for (const elsewhere of ['star*', 'dir2', 'er', 'y']) expect(seen).not.toContain(elsewhere);
  seen.clear();
  expect(await backend.glob('dir/sub/deep/er/z.md')).toEqual(['dir/sub/deep/er/z.md']);
  expect(seen).toContain('z.md');
  expect(seen).not.toContain('a.md');
});
