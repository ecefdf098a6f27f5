import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { isLong } from '../../../scripts/test/daily.ts';
import type { GitSyncFileBackend } from '../src/index.ts';
import { LARGE_INDEX } from './large-index.ts';
import { filesAt, git, makeRemote } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

function log(repository: string, format = '%s'): string[] {
  return git(repository, 'log', `--format=${format}`, 'main').split('\n');
}

describe('a commit', () => {
  test('holds all that was written since the last one, under the message and the name that were given', async () => {
    const vaults = new Vaults();
    const ours = await vaults.open('ours', { authorName: 'Ada Lovelace', authorEmail: 'ada@example.com' });
    for (const name of ['a', 'b/c', 'b/d']) await ours.create(name, { data: name });
    await ours.push({ message: 'First\n\nWith a body, and # no comment\n# at all' });
    await ours.update('a', { data: 'A' });
    await ours.move('b/c', 'e');
    await ours.delete('b/d');
    await ours.push();
    await ours.update('a', { data: 'AA' });
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'AA', e: 'b/c' });
    expect(log(vaults.remote, '%an <%ae> %s')).toEqual([
      'Ada Lovelace <ada@example.com> Update a',
      'Ada Lovelace <ada@example.com> Update 4 files',
      'Ada Lovelace <ada@example.com> First',
    ]);
    expect(git(vaults.remote, 'log', '-1', '--format=%b', 'main~2')).toBe(
      'With a body, and # no comment\n# at all',
    );
  });

  test('is made by f9 where no name is given, and says what commitMessage says', async () => {
    const vaults = new Vaults();
    const ours = await vaults.open('ours', { commitMessage: 'Save' });
    await ours.create('a', { data: 'A' });
    await ours.push();
    expect(log(vaults.remote, '%an <%ae> %cn <%ce> %s')).toEqual([
      'f9 <f9@localhost> f9 <f9@localhost> Save',
    ]);
  });

  test('has a message that is empty, where that was given', async () => {
    const vaults = new Vaults();
    const ours = await vaults.open('ours');
    await ours.create('a', { data: 'A' });
    await ours.push({ message: '' });
    expect(log(vaults.remote, '%B')).toEqual(['']);
  });

  test('of a large vault looks at each file once, and is the same commit', async () => {
    const wrapped = new WrappedGit();
    const vaults = new Vaults();
    const [first, second, third] = Object.keys(LARGE_INDEX) as [string, string, string];
    const ours = await vaults.open('ours');
    for (const [path, data] of Object.entries(LARGE_INDEX)) await ours.create(path, { data });
    await ours.push();
    const start = git(vaults.remote, 'rev-parse', 'main');
    await ours.create('a/b', { data: 'new' });
    await ours.delete(first);
    // What the working tree holds beside f9's own writes belongs to it as well.
    fs.writeFileSync(join(vaults.at('ours'), second), 'by hand');
    const calls = await wrapped.callsOf(() => ours.push({ message: 'Many\n\n# no comment\n' }));
    expect(calls.filter((call) => call === 'status')).toHaveLength(1);
    expect(calls).not.toContain('commit');
    expect(git(vaults.remote, 'log', '-1', '--format=%P %an %cn%n%B', 'main')).toBe(
      `${start} f9 f9\nMany\n\n# no comment`,
    );
    expect(git(vaults.remote, 'diff', '--name-status', '--no-renames', start, 'main').split('\n')).toEqual([
      'A\ta/b',
      `D\t${first}`,
      `M\t${second}`,
    ]);
    expect(git(vaults.at('ours'), 'status', '--porcelain')).toBe('');

    await ours.update(third, { data: 'other' });
    await ours.update(third, { data: LARGE_INDEX[third]! });
    await ours.push();
    expect(git(vaults.remote, 'rev-list', '--count', `${start}..main`)).toBe('1');
  });

  test('is not made of nothing', async () => {
    const vaults = new Vaults();
    const ours = await vaults.open('ours');
    await ours.push();
    await ours.create('a', { data: 'A' });
    await ours.push();
    await ours.update('a', { data: 'B' });
    await ours.update('a', { data: 'A' });
    await ours.create('b', { data: 'B' });
    await ours.delete('b');
    await ours.push();
    expect(log(vaults.remote)).toEqual(['Update a']);
  });

  test('keeps every byte, and what may be executed', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({
      '.gitattributes': '* text=auto ident\n',
    });
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
    await ours.create('binary', { data: bytes });
    await ours.create('text', { data: 'a\r\nb\n$Id$\n' });
    await ours.create('run.sh', { data: '#!/bin/sh\n' });
    fs.chmodSync(join(vaults.at('ours'), 'run.sh'), 0o755);
    await ours.push();
    await theirs.pull();
    expect(await theirs.read('binary')).toEqual(bytes);
    expect(await theirs.read('text', { binary: false })).toBe('a\r\nb\n$Id$\n');
    expect((await theirs.info('run.sh')).permissions! & 0o111).toBe(0o111);
    await theirs.update('run.sh', { data: '#!/bin/sh\necho\n' });
    await theirs.push();
    expect(git(vaults.remote, 'ls-tree', 'main', 'run.sh')).toMatch(/^100755/);
    fs.chmodSync(join(vaults.at('theirs'), 'run.sh'), 0o644);
    await theirs.push();
    await ours.pull();
    expect((await ours.info('run.sh')).permissions! & 0o111).toBe(0);
    expect(git(vaults.at('ours'), 'status', '--porcelain')).toBe('');
  });

  test('holds what was written although git ignores it, and not what somebody else put there', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ '.gitignore': '*.log\n/private/\n' });
    await ours.create('a.log', { data: 'through f9' });
    await ours.create('private/b', { data: 'through f9' });
    fs.writeFileSync(join(vaults.at('ours'), 'c.log'), 'by somebody else');
    fs.writeFileSync(join(vaults.at('ours'), 'private', 'd'), 'by somebody else');
    await ours.push();
    expect(Object.keys(filesAt(vaults.remote))).toEqual(['.gitignore', 'a.log', 'private/b']);
    await theirs.pull();
    await theirs.delete('a.log');
    await theirs.push();
    await ours.pull();
    expect(await ours.globFiles('**')).toEqual(['c.log', 'private/b', 'private/d']);
  });

  test('holds what others changed in the folder, and no repository that lies in it', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ kept: 'kept', changed: 'old', deleted: 'old' });
    const at = (path: string): string => join(vaults.at('ours'), path);
    fs.writeFileSync(at('changed'), 'by hand');
    fs.rmSync(at('deleted'));
    fs.mkdirSync(at('new'));
    fs.writeFileSync(at('new/file'), 'by hand');
    fs.mkdirSync(at('inner'));
    git(at('inner'), 'init', '--quiet');
    fs.writeFileSync(at('inner/file'), 'of another repository');
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ kept: 'kept', changed: 'by hand', 'new/file': 'by hand' });
  });

  test('forgets nothing that was written before a crash, ignored or not', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ '.gitignore': 'b\n' });
    await ours.create('a', { data: 'A' });
    await ours.create('b', { data: 'B' });
    // As a new process would: nothing is known but what is on the disk.
    const reopened = await vaults.open('ours');
    await reopened.push();
    expect(Object.keys(filesAt(vaults.remote))).toEqual(['.gitignore', 'a', 'b']);
  });
});

