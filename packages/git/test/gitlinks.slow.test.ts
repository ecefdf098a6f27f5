import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GitSyncFileBackend } from '../src/index.ts';
import { filesAt, git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';

/** Publishes a commit that holds gitlinks, as `git submodule add` makes them, and no longer `removed`. */
function publishGitlinks(vaults: Vaults, paths: readonly string[], removed: readonly string[] = []): void {
  const folder = join(vaults.folder, `outsider-${fs.readdirSync(vaults.folder).length}`);
  git(vaults.folder, 'clone', '--quiet', vaults.remote, folder);
  const commit = git(folder, 'rev-parse', 'HEAD');
  if (removed.length > 0) git(folder, 'rm', '--quiet', '-r', '--', ...removed);
  for (const path of paths) git(folder, 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  git(folder, 'commit', '--quiet', '-m', 'A repository inside');
  git(folder, 'push', '--quiet');
}

function gitlinksAt(repository: string): string[] {
  return git(repository, 'ls-tree', '-r', 'main')
    .split('\n')
    .flatMap((line) => /^160000 .*\t(.*)$/.exec(line)?.[1] ?? []);
}

describe.each(['cloned', 'pulled'])('what belongs to a submodule that was %s', (how) => {
  async function withSubmodule(): Promise<readonly [Vaults, GitSyncFileBackend]> {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    publishGitlinks(vaults, ['images', 'deep/module']);
    if (how === 'pulled') await ours.pull();
    return [vaults, how === 'pulled' ? ours : await vaults.open('new')];
  }

  test.each(['images/2.txt', 'images', 'images/a/b', 'deep/module/x', 'deep/module', 'deep'])(
    'cannot be written: %s',
    async (path) => {
      const [vaults, vault] = await withSubmodule();
      await vault.create('source', { data: 's' });
      const attempts = [
        () => vault.create(path, { data: 'x' }),
        () => vault.streamWrite(path, { chunkSource: ['x'] }),
        () => vault.copy('source', path),
        () => vault.move('source', path),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({ code: 'UNSUPPORTED', path });
      }
      await vault.push();
      expect(gitlinksAt(vaults.remote)).toEqual(['deep/module', 'images']);
    },
  );

  test('stays where it is when `.gitmodules` is deleted by name, as with git itself, and comes back with it', async () => {
    const [vaults, vault] = await withSubmodule();
    await vault.create('.gitmodules', { data: '[submodule "images"]\n' });
    await vault.push();
    await vault.delete('.gitmodules');
    await vault.push();
    expect(filesAt(vaults.remote)).not.toHaveProperty(['.gitmodules']);
    expect(gitlinksAt(vaults.remote)).toEqual(['deep/module', 'images']);
    const versions = await Array.fromAsync(vault.history('.gitmodules'));
    await vault.restore('.gitmodules', { version: versions.find(({ deleted }) => !deleted)!.version });
    await vault.push();
    expect(filesAt(vaults.remote)).toHaveProperty(['.gitmodules']);
  });

  test('is free once the remote removed it', async () => {
    const [vaults, vault] = await withSubmodule();
    publishGitlinks(vaults, [], ['images']);
    await vault.pull();
    await vault.create('images/2.txt', { data: 'x' });
    await vault.push();
    expect(gitlinksAt(vaults.remote)).toEqual(['deep/module']);
    expect(git(vaults.remote, 'show', 'main:images/2.txt')).toBe('x');
  });
});

test('a folder of ours that the remote turns into a submodule goes, and what was written into it stands as a conflict', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ 'docs/a': 'a', b: 'b' });
  publishGitlinks(vaults, ['docs'], ['docs']);
  await theirs.pull();
  expect(await contentsOf(theirs)).toEqual({ b: 'b' });
  await ours.create('docs/new', { data: 'new' });
  await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  await expect(ours.push()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  expect(gitlinksAt(vaults.remote)).toEqual(['docs']);
  expect(await ours.read('docs/new', { binary: false })).toBe('new');
});

test('a file of ours that the remote turns into a submodule goes, and comes back as a file when it is one', async () => {
  const vaults = new Vaults();
  const [, theirs] = await vaults.two({ docs: 'a file', b: 'b' });
  publishGitlinks(vaults, ['docs'], ['docs']);
  await theirs.pull();
  expect(await contentsOf(theirs)).toEqual({ b: 'b' });
  const folder = join(vaults.folder, 'back');
  git(vaults.folder, 'clone', '--quiet', vaults.remote, folder);
  git(folder, 'rm', '--quiet', '--cached', 'docs');
  fs.rmSync(join(folder, 'docs'), { recursive: true });
  fs.writeFileSync(join(folder, 'docs'), 'again');
  git(folder, 'add', 'docs');
  git(folder, 'commit', '--quiet', '-m', 'A file again');
  git(folder, 'push', '--quiet');
  await theirs.pull();
  expect(await contentsOf(theirs)).toEqual({ b: 'b', docs: 'again' });
});

test('a repository that lies in the folder takes nothing that would never be published', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  fs.mkdirSync(join(vaults.at('ours'), 'inner'));
  git(join(vaults.at('ours'), 'inner'), 'init', '--quiet');
  await expect(ours.create('inner/x/y', { data: 'x' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('what was noted before a folder became a repository is left out by name, and the rest is published', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  await ours.create('docs/x', { data: 'x' });
  await ours.create('b', { data: 'b' });
  git(join(vaults.at('ours'), 'docs'), 'init', '--quiet');
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(ours.push()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      path: 'docs/x',
      retryable: false,
    });
    expect(filesAt(vaults.remote)).toEqual({ a: 'a', b: 'b' });
  }
  fs.rmSync(join(vaults.at('ours'), 'docs', '.git'), { recursive: true });
  await ours.push();
  expect(filesAt(vaults.remote)).toEqual({ a: 'a', b: 'b', 'docs/x': 'x' });
});
