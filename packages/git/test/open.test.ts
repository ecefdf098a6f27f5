import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { GitSyncFileBackend } from '../src/index.ts';
import { toSettings } from '../src/options.ts';
import { git, temporaryFolder } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

test('the constructor asks nothing of disk or network; the first operation clones', async () => {
  const vaults = new Vaults();
  await vaults.two({ a: 'a' });
  const wrapped = new WrappedGit();
  const vault = new GitSyncFileBackend({ remoteUrl: vaults.remote, path: vaults.at('new') });
  onTestFinished(() => vault[Symbol.asyncDispose]());
  expect(fs.existsSync(vaults.at('new'))).toBe(false);
  expect(await wrapped.callsOf(() => vault.read('a'))).toContain('fetch');
});

test('a clone that is there is opened without a word to the remote', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: 'a' });
  await ours[Symbol.asyncDispose]();
  fs.renameSync(vaults.remote, `${vaults.remote}.away`);
  expect(await contentsOf(await vaults.open('ours'))).toEqual({ a: 'a' });
});

test('without path the clone lives in the data folder of the user, one per remote, user and branch', async () => {
  const home = temporaryFolder();
  vi.stubEnv('XDG_DATA_HOME', home);
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = (remoteUrl: string, more: object = {}): string =>
    toSettings({ remoteUrl, ...more }).directory;
  const notes = 'https://example.com/you/my%20notes.git';
  if (process.platform === 'linux') expect(folder(notes)).toMatch(join(home, 'f9', 'git', 'my-notes-'));
  const folders = [
    folder(notes),
    folder(notes, { branch: 'other' }),
    folder(notes, { username: 'me', password: 'x' }),
    folder('https://example.com/you/notes'),
    folder('https://example.org/you/my%20notes.git'),
  ];
  expect(new Set(folders).size).toBe(folders.length);
  expect(folder('https://me:secret@example.com/you/my%20notes.git')).toBe(
    folder(notes, { username: 'me', password: 'x' }),
  );
  // A user who stands alone may be a token, another one tomorrow.
  expect(folder('https://token@example.com/you/my%20notes.git')).toBe(folder(notes));

  const vaults = new Vaults();
  const vault = await GitSyncFileBackend.open({ remoteUrl: vaults.remote });
  await vault.create('a', { data: 'a' });
  await vault[Symbol.asyncDispose]();
  const again = await GitSyncFileBackend.open({ remoteUrl: vaults.remote });
  expect(await contentsOf(again)).toEqual({ a: 'a' });
  await again[Symbol.asyncDispose]();
});

