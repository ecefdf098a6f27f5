import assert from 'node:assert/strict';
import type { GlobOptions } from '@f9/core';
import { compareBytes } from '@f9/core/driver';
import { type ConformanceGroup, declares } from '../conformance-case.ts';
import { byBytes } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { mistaken } from '../proving/mistaken.ts';

const FILES = [
  '!bang.txt',
  '.config/settings.json',
  '.env',
  'README.md',
  'a b/c d.txt',
  'data/2024/01.csv',
  'data/2024/12.csv',
  'data/2025/01.csv',
  'docs/[x].md',
  'docs/a.md',
  'docs/b.md',
  'docs/é.md',
  'docs/\u{1F600}.md',
  'docs/a{1,2}.md',
  'index.ts',
  'src/.hidden/c.ts',
  'src/app.test.ts',
  'src/app.ts',
  'src/util/b.js',
  'src/util/deep/a.ts',
];
const DIRECTORIES = [
  '.config',
  'a b',
  'data',
  'data/2024',
  'data/2025',
  'docs',
  'src',
  'src/.hidden',
  'src/util',
  'src/util/deep',
];
const VISIBLE_FILES = FILES.filter((path) => !/(^|\/)\./.test(path));
const VISIBLE_DIRECTORIES = DIRECTORIES.filter((path) => !/(^|\/)\./.test(path));

type Row = readonly [pattern: string, expected: readonly string[]];

/** Matches of `*`, `?` and `**`. */
const WILDCARDS: readonly Row[] = [
  ['*', ['!bang.txt', 'README.md', 'index.ts']],
  ['*.ts', ['index.ts']],
  ['index.*', ['index.ts']],
  ['i*x.t*', ['index.ts']],
  ['*.MD', []],
  ['in?ex.ts', ['index.ts']],
  ['index.ts?', []],
  ['docs/?.md', ['docs/a.md', 'docs/b.md', 'docs/é.md', 'docs/\u{1F600}.md']],
  ['src/*', ['src/app.test.ts', 'src/app.ts']],
  ['*/*.ts', ['src/app.test.ts', 'src/app.ts']],
  ['*/*/*.csv', ['data/2024/01.csv', 'data/2024/12.csv', 'data/2025/01.csv']],
  ['data/*/01.csv', ['data/2024/01.csv', 'data/2025/01.csv']],
  ['a*/c*', ['a b/c d.txt']],
  ['**', VISIBLE_FILES],
  ['**/*', VISIBLE_FILES],
  ['**/**', VISIBLE_FILES],
  ['**/*.ts', ['index.ts', 'src/app.test.ts', 'src/app.ts', 'src/util/deep/a.ts']],
  ['src/**', ['src/app.test.ts', 'src/app.ts', 'src/util/b.js', 'src/util/deep/a.ts']],
  ['src/**/a.ts', ['src/util/deep/a.ts']],
  ['src/**/app.ts', ['src/app.ts']],
  ['**/util/**', ['src/util/b.js', 'src/util/deep/a.ts']],
  ['**/deep/*', ['src/util/deep/a.ts']],
  ['**/01.csv', ['data/2024/01.csv', 'data/2025/01.csv']],
  ['src/ut**/b.js', ['src/util/b.js']], // inside a name ** is *
  ['s**/app.ts', ['src/app.ts']],
];

