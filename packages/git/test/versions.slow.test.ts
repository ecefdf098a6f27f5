import fs from 'node:fs';
import { join } from 'node:path';
import type { FileVersion } from '@f9/core';
import { describe, expect, test } from 'vitest';
import type { GitSyncFileBackend } from '../src/index.ts';
import { git } from './repository.ts';
import { textOf, Vaults } from './vaults.ts';

async function historyOf(
  vault: GitSyncFileBackend,
  path: string,
  options: { limit?: number; followRenames?: boolean } = {},
): Promise<FileVersion[]> {
  return await Array.fromAsync(vault.history(path, options));
}

/** A vault whose file `a.md` was made, changed, moved to `b.md` and changed again, one commit each. */
async function withHistory(): Promise<readonly [Vaults, GitSyncFileBackend]> {
  const vaults = new Vaults();
  const ours = await vaults.open('ours', { authorName: 'Ada', authorEmail: 'ada@example.com' });
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n');
  await ours.create('a.md', { data: lines });
  await ours.push({ message: 'Made\n\nwith commit 0123456789012345678901234567890123456789\n\n:1 2 3 4 M' });
  await ours.update('a.md', { data: `${lines}\nmore` });
  await ours.push({ message: 'Changed' });
  await ours.move('a.md', 'b.md');
  await ours.push({ message: 'Moved' });
  await ours.update('b.md', { data: `${lines}\nmore\nmost` });
  await ours.push({ message: 'Changed again' });
  return [vaults, ours];
}

describe('the history of a file', () => {
  test('names what each commit made of it, newest first; one that is gone has its end first', async () => {
    const [vaults, ours] = await withHistory();
    const versions = await historyOf(ours, 'a.md');
    expect(
      versions.map(({ message, size, deleted, path }) => [message?.split('\n')[0], size, deleted, path]),
    ).toEqual([
      ['Moved', undefined, true, 'a.md'],
      ['Changed', 234, false, 'a.md'],
      ['Made', 229, false, 'a.md'],
    ]);
    expect(versions[0]).toMatchObject({
      author: 'Ada <ada@example.com>',
      version: git(vaults.remote, 'rev-parse', 'main~1'),
    });
    expect(versions[2]!.message).toContain(':1 2 3 4 M');
    expect(versions[0]!.at).toEqual(
      new Date(Number(git(vaults.remote, 'log', '-1', '--format=%ct', 'main~1')) * 1000),
    );
  });

  test('goes on under the name that it had before where that is asked for, and ends where it is told to', async () => {
    const [, ours] = await withHistory();
    expect((await historyOf(ours, 'b.md')).map(({ path }) => path)).toEqual(['b.md', 'b.md']);
    const followed = await historyOf(ours, 'b.md', { followRenames: true });
    expect(followed.map(({ path, deleted }) => [path, deleted])).toEqual([
      ['b.md', false],
      ['b.md', false],
      ['a.md', false],
      ['a.md', false],
    ]);
    expect(await historyOf(ours, 'b.md', { limit: 1 })).toHaveLength(1);
  });

  test('holds what was merged, and nothing of a file that never was', async () => {
    const vaults = new Vaults();
    const base = Array.from({ length: 9 }, (_, i) => `${i}`).join('\n');
    const [ours, theirs] = await vaults.two({ a: base, 'odd [name]* \n:(x)': 'o' });
    await theirs.update('a', { data: base.replace('0', 'zero') });
    await theirs.push({ message: 'Theirs' });
    await ours.update('a', { data: base.replace('8', 'eight') });
    await ours.push({ message: 'Ours' });
    const versions = await historyOf(ours, 'a');
    expect(versions.map(({ message }) => message)).toEqual([
      'Merge what the remote has',
      expect.any(String),
      expect.any(String),
      'The first files',
    ]);
    expect(await ours.read('a', { version: versions[0]!.version, binary: false })).toContain('zero');
    expect(await historyOf(ours, 'never')).toEqual([]);
    expect(await historyOf(ours, 'odd [name]* \n:(x)')).toHaveLength(1);
    expect(await historyOf(await new Vaults().open('empty'), 'a')).toEqual([]);
  });

  test('has more than one page, and can be left', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: '0' });
    const folder = join(vaults.folder, 'author');
    git(vaults.folder, 'clone', '--quiet', vaults.remote, folder);
    for (let i = 1; i <= 120; i++) {
      fs.writeFileSync(join(folder, 'a'), String(i));
      git(folder, 'commit', '--quiet', '-am', String(i));
    }
    git(folder, 'push', '--quiet');
    await ours.pull();
    const versions = await historyOf(ours, 'a');
    expect(versions.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 120 }, (_, i) => String(120 - i)),
      'The first files',
    ]);
    expect(versions.every(({ size, message }) => size === (message!.length > 3 ? 1 : message!.length))).toBe(
      true,
    );
    for await (const { message } of ours.history('a')) {
      expect(message).toBe('120');
      break;
    }
  });
});