describe('what others pushed first', () => {
  test('is merged, and the push tried again', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ shared: 'one\ntwo\nthree\nfour\nfive\n' });
    await theirs.update('shared', { data: 'ONE\ntwo\nthree\nfour\nfive\n' });
    await theirs.create('theirs', { data: 'theirs' });
    await theirs.push();
    await ours.update('shared', { data: 'one\ntwo\nthree\nfour\nFIVE\n' });
    await ours.push({ message: 'Ours' });
    const merged = { shared: 'ONE\ntwo\nthree\nfour\nFIVE\n', theirs: 'theirs' };
    expect(await contentsOf(ours)).toEqual(merged);
    expect(filesAt(vaults.remote)).toEqual(merged);
    expect(log(vaults.remote)[0]).toBe('Merge what the remote has');
  });

  test('is joined although both began with an empty remote', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two();
    await ours.create('ours', { data: 'ours' });
    await theirs.create('theirs', { data: 'theirs' });
    await ours.push();
    await theirs.push();
    await ours.pull();
    expect(await contentsOf(ours)).toEqual({ ours: 'ours', theirs: 'theirs' });
  });

  test('again and again ends after a dozen tries; the commits are safe', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const wrapped = new WrappedGit();
    // Whoever else pushes is there first each time.
    wrapped.misbehave(
      `if [ "$1" = push ]; then (unset GIT_DIR GIT_WORK_TREE GIT_CONFIG_COUNT; cd '${vaults.remote}' &&
        "$git" update-ref refs/heads/main "$("$git" -c user.name=r -c user.email=r commit-tree -p main -m rival main^{tree})"); fi`,
    );
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const racing = await vaults.open('ours');
    await racing.create('b', { data: 'b' });
    const attempt = racing.push({ message: 'Mine' });
    await expect(attempt).rejects.toMatchObject({ code: 'BUSY', reason: 'overtaken', retryable: true });
    vi.restoreAllMocks();
    expect(wrapped.calls.filter((command) => command === 'push')).toHaveLength(12);
    wrapped.misbehave('');
    expect(await contentsOf(ours)).toEqual({ a: 'a', b: 'b' });
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'a', b: 'b' });
  });

  test('by a lock on the branch of the remote is waited for', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const lock = join(vaults.remote, 'refs', 'heads', 'main.lock');
    fs.writeFileSync(lock, '');
    await ours.update('a', { data: 'b' });
    const push = ours.push();
    await sleep(300);
    fs.rmSync(lock);
    await push;
    expect(filesAt(vaults.remote)).toEqual({ a: 'b' });
  });

  const CLONES = isLong ? 8 : 3;

  test(`from ${CLONES} clones at once leaves every file there at the end`, async () => {
    const vaults = new Vaults();
    const clones = await Promise.all(Array.from({ length: CLONES }, (_, i) => vaults.open(`clone-${i}`)));
    await Promise.all(
      clones.map(async (clone, i) => {
        await clone.create(`from-${i}`, { data: String(i) });
        await clone.push();
      }),
    );
    const all = Object.fromEntries(clones.map((_, i) => [`from-${i}`, String(i)]));
    expect(filesAt(vaults.remote)).toEqual(all);
    for (const clone of clones) {
      await clone.pull();
      expect(await contentsOf(clone)).toEqual(all);
    }
    git(vaults.remote, 'fsck', '--strict');
  });

  test('from two backends on one clone is no race at all', async () => {
    const vaults = new Vaults();
    const [one, two] = [await vaults.open('ours'), await vaults.open('ours')];
    await Promise.all(
      [one, two].flatMap((vault, i) =>
        Array.from({ length: 3 }, async (_, n) => {
          await vault.create(`${i}-${n}`, { data: 'x' });
          await vault.push();
        }),
      ),
    );
    expect(Object.keys(filesAt(vaults.remote))).toEqual(['0-0', '0-1', '0-2', '1-0', '1-1', '1-2']);
  });
});