const CLASSES_AND_BRACES: readonly Row[] = [
  ['data/202[45]/01.csv', ['data/2024/01.csv', 'data/2025/01.csv']],
  ['data/202[4-5]/01.csv', ['data/2024/01.csv', 'data/2025/01.csv']],
  ['data/202[!4]/01.csv', ['data/2025/01.csv']],
  ['data/202[^4]/01.csv', ['data/2025/01.csv']],
  ['docs/[a-z].md', ['docs/a.md', 'docs/b.md']],
  ['docs/[!a-z].md', ['docs/é.md', 'docs/\u{1F600}.md']],
  ['docs/[é\u{1F600}].md', ['docs/é.md', 'docs/\u{1F600}.md']],
  ['[Ri][En]*', ['README.md', 'index.ts']],
  ['{README.md,index.ts}', ['README.md', 'index.ts']],
  ['{README,index}.{md,ts}', ['README.md', 'index.ts']],
  ['src/{app,util/b}.{ts,js}', ['src/app.ts', 'src/util/b.js']],
  [
    '{src,data/2024}/**',
    [
      'data/2024/01.csv',
      'data/2024/12.csv',
      'src/app.test.ts',
      'src/app.ts',
      'src/util/b.js',
      'src/util/deep/a.ts',
    ],
  ],
  ['docs/{a,{b,é}}.md', ['docs/a.md', 'docs/b.md', 'docs/é.md']],
  ['src/app{,.test}.ts', ['src/app.test.ts', 'src/app.ts']],
  ['data/{2024,2025}/{01,12}.csv', ['data/2024/01.csv', 'data/2024/12.csv', 'data/2025/01.csv']],
];

/** Characters that stand for themselves. */
const LITERALS: readonly Row[] = [
  ['README.md', ['README.md']],
  ['src/util/deep/a.ts', ['src/util/deep/a.ts']],
  ['a b/c d.txt', ['a b/c d.txt']],
  ['docs/\\[x\\].md', ['docs/[x].md']],
  ['docs/[[]x].md', ['docs/[x].md']],
  ['docs/a\\{1,2\\}.md', ['docs/a{1,2}.md']],
  ['docs/a{1..2}.md', []],
  ['\\!bang.txt', ['!bang.txt']],
  ['!bang.txt', ['!bang.txt']],
  ['!bang.*', ['!bang.txt']],
  ['!README.md', []],
  ['!(README).md', []],
  ['@(README|index).*', []],
  ['+(README).md', []],
  ['docs/@(a|b).md', []],
  ['index\\.ts', ['index.ts']],
  ['\\*.ts', []],
  ['README.md/x', []],
  ['nothing/**', []],
  ['no*/x', []],
];

const HIDDEN: readonly Row[] = [
  ['.env', ['.env']],
  ['.*', ['.env']],
  ['.e*', ['.env']],
  ['*env', []],
  ['?env', []],
  ['[.]env', []],
  ['**/.env', ['.env']],
  ['.config/*', ['.config/settings.json']],
  ['.*/**', ['.config/settings.json']],
  ['**/settings.json', []],
  ['src/.hidden/*', ['src/.hidden/c.ts']],
  ['src/.*/c.ts', ['src/.hidden/c.ts']],
  ['**/.hidden/*', ['src/.hidden/c.ts']],
  ['**/c.ts', []],
  ['{.env,*.ts}', ['.env', 'index.ts']],
];

async function plant(t: CaseContext): Promise<(path: string) => boolean> {
  const kept = FILES.filter((path) => t.keepsName(path));
  await Promise.all(kept.map((path) => t.backend.create(path, { data: path })));
  return (path) => kept.includes(path);
}

async function assertRows(t: CaseContext, rows: readonly Row[], options: GlobOptions = {}): Promise<void> {
  const isKept = await plant(t);
  for (const [pattern, expected] of rows) {
    const sorted = expected.filter(isKept).toSorted(compareBytes);
    assert.deepEqual(await t.backend.glob(pattern, options), sorted, `glob ${JSON.stringify(pattern)}`);
    assert.deepEqual(
      await t.backend.globFiles(pattern, options),
      sorted,
      `globFiles ${JSON.stringify(pattern)}`,
    );
  }
}

