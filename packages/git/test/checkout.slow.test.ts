import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesAt, git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';

/** A clone that git alone made, for commits that no vault makes. */
function outsider(vaults: Vaults): string {
  const folder = join(vaults.folder, 'outsider');
  git(vaults.folder, 'clone', '--quiet', vaults.remote, folder);
  return folder;
}

/** Commits entries that need not exist in the working tree, and pushes. */
function publish(
  folder: string,
  entries: readonly (readonly [mode: string, path: string, content: string])[],
): void {
  for (const [mode, path, content] of entries) {
    fs.writeFileSync(join(folder, '.git', 'blob'), content);
    const oid = mode === '160000' ? content : git(folder, 'hash-object', '-w', '--no-filters', '.git/blob');
    git(
      folder,
      '-c',
      'core.protectNTFS=false',
      'update-index',
      '--add',
      '--cacheinfo',
      `${mode},${oid},${path}`,
    );
  }
  git(folder, 'commit', '--quiet', '-m', 'By git alone');
  git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
}

test('while changes come in, a reader sees one whole version of every file', async () => {
  const version = (n: number): string => `${n}\n`.repeat(100_000);
  const [ours, theirs] = await new Vaults().two({ large: version(0) });
  let isDone = false;
  let reads = 0;
  const reading = (async () => {
    while (!isDone) {
      const text = await ours.read('large', { binary: false });
      expect(text).toBe(version(Number.parseInt(text, 10)));
      reads++;
    }
  })();
  for (let n = 1; n <= 4; n++) {
    await theirs.update('large', { data: version(n) });
    await theirs.push();
    await ours.pull();
  }
  isDone = true;
  await reading;
  expect(reads).toBeGreaterThan(4);
  expect(await ours.read('large', { binary: false })).toBe(version(4));
});

test('files become directories, and directories files', async () => {
  const [ours, theirs] = await new Vaults().two({
    file: 'f',
    'directory/a': 'a',
    'directory/b/c': 'c',
    deep: 'd',
  });
  await theirs.delete('file');
  await theirs.create('file/now/a', { data: 'directory' });
  await theirs.delete('directory', { recursive: true });
  await theirs.create('directory', { data: 'file' });
  await theirs.push();
  await ours.pull();
  expect(await contentsOf(ours)).toEqual({ deep: 'd', directory: 'file', 'file/now/a': 'directory' });
  await ours.delete('file', { recursive: true });
  await ours.create('file', { data: 'f' });
  await ours.push();
  await theirs.pull();
  expect(await contentsOf(theirs)).toEqual({ deep: 'd', directory: 'file', file: 'f' });
});

test('large files come in whole, by the stream', async () => {
  const [ours, theirs] = await new Vaults().two();
  const data = Buffer.alloc(3_000_000, 'abcdefg');
  await theirs.create('large', { data });
  await theirs.create('empty');
  await theirs.push();
  await ours.pull();
  expect(data.equals(await ours.read('large'))).toBe(true);
  expect(await ours.read('empty')).toHaveLength(0);
});