describe('a remote that is not what it was', () => {
  async function withLocalCommit(): Promise<
    readonly [vaults: Vaults, ours: GitSyncFileBackend, commit: string]
  > {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'base' });
    git(vaults.remote, 'config', 'receive.denyNonFastForwards', 'false');
    const rival = join(vaults.folder, 'rival');
    git(vaults.folder, 'clone', '--quiet', vaults.remote, rival);
    fs.writeFileSync(join(rival, 'a'), 'rewritten');
    git(rival, 'commit', '--quiet', '--amend', '-a', '-m', 'Rewritten');
    await ours.update('a', { data: 'ours' });
    vi.spyOn(Math, 'random').mockReturnValue(0);
    return [vaults, ours, rival];
  }

  test('since it was force-pushed is told, at every pull and push, until the changes here are given up', async () => {
    const [vaults, ours, rival] = await withLocalCommit();
    git(rival, 'push', '--quiet', '--force');
    for (const attempt of [() => ours.pull(), () => ours.push(), () => ours.pull()]) {
      await expect(attempt()).rejects.toMatchObject({ reason: 'history-rewritten', retryable: false });
    }
    expect(await contentsOf(ours)).toEqual({ a: 'ours' });
    await ours.create('not committed', { data: 'at all' });
    const kept = await ours.abandonLocalChanges();
    expect(await contentsOf(ours)).toEqual({ a: 'rewritten' });
    expect(kept).toMatch(/^refs\/f9\/rescue\//);
    expect(filesAt(vaults.at('ours'), kept)).toEqual({ a: 'ours', 'not committed': 'at all' });
    await ours.update('a', { data: 'goes on' });
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'goes on' });
  });

  test('since the branch was deleted is told; what is here is safe, and what was withdrawn is not published again', async () => {
    const [vaults, ours] = await withLocalCommit();
    git(vaults.remote, 'update-ref', '-d', 'refs/heads/main');
    git(vaults.remote, 'fetch', '--quiet', vaults.at('rival'), 'HEAD:refs/heads/other');
    for (const attempt of [() => ours.pull(), () => ours.push(), () => ours.abandonLocalChanges()]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'NOT_FOUND',
        reason: 'branch-missing',
        retryable: false,
        message: expect.stringContaining('there are: other'),
      });
    }
    expect(await contentsOf(ours)).toEqual({ a: 'ours' });
    expect(git(vaults.remote, 'branch', '--format=%(refname:short)')).toBe('other');
  });

  test('since it was reset to an older commit is told, and what was withdrawn is not published again', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'base' });
    const base = git(vaults.remote, 'rev-parse', 'main');
    await ours.create('withdrawn', { data: 'by mistake' });
    await ours.push();
    git(vaults.remote, 'update-ref', 'refs/heads/main', base);
    for (const change of ['nothing', 'something']) {
      if (change === 'something') await ours.create('later', { data: 'x' });
      await expect(ours.push()).rejects.toMatchObject({ reason: 'history-rewritten', retryable: false });
      expect(git(vaults.remote, 'rev-parse', 'main')).toBe(base);
    }
  });

  test('since the repository was replaced by another is told', async () => {
    const [vaults, ours] = await withLocalCommit();
    fs.rmSync(vaults.remote, { recursive: true });
    await expect(ours.pull()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      reason: 'repository-missing',
      retryable: false,
    });
    makeRemote(vaults.folder);
    const stranger = await vaults.open('stranger');
    await stranger.create('b', { data: 'another history' });
    await stranger.push();
    for (const attempt of [() => ours.pull(), () => ours.push()]) {
      await expect(attempt()).rejects.toMatchObject({ reason: 'history-rewritten', retryable: false });
    }
    expect(await contentsOf(ours)).toEqual({ a: 'ours' });
  });
});

