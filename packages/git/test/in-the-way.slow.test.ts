import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesAt, git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';

const SECRET = 'TOKEN=hunter2';

/** A vault whose folder holds an ignored `.env` that somebody made by hand; the remote has one of its own. */
async function withSecret(): Promise<readonly [Vaults, Awaited<ReturnType<Vaults['open']>>]> {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ '.gitignore': '.env\n' });
  fs.writeFileSync(join(vaults.at('ours'), '.env'), SECRET);
  await theirs.create('.env', { data: 'EXAMPLE=' });
  await theirs.create('b', { data: 'b' });
  await theirs.push();
  return [vaults, ours];
}

function isPublished(vaults: Vaults): boolean {
  return (
    git(vaults.remote, 'grep', '-l', SECRET, ...git(vaults.remote, 'rev-list', '--all').split('\n')).length >
    0
  );
}

describe('what git ignores and the remote has as well', () => {
  test('is named by pull and push, stays as it is, and is published by nothing', async () => {
    const [vaults, ours] = await withSecret();
    await ours.create('mine', { data: 'mine' });
    for (const attempt of [() => ours.pull(), () => ours.push(), () => ours.sync()]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
        path: '.env',
        retryable: false,
      });
    }
    expect(await ours.conflictReport()).toEqual([]);
    expect(fs.readFileSync(join(vaults.at('ours'), '.env'), 'utf8')).toBe(SECRET);
    expect(() => isPublished(vaults)).toThrow();
    fs.renameSync(join(vaults.at('ours'), '.env'), join(vaults.folder, 'away'));
    await ours.sync();
    expect(filesAt(vaults.remote)).toEqual({
      '.env': 'EXAMPLE=',
      '.gitignore': '.env\n',
      b: 'b',
      mine: 'mine',
    });
  });

  test('is kept under a ref that is never published where the remote is taken as it is', async () => {
    const [vaults, ours] = await withSecret();
    const kept = await ours.abandonLocalChanges();
    expect(filesAt(vaults.at('ours'), kept)['.env']).toBe(SECRET);
    expect(await ours.read('.env', { binary: false })).toBe('EXAMPLE=');
    await ours.update('b', { data: 'later' });
    await ours.sync();
    expect(() => isPublished(vaults)).toThrow();
    expect(git(vaults.remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  test('in a directory where the remote has a file is named too', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ '.gitignore': '*.log\n' });
    fs.mkdirSync(join(vaults.at('ours'), 'd', 'e'), { recursive: true });
    fs.writeFileSync(join(vaults.at('ours'), 'd', 'e', 'x.log'), SECRET);
    await theirs.create('d', { data: 'a file' });
    await theirs.push();
    await expect(ours.pull()).rejects.toMatchObject({ code: 'ALREADY_EXISTS', path: 'd/e/x.log' });
    const kept = await ours.abandonLocalChanges();
    expect(filesAt(vaults.at('ours'), kept)['d/e/x.log']).toBe(SECRET);
    expect(await contentsOf(ours)).toEqual({ '.gitignore': '*.log\n', d: 'a file' });
  });
});

test('empty directories where the remote has a file make way', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ a: 'a' });
  fs.mkdirSync(join(vaults.at('ours'), 'd', 'e', 'f'), { recursive: true });
  await theirs.create('d', { data: 'a file' });
  await theirs.push();
  await ours.pull();
  expect(await contentsOf(ours)).toEqual({ a: 'a', d: 'a file' });
});

test('a name that no vault can give is in the way by name, for pull and for whoever takes the remote; nothing loops', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ a: 'a' });
  fs.mkdirSync(join(vaults.at('ours'), 'd'));
  fs.writeFileSync(join(vaults.at('ours'), 'd', 'back\\slash'), 'x');
  await theirs.create('d', { data: 'a file' });
  await theirs.push();
  for (const attempt of [() => ours.pull(), () => ours.abandonLocalChanges()]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  }
  expect(fs.readdirSync(join(vaults.at('ours'), 'd'))).toEqual(['back\\slash']);
});

test('a directory that a symlink took the place of is gone; everything else is committed, pulled, abandoned', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ 'd/x': 'x', b: 'b' });
  await ours.update('d/x', { data: 'X' });
  await ours.create('d/y', { data: 'y' });
  const outside = join(vaults.folder, 'outside');
  fs.mkdirSync(outside);
  fs.writeFileSync(join(outside, 'x'), 'not ours');
  fs.rmSync(join(vaults.at('ours'), 'd'), { recursive: true });
  fs.symlinkSync(outside, join(vaults.at('ours'), 'd'));
  await ours.update('b', { data: 'B' });
  await ours.push();
  expect(git(vaults.remote, 'ls-tree', '-r', '--name-only', 'main').split('\n')).toEqual(['b', 'd']);
  expect(git(vaults.remote, 'ls-tree', 'main', 'd')).toMatch(/^120000/);
  await theirs.pull();
  expect(await theirs.read('b', { binary: false })).toBe('B');
  await ours.pull();
  await ours.abandonLocalChanges();
});

test('whoever takes the remote as it is can give up', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  await ours.update('a', { data: 'b' });
  const controller = new AbortController();
  const attempt = ours.abandonLocalChanges({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(attempt).rejects.toThrow('enough');
});

test.runIf(process.platform !== 'win32')(
  'one thing that git cannot take is left out by name, and the rest is published (needs POSIX, mkfifo)',
  async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    await ours.create('pipe', { data: 'x' });
    await ours.create('b', { data: 'b' });
    fs.rmSync(join(vaults.at('ours'), 'pipe'));
    execFileSync('mkfifo', [join(vaults.at('ours'), 'pipe')]);
    await expect(ours.push()).rejects.toMatchObject({ code: 'UNSUPPORTED', path: 'pipe' });
    expect(filesAt(vaults.remote)).toEqual({ a: 'a', b: 'b' });
  },
);