test('a folder that holds something else is left alone', async () => {
  const vaults = new Vaults();
  await vaults.two({ a: 'a' });
  fs.mkdirSync(vaults.at('mine'));
  fs.writeFileSync(join(vaults.at('mine'), 'precious'), 'x');
  git(vaults.folder, 'clone', '--quiet', vaults.remote, 'by-hand');
  for (const name of ['mine', 'by-hand']) {
    const before = fs.readdirSync(vaults.at(name));
    await expect(vaults.open(name)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('name an empty or a new folder'),
    });
    expect(fs.readdirSync(vaults.at(name))).toEqual(before);
  }
  for (const other of [{ branch: 'other' }, { remoteUrl: vaults.at('by-hand') }]) {
    await expect(vaults.open('ours', other)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
  fs.mkdirSync(vaults.at('empty'));
  expect(await contentsOf(await vaults.open('empty'))).toEqual({ a: 'a' });
});

test.runIf(process.getuid?.() === 0)(
  'a clone that belongs to another user is not trusted (needs root)',
  async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two();
    await ours[Symbol.asyncDispose]();
    fs.chownSync(join(vaults.at('ours'), '.git'), 65534, 65534);
    await expect(vaults.open('ours')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  },
);

test('what a killed clone left is removed even while a git that outlived it still writes there', async () => {
  const vaults = new Vaults();
  const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  const left = vaults.at(`.ours.f9-clone-${dead}-00000000`);
  fs.mkdirSync(left);
  let written = 0;
  const end = Date.now() + 200;
  const write = (): void => {
    if (Date.now() > end || !fs.existsSync(left)) return;
    fs.writeFileSync(join(left, `${written++}`), '');
    setImmediate(write);
  };
  write();
  await vaults.open('ours');
  expect(written).toBeGreaterThan(1);
  expect(fs.existsSync(left)).toBe(false);
});

test('what a process left that was killed while it cloned is removed', async () => {
  const vaults = new Vaults();
  const dead = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  const left = vaults.at(`.ours.f9-clone-${dead}-00000000`);
  const busy = vaults.at(`.ours.f9-clone-${process.ppid}-00000000`);
  for (const folder of [left, busy]) fs.mkdirSync(join(folder, '.git'), { recursive: true });
  await vaults.open('ours');
  expect([fs.existsSync(left), fs.existsSync(busy)]).toEqual([false, true]);
});

test('two that clone to the same place at once both get it', async () => {
  const vaults = new Vaults();
  await vaults.two({ a: 'a' });
  const both = await Promise.all([vaults.open('same'), vaults.open('same')]);
  for (const vault of both) expect(await contentsOf(vault)).toEqual({ a: 'a' });
  expect(fs.readdirSync(vaults.folder).filter((name) => name.includes('f9-clone'))).toEqual([]);
});

test('a branch with a slash is one like any other, and one that is not there is told', async () => {
  const vaults = new Vaults();
  await vaults.two({ a: 'a' });
  git(vaults.remote, 'branch', 'feature/one', 'main');
  const feature = await vaults.open('feature', { branch: 'feature/one' });
  await feature.update('a', { data: 'b' });
  await feature.push();
  expect(git(vaults.remote, 'show', 'feature/one:a')).toBe('b');
  expect(git(vaults.remote, 'show', 'main:a')).toBe('a');
  await expect(vaults.open('typo', { branch: 'mian' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    reason: 'branch-missing',
    retryable: false,
    message: expect.stringContaining('there are: feature/one, main'),
  });
});

test.each([
  ['master', ['master', 'main'], 'master'],
  ['trunk', ['trunk'], 'trunk'],
  // A remote whose HEAD names no branch that is there.
  ['gone', ['one'], 'one'],
  ['gone', ['one', 'main'], 'main'],
])(
  'without a branch that of the remote is taken: HEAD at %s of %j gives %s',
  async (head, branches, expected) => {
    const vaults = new Vaults();
    await vaults.two({ a: 'a' });
    for (const branch of branches) if (branch !== 'main') git(vaults.remote, 'branch', branch, 'main');
    if (!branches.includes('main')) git(vaults.remote, 'update-ref', '-d', 'refs/heads/main');
    git(vaults.remote, 'symbolic-ref', 'HEAD', `refs/heads/${head}`);
    const vault = await vaults.open('clone');
    await vault.update('a', { data: 'b' });
    await vault.push();
    expect(git(vaults.remote, 'show', `${expected}:a`)).toBe('b');
    // Opened again it stays, whatever the remote's HEAD is then.
    git(vaults.remote, 'symbolic-ref', 'HEAD', 'refs/heads/other');
    expect(await contentsOf(await vaults.open('clone'))).toEqual({ a: 'b' });
  },
);

test('without a branch, and with none that is the one, those there are are named', async () => {
  const vaults = new Vaults();
  await vaults.two({ a: 'a' });
  git(vaults.remote, 'branch', 'one', 'main');
  git(vaults.remote, 'branch', '-m', 'main', 'two');
  git(vaults.remote, 'symbolic-ref', 'HEAD', 'refs/heads/gone');
  await expect(vaults.open('clone')).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('one, two'),
  });
});

test('a shallow clone holds as many commits as were asked for, and pushes like any other', async () => {
  const vaults = new Vaults();
  const [ours] = await vaults.two({ a: '0' });
  for (const data of ['1', '2', '3']) {
    await ours.update('a', { data });
    await ours.push();
  }
  const shallow = await vaults.open('shallow', { depth: 2 });
  expect(git(vaults.at('shallow'), 'rev-list', '--count', 'HEAD')).toBe('2');
  await shallow.create('b', { data: 'b' });
  await ours.update('a', { data: '4' });
  await ours.push();
  await shallow.push();
  await ours.pull();
  expect(await contentsOf(ours)).toEqual({ a: '4', b: 'b' });
});

test.each([
  [{ remoteUrl: 'notes' }, 'remoteUrl'],
  [{ branch: '-x' }, 'branch'],
  [{ authorName: 'a <b>' }, 'authorName'],
  [{ authorName: ' ' }, 'authorName'],
  [{ authorEmail: 'a\nb' }, 'authorEmail'],
  [{ maxStale: -1 }, 'maxStale'],
  [{ maxStale: Number.NaN }, 'maxStale'],
  [{ timeout: 0 }, 'timeout'],
  [{ depth: 1.5 }, 'depth'],
  [{ path: '' }, 'path'],
])('%j is refused by the constructor', (options, name) => {
  expect(() => new GitSyncFileBackend({ remoteUrl: '/srv/notes.git', ...options })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(name) }),
  );
});