describe('abandonLocalChanges', () => {
  test('says that nothing was dropped where nothing was', async () => {
    const [ours, theirs] = await new Vaults().two({ a: 'a' });
    await theirs.update('a', { data: 'b' });
    await theirs.push();
    expect(await ours.abandonLocalChanges()).toBeUndefined();
    expect(await contentsOf(ours)).toEqual({ a: 'b' });
  });

  test('ends a conflict', async () => {
    const [ours, theirs] = await new Vaults().two({ a: 'a' });
    await theirs.update('a', { data: 'theirs' });
    await theirs.push();
    await ours.update('a', { data: 'ours' });
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.abandonLocalChanges();
    expect(await ours.conflictReport()).toEqual([]);
    expect(await contentsOf(ours)).toEqual({ a: 'theirs' });
    await ours.push();
  });

  test('has nothing to go back to in an empty remote, and drops nothing', async () => {
    const ours = await new Vaults().open('ours');
    await ours.create('a', { data: 'a' });
    await expect(ours.abandonLocalChanges()).rejects.toMatchObject({ reason: 'branch-missing' });
    expect(await contentsOf(ours)).toEqual({ a: 'a' });
  });
});

describe('a conflict', () => {
  test('that the remote changes further has to be settled anew', async () => {
    const [ours, theirs] = await new Vaults().two({ a: 'a', b: 'b' });
    for (const name of ['a', 'b']) {
      await theirs.update(name, { data: `${name} theirs` });
      await ours.update(name, { data: `${name} ours` });
    }
    await theirs.push();
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.conflictAcceptLocal('a');
    expect((await ours.conflictReport()).map(({ path }) => path)).toEqual(['b']);
    await theirs.update('a', { data: 'a theirs, again' });
    await theirs.push();
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    expect((await ours.conflictReport()).map(({ path }) => path)).toEqual(['a', 'b']);
    await ours.conflictAcceptRemote('b');
    await ours.conflictAcceptRemote('a');
    expect(await contentsOf(ours)).toEqual({ a: 'a theirs, again', b: 'b theirs' });
  });

  test('settled in part stays so when something else is pulled, and the rest ends it', async () => {
    const [ours, theirs] = await new Vaults().two({ a: 'a', b: 'b' });
    for (const name of ['a', 'b']) {
      await theirs.update(name, { data: `${name} theirs` });
      await ours.update(name, { data: `${name} ours` });
    }
    await theirs.push();
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.conflictAcceptLocal('a');
    // The other side gives way: what was chosen is all that is left.
    await theirs.update('b', { data: 'b ours' });
    await theirs.push();
    await ours.pull();
    expect(await contentsOf(ours)).toEqual({ a: 'a ours', b: 'b ours' });
  });

  test('names what is beside so that nothing is replaced', async () => {
    const long = 'n'.repeat(250);
    const [ours, theirs] = await new Vaults().two({
      'a (remote).md': 'there already',
      'a.md': 'a',
      [long]: 'l',
    });
    for (const name of ['a.md', long]) {
      await theirs.update(name, { data: 'theirs' });
      await ours.update(name, { data: 'ours' });
    }
    await theirs.push();
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.conflictKeepBoth('a.md');
    await ours.conflictKeepBoth(long);
    expect(await contentsOf(ours)).toEqual({
      'a (remote).md': 'there already',
      'a (remote 2).md': 'theirs',
      'a.md': 'ours',
      [long]: 'ours',
      [`${'n'.repeat(246)} (remote)`]: 'theirs',
    });
  });

  test('of what is not committed is settled with what is to be seen', async () => {
    const [ours, theirs] = await new Vaults().two({ a: 'a' });
    await theirs.update('a', { data: 'theirs' });
    await theirs.push();
    await ours.update('a', { data: 'ours' });
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.update('a', { data: 'ours, later' });
    await ours.conflictAcceptLocal('a');
    expect(await contentsOf(ours)).toEqual({ a: 'ours, later' });
    await ours.push();
  });
});