describe('a commit that no vault would make', () => {
  test('has its symlinks come out as plain files, and keeps them symlinks', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const folder = outsider(vaults);
    publish(folder, [
      ['120000', 'link', '/etc/passwd'],
      ['120000', 'directory', '/etc'],
    ]);
    await ours.pull();
    expect(await contentsOf(ours)).toEqual({ a: 'a', directory: '/etc', link: '/etc/passwd' });
    expect(fs.lstatSync(join(vaults.at('ours'), 'link')).isFile()).toBe(true);
    await ours.update('a', { data: 'b' });
    await ours.push();
    expect(git(vaults.remote, 'ls-tree', 'main', 'link')).toMatch(/^120000/);
  });

  test('has what a vault cannot hold left where it is: in the history, not on the disk', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const commit = git(vaults.remote, 'rev-parse', 'main');
    publish(outsider(vaults), [
      ['100644', '.f9/lock', 'not ours'],
      ['100644', 'back\\slash', 'x'],
      ['160000', 'submodule', commit],
      ['100644', 'b', 'b'],
    ]);
    await ours.pull();
    expect(await contentsOf(ours)).toEqual({ a: 'a', b: 'b' });
    expect(fs.readdirSync(vaults.at('ours')).sort()).toEqual(['.git', 'a', 'b']);
    await ours.update('b', { data: 'B' });
    await ours.push();
    expect(git(vaults.remote, 'ls-tree', '-r', '--name-only', 'main').split('\n')).toEqual([
      '.f9/lock',
      'a',
      'b',
      '"back\\\\slash"',
      'submodule',
    ]);
  });

  test('that would write into .git is refused whole, and touches nothing', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const blob = git(vaults.remote, 'rev-parse', 'main:a');
    // git itself makes no such tree; written as bytes it takes it.
    const entry = (mode: string, name: string, oid: string): Buffer =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]);
    const store = (name: string, content: Buffer): string => {
      fs.writeFileSync(join(vaults.folder, name), content);
      return git(vaults.remote, 'hash-object', '-w', '--literally', '-t', 'tree', join(vaults.folder, name));
    };
    const hooks = store('inner', entry('100755', 'post-checkout', blob));
    const tree = store('outer', Buffer.concat([entry('40000', '.GIT', hooks), entry('100644', 'a', blob)]));
    const commit = git(vaults.remote, 'commit-tree', tree, '-p', 'main', '-m', 'Hostile');
    git(vaults.remote, 'update-ref', 'refs/heads/main', commit);
    await expect(ours.pull()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(fs.readdirSync(vaults.at('ours')).sort()).toEqual(['.git', 'a']);
    await ours.syncSession(() => ours.update('a', { data: 'goes on' }));
    expect(await contentsOf(ours)).toEqual({ a: 'goes on' });
  });
});

describe('work that nobody committed', () => {
  test('on files that the remote did not touch is committed and kept', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ a: 'a', b: 'b', c: 'c' });
    await theirs.update('a', { data: 'A' });
    await theirs.push();
    await ours.update('b', { data: 'B' });
    await ours.delete('c');
    fs.writeFileSync(join(vaults.at('ours'), 'by hand'), 'd');
    await ours.pull();
    expect(await contentsOf(ours)).toEqual({ a: 'A', b: 'B', 'by hand': 'd' });
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'A', b: 'B', 'by hand': 'd' });
  });

  test('on a file that comes in, written while it does, is merged and never lost', async () => {
    const vaults = new Vaults();
    const base = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    const [ours, theirs] = await vaults.two({ shared: base.join('\n') });
    for (let round = 0; round < 5; round++) {
      await theirs.update('shared', {
        data: (await theirs.read('shared', { binary: false })).replace('line 0', `theirs ${round}, line 0`),
      });
      await theirs.push();
      const before = await ours.info('shared');
      const text = (await ours.read('shared', { binary: false })).replace(
        'line 39',
        `line 39, ours ${round}`,
      );
      const [pulled, written] = await Promise.allSettled([
        ours.pull(),
        ours.update('shared', { data: text, ifMatch: before.etag! }),
      ]);
      expect(pulled.status).toBe('fulfilled');
      await ours.push();
      await theirs.pull();
      const merged = await theirs.read('shared', { binary: false });
      expect(merged).toContain(`theirs ${round}`);
      expect(merged.includes(`ours ${round}`)).toBe(written.status === 'fulfilled');
    }
  });

  test('and that git ignores is not overwritten by a file of the remote', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ '.gitignore': '*.log\n' });
    fs.writeFileSync(join(vaults.at('ours'), 'a.log'), 'mine');
    await theirs.create('a.log', { data: 'theirs' });
    await theirs.push();
    for (const attempt of [() => ours.pull(), () => ours.sync()]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'ALREADY_EXISTS', path: 'a.log' });
    }
    expect(await ours.read('a.log', { binary: false })).toBe('mine');
    expect(filesAt(vaults.remote)['a.log']).toBe('theirs');
    fs.renameSync(join(vaults.at('ours'), 'a.log'), join(vaults.at('ours'), 'mine.log'));
    await ours.sync();
    expect(await contentsOf(ours)).toMatchObject({ 'a.log': 'theirs', 'mine.log': 'mine' });
    expect(Object.keys(filesAt(vaults.remote))).toEqual(['.gitignore', 'a.log']);
  });
});