export const glob: ConformanceGroup = {
  name: 'glob',
  cases: [
    {
      promises: ['glob.wildcards'],
      title: '* and ? stay within a name, ** crosses directories',
      run: (t) => assertRows(t, WILDCARDS),
    },
    {
      promises: ['glob.classes'],
      title: 'classes, ranges, their opposites, and alternatives in braces',
      run: (t) => assertRows(t, CLASSES_AND_BRACES),
    },
    {
      promises: ['glob.literals'],
      title: 'escapes, extglobs, numeric braces and a leading ! stand for themselves',
      run: (t) => assertRows(t, LITERALS),
    },
    {
      promises: ['glob.dot'],
      title: 'a leading dot is matched by a dot alone',
      run: (t) => assertRows(t, HIDDEN),
    },
    {
      promises: ['glob.dot'],
      title: 'with dot: true wildcards match leading dots as well',
      run: (t) =>
        assertRows(
          t,
          [
            ['*', ['!bang.txt', '.env', 'README.md', 'index.ts']],
            ['?env', ['.env']],
            ['**', FILES],
            ['**/settings.json', ['.config/settings.json']],
            ['src/**/c.ts', ['src/.hidden/c.ts']],
            ['*/*.json', ['.config/settings.json']],
          ],
          { dot: true },
        ),
    },
    {
      promises: ['glob.ignore'],
      title: 'ignore leaves out what matches one of its patterns',
      run: async (t) => {
        await assertRows(t, [['**/*.ts', ['index.ts', 'src/app.ts', 'src/util/deep/a.ts']]], {
          ignore: ['**/*.test.ts'],
        });
        const left = VISIBLE_FILES.filter((path) => !path.startsWith('docs/') && !path.startsWith('src/'));
        assert.deepEqual(
          await t.backend.glob('**', { ignore: ['docs/**', 'src/**'] }),
          left.sort(compareBytes),
        );
        assert.deepEqual(await t.backend.glob('*', { ignore: ['*'] }), []);
        assert.deepEqual(await t.backend.glob('*', { ignore: [] }), ['!bang.txt', 'README.md', 'index.ts']);
        assert.deepEqual(await t.backend.glob('*.{md,ts}', { ignore: ['{README,x}.md'] }), ['index.ts']);
        assert.deepEqual(await t.backend.glob('.*', { ignore: ['*env'] }), []);
      },
    },
    {
      promises: ['glob.directories'],
      title: 'glob gives files, with includeDirs directories too; globFiles and globDirs one or the other',
      run: async (t) => {
        const isKept = await plant(t);
        const everything = [...VISIBLE_FILES, ...VISIBLE_DIRECTORIES];
        const kept = everything.filter((path) => isKept(path) || VISIBLE_DIRECTORIES.includes(path));
        assert.deepEqual(await t.backend.glob('**', { includeDirs: true }), kept.toSorted(compareBytes));
        assert.deepEqual(await t.backend.globDirs('**'), VISIBLE_DIRECTORIES.toSorted(compareBytes));
        assert.deepEqual(await t.backend.globDirs('**', { dot: true }), DIRECTORIES.toSorted(compareBytes));
        assert.deepEqual(await t.backend.globDirs('*'), ['a b', 'data', 'docs', 'src']);
        assert.deepEqual(await t.backend.globDirs('data/*'), ['data/2024', 'data/2025']);
        assert.deepEqual(await t.backend.globDirs('src'), ['src']);
        assert.deepEqual(await t.backend.globDirs('index.ts'), []);
        assert.deepEqual(await t.backend.globFiles('src'), []);
        const ignored = await t.backend.globDirs('**', { ignore: ['**/2024', 'src/**', 'src'] });
        assert.deepEqual(ignored, ['a b', 'data', 'data/2025', 'docs']);
      },
    },
    {
      promises: ['glob.directories', 'directories.empty-kept'],
      title: 'empty directories are matched',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('empty/inner', { isDirectory: true });
        assert.deepEqual(await t.backend.globDirs('**'), ['empty', 'empty/inner']);
        assert.deepEqual(await t.backend.glob('**'), []);
      },
    },
    {
      promises: ['glob.sorted'],
      title: 'whole paths are sorted by UTF-8 bytes, which is not the order of a listing',
      run: async (t) => {
        const files = ['a/z', 'a-b', 'a.b', 'a0', 'B', 'é', 'z', '\uFB01', '\u{1F600}', 'A/b/c', 'a/z-1'];
        await Promise.all(files.map((path) => t.backend.create(path, { data: 'x' })));
        const sorted = files.toSorted(byBytes);
        assert.deepEqual(await t.backend.glob('**'), sorted);
      },
    },
    {
      promises: ['glob.info'],
      title: 'globInfo gives the paths that glob gives, in its order, each with its kind and size',
      run: async (t) => {
        await plant(t);
        await t.backend.create('src/empty', { data: '' });
        for (const pattern of ['**', 'src/**', '*.ts', 'nowhere/*', '**/*.ts']) {
          for (const options of [{}, { includeDirs: true }, { dot: true, ignore: ['src/app*'] }]) {
            const infos = await t.backend.globInfo(pattern, options);
            const paths = infos.map(({ path }) => path);
            assert.deepEqual(paths, await t.backend.glob(pattern, options), pattern);
            for (const { path, fileType, size } of infos) {
              const info = await t.backend.info(path);
              assert.equal(fileType, info.fileType, path);
              // A listing may leave the size out; one that it gives is true.
              if (fileType === 'file' && size !== undefined) assert.equal(size, info.size, path);
            }
          }
        }
        await t.rejects(t.backend.globInfo('../*'), 'PATH_OUTSIDE_ROOT', { operation: 'globInfo' });
      },
    },
    {
      promises: ['glob.outside'],
      title: 'a pattern that climbs out is refused, and one that does not is resolved',
      run: async (t) => {
        await plant(t);
        for (const pattern of [
          '..',
          '../*',
          '../**',
          '/../*',
          'src/../../*',
          '{*,../*}',
          '*/../../*',
          '../../etc/passwd',
        ]) {
          await t.rejects(t.backend.glob(pattern), 'PATH_OUTSIDE_ROOT', { operation: 'glob' });
          await t.rejects(t.backend.globFiles(pattern), 'PATH_OUTSIDE_ROOT', { operation: 'globFiles' });
          await t.rejects(t.backend.globDirs(pattern), 'PATH_OUTSIDE_ROOT', { operation: 'globDirs' });
        }
        assert.deepEqual(await t.backend.glob('/src/../*.ts'), ['index.ts']);
        assert.deepEqual(await t.backend.glob('./src/./*.ts'), ['src/app.test.ts', 'src/app.ts']);
      },
    },
    {
      promises: ['glob.arguments'],
      title: 'what is no pattern is INVALID_ARGUMENT',
      run: async (t) => {
        for (const pattern of ['', 42, null, undefined, /x/]) {
          await t.rejects(t.backend.glob(mistaken<string>(pattern)), 'INVALID_ARGUMENT', {
            operation: 'glob',
          });
        }
      },
    },
    {
      promises: ['glob.current'],
      title: 'a match is what is there now',
      run: async (t) => {
        assert.deepEqual(await t.backend.glob('**'), []);
        await t.backend.create('a.ts', { data: 'x' });
        assert.deepEqual(await t.backend.glob('*.ts'), ['a.ts']);
        await t.backend.move('a.ts', 'dir/b.ts');
        assert.deepEqual(await t.backend.glob('**/*.ts'), ['dir/b.ts']);
        await t.backend.delete('dir/b.ts');
        assert.deepEqual(await t.backend.glob('**/*.ts'), []);
        await t.backend.create('c.ts', { data: 'x' });
        await t.seen(async (fresh) => assert.deepEqual(await fresh.glob('**/*.ts'), ['c.ts']));
      },
    },
  ],
};
