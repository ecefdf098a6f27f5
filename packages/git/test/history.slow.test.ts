import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseLog } from '../src/history/file-dates.ts';
import type { GitSyncFileBackend } from '../src/index.ts';
import { git } from './repository.ts';
import { Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

/** Another clone, made by git alone, whose commits have the dates that are asked for. */
class Author {
  readonly folder: string;

  constructor(vaults: Vaults, name = 'author') {
    this.folder = join(vaults.folder, name);
    git(vaults.folder, 'clone', '--quiet', vaults.remote, this.folder);
  }

  commit(day: number, files: Readonly<Record<string, string | undefined>>): void {
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) fs.rmSync(join(this.folder, path));
      else fs.writeFileSync(join(this.folder, path), text);
    }
    git(this.folder, 'add', '-A');
    this.dated(day, 'commit', '--quiet', '--allow-empty', '-m', `Day ${day}`);
  }

  dated(day: number, ...args: string[]): void {
    const date = dayOf(day).toISOString();
    execFileSync('git', ['-C', this.folder, '-c', 'user.name=a', '-c', 'user.email=a', ...args], {
      env: { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
      stdio: 'ignore',
    });
  }

  push(): void {
    git(this.folder, 'push', '--quiet', 'origin', 'HEAD:main');
  }
}

const dayOf = (day: number): Date => new Date(Date.UTC(2020, 0, day));

/** The days of January 2020 on which a file came into being and was changed last. */
async function daysOf(vault: GitSyncFileBackend, path: string): Promise<(number | undefined)[]> {
  const { createdAt, modifiedAt } = await vault.info(path);
  return [createdAt?.getUTCDate(), modifiedAt?.getUTCDate()];
}

test('files are dated by the first and the last commit that touched them', async () => {
  const vaults = new Vaults();
  const author = new Author(vaults);
  author.commit(1, { a: '1', 'with space': '1' });
  author.commit(2, { b: '2' });
  author.commit(3, { a: '3', c: '3' });
  author.commit(4, { c: undefined });
  author.commit(5, { c: '5' });
  author.push();
  const vault = await vaults.open('ours');
  expect(await daysOf(vault, 'a')).toEqual([1, 3]);
  expect(await daysOf(vault, 'with space')).toEqual([1, 1]);
  expect(await daysOf(vault, 'b')).toEqual([2, 2]);
  expect(await daysOf(vault, 'c')).toEqual([3, 5]);
});

test('the dates come from one pass over the history, and of new commits only those are read', async () => {
  const vaults = new Vaults();
  const author = new Author(vaults);
  author.commit(1, Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, `${i}`])));
  author.push();
  const wrapped = new WrappedGit();
  const vault = await vaults.open('ours');
  const paths = await vault.globFiles('*');
  const all = (): Promise<unknown> => Promise.all(paths.map((path) => vault.info(path)));
  expect(await wrapped.callsOf(all)).toEqual(['log']);
  expect(await wrapped.callsOf(all)).toEqual([]);
  author.commit(2, { f7: 'new' });
  author.push();
  await vault.pull();
  expect(await wrapped.callsOf(all)).toEqual(['log']);
  expect(await daysOf(vault, 'f7')).toEqual([1, 2]);
  expect(await daysOf(vault, 'f8')).toEqual([1, 1]);
});

test('what a merge changed is dated by the merge', async () => {
  const vaults = new Vaults();
  const author = new Author(vaults);
  author.commit(1, { a: '1\n2\n3\n4\n5\n', b: 'b' });
  git(author.folder, 'checkout', '--quiet', '-b', 'side');
  author.commit(2, { a: 'ONE\n2\n3\n4\n5\n' });
  git(author.folder, 'checkout', '--quiet', 'main');
  author.commit(3, { a: '1\n2\n3\n4\nFIVE\n' });
  author.dated(4, 'merge', '--quiet', '--no-edit', 'side');
  author.push();
  const vault = await vaults.open('ours');
  expect(await daysOf(vault, 'a')).toEqual([1, 4]);
  expect(await daysOf(vault, 'b')).toEqual([1, 1]);
});

test('what is not committed has the dates of the disk', async () => {
  const vaults = new Vaults();
  const author = new Author(vaults);
  author.commit(1, { a: '1' });
  author.push();
  const vault = await vaults.open('ours');
  const before = Date.now() - 60_000;
  await vault.create('new', { data: 'new' });
  await vault.update('a', { data: 'changed' });
  const [created, changed] = [await vault.info('new'), await vault.info('a')];
  expect(created.createdAt!.getTime()).toBeGreaterThan(before);
  expect(created.modifiedAt!.getTime()).toBeGreaterThan(before);
  expect(changed.createdAt).toEqual(dayOf(1));
  expect(changed.modifiedAt!.getTime()).toBeGreaterThan(before);
  await vault.push();
  expect((await vault.info('a')).modifiedAt!.getMilliseconds()).toBe(0);
});

