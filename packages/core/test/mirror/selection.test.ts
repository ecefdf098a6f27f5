import { describe, expect, test } from 'vitest';
import { mirror } from '../../src/index.ts';
import { changed, contents, paths, vault, withCapabilities } from './vaults.ts';

describe('what is looked at', () => {
  test('glob and ignore say which files are looked at on both sides', async () => {
    const source = await vault({ 'a.md': 'a', 'b.txt': 'b', 'drafts/c.md': 'c' });
    const target = await vault({ 'old.md': 'x', 'old.txt': 'x', 'drafts/old.md': 'x' });
    const result = await mirror(source, target, { glob: '**/*.md', ignore: ['drafts/**'], prune: true });
    expect(paths(result.copied)).toEqual(['a.md']);
    expect(paths(result.deleted)).toEqual(['old.md']);
    expect(Object.keys(await contents(target))).toEqual(['a.md', 'drafts/old.md', 'old.txt']);
  });

  test('several patterns, of which one has to match', async () => {
    const source = await vault({ 'a.md': 'a', 'b.txt': 'b', 'c.png': 'c' });
    const target = await vault({});
    await mirror(source, target, { glob: ['**/*.md', '*.txt'] });
    expect(Object.keys(await contents(target))).toEqual(['a.md', 'b.txt']);
  });

  test('filter has the last word, on both sides; what it refuses in the source stays in the target', async () => {
    const source = await vault({ small: 'x', large: 'x'.repeat(100), new: 'y' });
    const target = await vault({ small: 'old', large: 'old', extra: 'e', 'extra-large': 'e'.repeat(100) });
    const result = await mirror(source, target, { filter: ({ size }) => size! < 50, prune: true });
    expect(paths(result.updated)).toEqual(['small']);
    expect(paths(result.copied)).toEqual(['new']);
    expect(paths(result.deleted)).toEqual(['extra']);
    expect(Object.keys(await contents(target))).toEqual(['extra-large', 'large', 'new', 'small']);
  });

  test('a file that the target does not take for its size is skipped, and says why', async () => {
    const target = changed(await vault({}), (driver) => withCapabilities(driver, { maxFileSize: 3 }));
    const result = await mirror(await vault({ a: '123', b: '1234' }), target);
    expect(paths(result.copied)).toEqual(['a']);
    expect(result.skipped).toEqual([{ path: 'b', reason: 'too-large' }]);
    expect(result.failed).toEqual([]);
  });
});

test('a name that no path can hold is skipped, and says so', async () => {
  const source = changed(await vault({ a: 'a' }), (driver) => ({
    list: (path, options) => {
      options.onSkipped?.({ path: 'back\\slash.md', reason: 'unnameable' });
      return driver.list(path, options);
    },
  }));
  const result = await mirror(source, await vault({}));
  expect(paths(result.copied)).toEqual(['a']);
  expect(result.skipped).toEqual([{ path: 'back\\slash.md', reason: 'unnameable' }]);
});

describe('state of a vault', () => {
  test('is left out on both sides, at any depth, and told once', async () => {
    const source = await vault({
      'a.md': 'a',
      '.git/HEAD': 'ref',
      '.git/objects/aa': 'x',
      'vault/.f9/lock': 'l',
      'vault/b.md': 'b',
      '.gitkeep': '',
      'x.git/y': 'y',
    });
    const target = await vault({ '.git/HEAD': 'mine', 'vault/.f9/lock': 'mine', 'old/.git/HEAD': 'mine' });
    const result = await mirror(source, target, { prune: true });
    expect(paths(result.copied)).toEqual(['.gitkeep', 'a.md', 'vault/b.md', 'x.git/y']);
    expect(result.skipped).toEqual([
      { path: '.git', reason: 'state' },
      { path: 'vault/.f9', reason: 'state' },
    ]);
    expect([...result.deleted, ...result.failed]).toEqual([]);
    expect(await contents(target)).toMatchObject({
      '.git/HEAD': 'mine',
      'vault/.f9/lock': 'mine',
      'old/.git/HEAD': 'mine',
    });
  });
});

describe('ignore files', () => {
  const repository = {
    '.git/HEAD': 'ref',
    '.gitignore': 'node_modules/\n*.log\n/build\n',
    'app.ts': 'app',
    'debug.log': 'log',
    'build/out.js': 'out',
    'src/build/kept.js': 'kept',
    'src/.gitignore': '!important.log\n*.tmp\n',
    'src/important.log': 'kept',
    'src/x.tmp': 'tmp',
    'node_modules/dep/index.js': 'dep',
    'node_modules/.gitignore': '!dep/**\n',
  };

  test('of a source that is a repository are followed as git follows them', async () => {
    const target = await vault({ 'other.log': 'left alone' });
    const result = await mirror(await vault(repository), target, { prune: true });
    expect(paths(result.copied)).toEqual([
      '.gitignore',
      'app.ts',
      'src/.gitignore',
      'src/build/kept.js',
      'src/important.log',
    ]);
    expect(result.deleted).toEqual([]);
  });

  test('of git say nothing where the source is no repository; those of f9 always do', async () => {
    const { '.git/HEAD': _, ...folder } = repository;
    const target = await vault({});
    const source = await vault({ ...folder, '.f9ignore': '/src/\nnode_modules\n' });
    const result = await mirror(source, target);
    expect(paths(result.copied)).toEqual(['.f9ignore', '.gitignore', 'app.ts', 'build/out.js', 'debug.log']);
  });

  test('can be named, and turned off', async () => {
    const source = await vault({ ...repository, '.mirrorignore': '*.ts\n' });
    const named = await mirror(source, await vault({}), { ignoreFiles: ['.mirrorignore'] });
    expect(paths(named.copied)).not.toContain('app.ts');
    expect(paths(named.copied)).toContain('debug.log');
    const all = await mirror(source, await vault({}), { ignoreFiles: [] });
    expect(all.copied).toHaveLength(Object.keys(repository).length);
  });
});