describe('a version of a file', () => {
  test('is read whole, in part and as a stream, also of one that is gone; what is not committed is none', async () => {
    const [, ours] = await withHistory();
    const [, changed] = await historyOf(ours, 'a.md');
    const { version } = changed!;
    expect((await ours.read('a.md', { version, binary: false })).endsWith('more')).toBe(true);
    const short = version.slice(0, 7);
    expect((await ours.read('a.md', { version: short, binary: false })).endsWith('more')).toBe(true);
    expect(textOf(await ours.read('a.md', { version, offset: 5, length: 4 }))).toBe('0\nli');
    const chunks = await Array.fromAsync(ours.streamRead('a.md', { version }));
    expect(Buffer.concat(chunks).toString().endsWith('more')).toBe(true);
    await ours.update('b.md', { data: 'not committed' });
    expect(await historyOf(ours, 'b.md')).toHaveLength(2);
  });

  test('of many megabytes comes as a stream', async () => {
    const [ours] = await new Vaults().two({ big: 'x'.repeat(3_000_000), 'd/x': 'x' });
    const [only] = await historyOf(ours, 'big');
    expect(only!.size).toBe(3_000_000);
    expect(textOf(await ours.read('big', { version: only!.version, offset: 2_999_999 }))).toBe('x');
  });

  test('that is not there is told apart', async () => {
    const [ours] = await new Vaults().two({ a: 'a', 'd/x': 'x' });
    const { version } = (await historyOf(ours, 'a'))[0]!;
    await expect(ours.read('b', { version })).rejects.toMatchObject({ code: 'NOT_FOUND', path: 'b' });
    await expect(ours.read('d', { version })).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
    await expect(ours.read('a', { version: '0'.repeat(40) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ours.read('a', { version: '0'.repeat(9) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ours.read('a', { version: version.slice(0, 6) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(ours.read('a', { version: '--all' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('is written as the present by restore', async () => {
    const [vaults, ours] = await withHistory();
    const versions = await historyOf(ours, 'a.md');
    await ours.restore('a.md', { version: versions[2]!.version });
    await ours.push();
    expect(git(vaults.remote, 'show', 'main:a.md')).toHaveLength(229);
  });
});

describe('the feed of changes', () => {
  test('tells each path once, what is not committed too, and goes on after a restart', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ a: 'a', b: 'b', c: 'c' });
    const start = await ours.changesSince(undefined);
    expect(start.changes).toEqual([]);
    await theirs.update('a', { data: 'A' });
    await theirs.delete('b');
    await theirs.push();
    await ours.pull();
    await ours.create('new', { data: 'n' });
    const again = await vaults.open('ours');
    const { changes, cursor } = await again.changesSince(start.cursor);
    expect([...changes].sort((x, y) => (x.path < y.path ? -1 : 1))).toEqual([
      { path: 'a', kind: 'written' },
      { path: 'b', kind: 'removed' },
      { path: 'new', kind: 'written' },
    ]);
    await ours.push();
    expect((await ours.changesSince(cursor)).changes).toEqual([{ path: 'new', kind: 'written' }]);
  });

  test('says that it knows nothing of a cursor that is none of this vault', async () => {
    const [ours] = await new Vaults().two({ a: 'a' });
    for (const cursor of ['0'.repeat(40), 'main', '-p']) {
      expect((await ours.changesSince(cursor)).changes).toEqual([{ path: '', kind: 'overflow' }]);
    }
  });
});

test('a session says which commit it reads, and a commit moves it', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ a: 'a' });
  await theirs.update('a', { data: 'b' });
  await theirs.push();
  await ours.syncSession(
    async (session) => {
      expect(session.version).toBe(git(vaults.remote, 'rev-parse', 'main'));
      await session.update('a', { data: 'c' });
      await session.commit();
      expect(session.version).toBe(git(vaults.remote, 'rev-parse', 'main'));
    },
    { pull: true },
  );
});