test('beyond the border of a shallow clone no date is made up', async () => {
  const vaults = new Vaults();
  const author = new Author(vaults);
  author.commit(1, { old: '1', changed: '1' });
  author.commit(2, { old2: '2' });
  author.commit(3, { changed: '3' });
  author.commit(4, { new: '4' });
  author.push();
  const vault = await vaults.open('ours', { depth: 3 });
  expect(await daysOf(vault, 'old')).toEqual([undefined, undefined]);
  expect(await daysOf(vault, 'changed')).toEqual([undefined, 3]);
  expect(await daysOf(vault, 'new')).toEqual([4, 4]);
  await vault.update('old', { data: 'x' });
  await vault.push();
  expect((await vault.info('old')).modifiedAt).toBeInstanceOf(Date);
  git(author.folder, 'pull', '--quiet', 'origin', 'main');
  author.commit(6, { more: '6' });
  author.push();
  await vault.pull();
  expect(await daysOf(vault, 'more')).toEqual([6, 6]);
});

test('after the history was rewritten it is read anew', async () => {
  const vaults = new Vaults();
  const author = new Author(vaults);
  author.commit(1, { a: '1' });
  author.commit(2, { a: '2' });
  author.push();
  const vault = await vaults.open('ours');
  expect(await daysOf(vault, 'a')).toEqual([1, 2]);
  git(author.folder, 'reset', '--quiet', '--hard', 'HEAD~1');
  author.commit(9, { b: '9' });
  git(author.folder, 'push', '--quiet', '--force', 'origin', 'HEAD:main');
  await vault.abandonLocalChanges();
  expect(await daysOf(vault, 'a')).toEqual([1, 1]);
  expect(await daysOf(vault, 'b')).toEqual([9, 9]);
});

test('names of every kind are told from commits', () => {
  const output = '\x01>c1 5\0\nM\0\x01odd\0A\0line\nbreak\0\x01>c2 4\0\0MM\0merged\0\x01>c3 3\0';
  expect([...parseLog(output)]).toEqual([
    {
      side: '>',
      commit: 'c1',
      time: 5,
      changes: [
        { status: 'M', path: '\x01odd' },
        { status: 'A', path: 'line\nbreak' },
      ],
    },
    { side: '>', commit: 'c2', time: 4, changes: [{ status: 'MM', path: 'merged' }] },
    { side: '>', commit: 'c3', time: 3, changes: [] },
  ]);
});

describe('the dates of a long history', () => {
  /** A vault of 150 commits, a day apart, of a file each. */
  async function longHistory(): Promise<Vaults> {
    const vaults = new Vaults();
    const commits = Array.from(
      { length: 150 },
      (_, i) =>
        `commit refs/heads/main\ncommitter a <a@b> ${dayOf(1).getTime() / 1000 + i} +0000\ndata 1\nc\n` +
        `M 644 inline file ${i}\ndata 1\nx\n`,
    );
    execFileSync('git', ['-C', vaults.remote, 'fast-import', '--quiet'], { input: commits.join('') });
    return vaults;
  }

  /** What a vault in a process of its own says of some files, and the git commands that it takes for it. */
  async function asked(vaults: Vaults, wrapped: WrappedGit): Promise<[(number | undefined)[], string[]]> {
    const vault = await vaults.open('ours');
    const said: (number | undefined)[] = [];
    const calls = await wrapped.callsOf(async () => {
      for (const path of ['file 0', 'file 149']) {
        const { createdAt, modifiedAt } = await vault.info(path);
        said.push(createdAt?.getUTCSeconds(), modifiedAt?.getUTCDate());
      }
    });
    return [said, calls];
  }

  test('are found out once, whatever process asks, and extended by what is new', async () => {
    const wrapped = new WrappedGit();
    const vaults = await longHistory();
    expect(await asked(vaults, wrapped)).toEqual([[0, 1, 29, 1], ['log']]);
    expect(await asked(vaults, wrapped)).toEqual([[0, 1, 29, 1], []]);
    const author = new Author(vaults);
    author.commit(5, { 'file 0': 'changed' });
    author.push();
    await (await vaults.open('ours')).pull();
    expect(await asked(vaults, wrapped)).toEqual([[0, 5, 29, 1], ['log']]);
  });

  test('are found out anew where what was kept is torn, or of a history that is gone', async () => {
    const wrapped = new WrappedGit();
    const vaults = await longHistory();
    await asked(vaults, wrapped);
    const file = join(vaults.at('ours'), '.git/f9/dates');
    const bytes = fs.readFileSync(file);
    fs.writeFileSync(file, bytes.subarray(0, 2000));
    expect(await asked(vaults, wrapped)).toEqual([[0, 1, 29, 1], ['log']]);
    expect(fs.readFileSync(file).equals(bytes)).toBe(true);

    const author = new Author(vaults);
    author.dated(7, 'commit', '--quiet', '--amend', '--reset-author', '-m', 'Anew');
    git(author.folder, 'push', '--quiet', '--force', 'origin', 'HEAD:main');
    await (await vaults.open('ours')).abandonLocalChanges();
    expect(await asked(vaults, wrapped)).toEqual([
      [0, 1, 0, 7],
      ['log', 'log'],
    ]);
    git(
      vaults.at('ours'),
      'update-ref',
      '-d',
      git(vaults.at('ours'), 'for-each-ref', '--format=%(refname)', 'refs/f9'),
    );
    fs.writeFileSync(file, bytes);
    git(vaults.at('ours'), 'reflog', 'expire', '--expire=all', '--all');
    git(vaults.at('ours'), 'gc', '--quiet', '--prune=now');
    expect(await asked(vaults, wrapped)).toEqual([
      [0, 1, 0, 7],
      ['log', 'log'],
    ]);
  });
});