describe('a session', () => {
  test('that lost its lock cannot publish, and does not crash', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const lock = join(vaults.at('ours'), '.git', 'f9', 'session.lock');
    const attempt = ours.syncSession(
      async () => {
        await ours.update('a', { data: 'b' });
        fs.rmSync(lock, { recursive: true });
      },
      { push: true },
    );
    await expect(attempt).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(filesAt(vaults.remote)).toEqual({ a: 'a' });
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'b' });
  });

  test('that lost its lock writes nothing any more', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    const lock = join(vaults.at('ours'), '.git', 'f9', 'session.lock');
    await ours
      .syncSession(async (session) => {
        fs.rmSync(lock, { recursive: true });
        for (const attempt of [
          () => session.update('a', { data: 'b' }),
          () => session.create('b', { data: 'b' }),
          () => session.delete('a'),
          () => session.move('a', 'c'),
          () => session.streamWrite('s', { chunkSource: ['x'] }),
        ]) {
          await expect(attempt()).rejects.toMatchObject({ code: 'LOCK_LOST' });
        }
      })
      .catch(() => undefined);
    expect(await contentsOf(ours)).toEqual({ a: 'a' });
  });

  test('publishes one commit, with the message that commit is given', async () => {
    const vaults = new Vaults();
    const ours = await vaults.open('ours', { autoPush: true });
    await ours.syncSession(async (session) => {
      await ours.create('a', { data: 'a' });
      await session.create('b', { data: 'b' });
      expect(git(vaults.remote, 'branch')).toBe('');
      await session.commit({ message: 'Half of it' });
      await ours.create('c', { data: 'c' });
    });
    expect(log(vaults.remote)).toEqual(['Update c', 'Half of it']);
  });

  test('keeps nobody from reading: autoPull does without, and is made up for', async () => {
    const vaults = new Vaults();
    const [, theirs] = await vaults.two({ a: 'a' });
    const reader = await vaults.open('ours', { autoPull: true });
    await theirs.update('a', { data: 'b' });
    await theirs.push();
    const holder = await vaults.open('ours');
    {
      await using _session = await holder.syncSession();
      expect(await reader.read('a', { binary: false })).toBe('a');
    }
    expect(await reader.read('a', { binary: false })).toBe('b');
  });
});
