import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { filesAt, git } from './repository.ts';
import { contentsOf, Vaults } from './vaults.ts';

const LONG_AGO = new Date(Date.now() - 60_000);

/** A file as a process leaves it that was killed a minute ago. */
function leaveBehind(path: string, content = ''): void {
  fs.mkdirSync(join(path, '..'), { recursive: true });
  fs.writeFileSync(path, content);
  fs.utimesSync(path, LONG_AGO, LONG_AGO);
}

/** The commits and snapshots that were saved from other tools. */
function rescued(repository: string): string[] {
  return git(repository, 'for-each-ref', '--format=%(refname)', 'refs/f9/rescue').split('\n').filter(Boolean);
}

describe('lock files that a killed git left', () => {
  test('are removed when the vault is opened, and half-written objects with them', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    await ours[Symbol.asyncDispose]();
    const left = ['index.lock', 'HEAD.lock', 'config.lock', 'packed-refs.lock', 'refs/heads/main.lock'];
    const parts = ['objects/pack/tmp_pack_x', 'objects/pack/.tmp-1-pack-x.pack', 'objects/ab/tmp_obj_y'];
    for (const name of [...left, ...parts]) {
      leaveBehind(join(vaults.at('ours'), '.git', name));
    }
    const reopened = await vaults.open('ours');
    await reopened.update('a', { data: 'b' });
    await reopened.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'b' });
    for (const name of [...left, ...parts]) {
      expect(fs.existsSync(join(vaults.at('ours'), '.git', name)), name).toBe(false);
    }
  });

  test('are removed by the next push of a vault that is open', async () => {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a' });
    leaveBehind(join(vaults.at('ours'), '.git', 'index.lock'));
    await ours.update('a', { data: 'b' });
    await ours.push();
    expect(filesAt(vaults.remote)).toEqual({ a: 'b' });
  });

  test.runIf(process.platform === 'linux')(
    'are left alone while a git runs there (needs Linux)',
    async () => {
      const vaults = new Vaults();
      const [ours] = await vaults.two({ a: 'a' });
      const lock = join(vaults.at('ours'), '.git', 'index.lock');
      // A git that waits for its input.
      const other = spawn('git', ['hash-object', '--stdin'], { cwd: vaults.at('ours') });
      onTestFinished(() => void other.kill());
      await expect.poll(() => fs.readFileSync(`/proc/${other.pid}/comm`, 'utf8')).toBe('git\n');
      leaveBehind(lock);
      await ours.update('a', { data: 'b' });
      const push = ours.push();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(fs.existsSync(lock)).toBe(true);
      other.stdin.end();
      await push;
      expect(filesAt(vaults.remote)).toEqual({ a: 'b' });
    },
  );
});

test('an index of its own that a killed merge left locked is in the way of no merge', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ a: 'a' });
  await theirs.update('a', { data: 'theirs' });
  await theirs.push();
  await ours.update('a', { data: 'ours' });
  await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  await ours[Symbol.asyncDispose]();
  const state = join(vaults.at('ours'), '.git', 'f9');
  for (const name of ['merge-index', 'merge-index.lock', 'rescue-index.lock']) leaveBehind(join(state, name));
  const reopened = await vaults.open('ours');
  await reopened.conflictAcceptLocal('a');
  await reopened.push();
  expect(filesAt(vaults.remote)).toEqual({ a: 'ours' });
  await reopened[Symbol.asyncDispose]();
  expect(fs.readdirSync(state)).toEqual(['fetched', 'origin']);
});

describe('a check-out that a crash cut short', () => {
  async function halfDone(): Promise<readonly [vaults: Vaults, at: (path: string) => string]> {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ a: '1', b: '1', gone: '1', 'c/d': '1' });
    for (const name of ['a', 'b']) await theirs.update(name, { data: '2' });
    await theirs.delete('gone');
    await theirs.create('new/file', { data: '2' });
    await theirs.push();
    await ours[Symbol.asyncDispose]();
    const at = (path: string): string => join(vaults.at('ours'), path);
    const [from, to] = [git(at(''), 'rev-parse', 'HEAD'), git(vaults.remote, 'rev-parse', 'main')];
    git(at(''), 'fetch', '--quiet', 'origin');
    // What a process leaves that is killed after half of the files.
    fs.writeFileSync(at('.git/f9/checkout'), JSON.stringify({ from, to }));
    fs.writeFileSync(at('a'), '2');
    fs.rmSync(at('gone'));
    return [vaults, at];
  }

  const AFTER = { a: '2', b: '2', 'c/d': '1', 'new/file': '2' };

  test('is finished on opening, and nothing of it is taken for an edit', async () => {
    const [vaults, at] = await halfDone();
    const ours = await vaults.open('ours');
    expect(await contentsOf(ours)).toEqual(AFTER);
    expect(git(at(''), 'status', '--porcelain')).toBe('');
    await ours.push();
    expect(git(at(''), 'rev-parse', 'HEAD')).toBe(git(vaults.remote, 'rev-parse', 'main'));
  });

  test('is undone if somebody edited one of the files since, and both are merged', async () => {
    const [vaults, at] = await halfDone();
    fs.writeFileSync(at('b'), 'edited');
    const ours = await vaults.open('ours');
    expect(await contentsOf(ours)).toEqual({ a: '1', b: 'edited', gone: '1', 'c/d': '1' });
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT', path: 'b' });
    await ours.conflictAcceptLocal('b');
    expect(await contentsOf(ours)).toEqual({ ...AFTER, b: 'edited' });
  });

  test('keeps an edit of a file that it is not about', async () => {
    const [vaults, at] = await halfDone();
    fs.writeFileSync(at('c/d'), 'edited');
    const ours = await vaults.open('ours');
    expect(await contentsOf(ours)).toEqual({ ...AFTER, 'c/d': 'edited' });
  });

  test('is over where the branch has arrived', async () => {
    const [vaults, at] = await halfDone();
    git(at(''), 'reset', '--quiet', '--hard', 'origin/main');
    fs.writeFileSync(at('b'), 'edited');
    const ours = await vaults.open('ours');
    expect(await contentsOf(ours)).toEqual({ ...AFTER, b: 'edited' });
  });

  test('leaves nothing of the choices that it was made of', async () => {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ a: 'a', b: 'b' });
    for (const [vault, data] of [
      [theirs, 'theirs'],
      [ours, 'ours'],
    ] as const) {
      for (const name of ['a', 'b']) await vault.update(name, { data });
      await vault.push().catch(() => undefined);
    }
    const state = join(vaults.at('ours'), '.git', 'f9');
    await ours.conflictAcceptRemote('a');
    const choices = fs.readFileSync(join(state, 'choices'));
    await ours.conflictAcceptLocal('b');
    await ours[Symbol.asyncDispose]();
    const [from, to] = ['HEAD^1', 'HEAD'].map((name) => git(vaults.at('ours'), 'rev-parse', name));
    // What a process leaves that is killed right after it moved the branch.
    fs.writeFileSync(join(state, 'checkout'), JSON.stringify({ from, to }));
    fs.writeFileSync(join(state, 'choices'), choices);
    const reopened = await vaults.open('ours');
    expect(await contentsOf(reopened)).toEqual({ a: 'theirs', b: 'ours' });
    await reopened[Symbol.asyncDispose]();
    expect(fs.readdirSync(state)).toEqual(['fetched', 'origin']);
  });
});

describe('what another tool left', () => {
  /** Two vaults in conflict about `a`; `b` was changed by both, too, in lines apart. */
  async function inConflict(): Promise<readonly [vaults: Vaults, folder: string]> {
    const vaults = new Vaults();
    const [ours, theirs] = await vaults.two({ a: 'base\n', b: '1\n2\n3\n4\n5\n', c: 'c', d: 'd' });
    await theirs.update('a', { data: 'theirs\n' });
    await theirs.update('b', { data: 'ONE\n2\n3\n4\n5\n' });
    await theirs.push();
    await ours.update('a', { data: 'ours\n' });
    await ours.update('b', { data: '1\n2\n3\n4\nFIVE\n' });
    const folder = vaults.at('ours');
    git(folder, 'commit', '--quiet', '-a', '-m', 'Ours');
    git(folder, 'fetch', '--quiet', 'origin');
    await ours[Symbol.asyncDispose]();
    // Written through f9, and by hand, and not committed.
    fs.writeFileSync(join(folder, 'c'), 'edited');
    return [vaults, folder];
  }

  const OURS = { a: 'ours\n', b: '1\n2\n3\n4\nFIVE\n', c: 'edited', d: 'd' };

  test.each([
    ['merge', ['merge', 'origin/main']],
    ['rebase that put edits out of its way', ['-c', 'rebase.autoStash=true', 'rebase', 'origin/main']],
    ['cherry-pick', ['cherry-pick', 'origin/main']],
  ])('in the middle of a %s is saved and undone, and no marker is ever served', async (_, command) => {
    const [vaults, folder] = await inConflict();
    expect(() => git(folder, ...command)).toThrow();
    expect(fs.readFileSync(join(folder, 'a'), 'utf8')).toContain('<<<<<<<');
    const ours = await vaults.open('ours');
    const contents = await contentsOf(ours);
    expect(contents).toMatchObject({ a: OURS.a, b: OURS.b });
    const saved = rescued(folder).map((ref) => filesAt(folder, ref));
    expect(saved.some(({ a }) => a?.includes('<<<<<<<'))).toBe(true);
    expect([contents, ...saved].some(({ c }) => c === 'edited')).toBe(true);
    expect(git(folder, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(git(folder, 'status')).not.toMatch(/merging|rebase|cherry-pick|Unmerged/i);
    await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await ours.conflictAcceptLocal('a');
    await ours.push();
    expect(filesAt(vaults.remote)).toMatchObject({ a: 'ours\n', b: 'ONE\n2\n3\n4\nFIVE\n' });
  });

  test('in a merge of a stash is found by the next commit', async () => {
    const [vaults, folder] = await inConflict();
    const ours = await vaults.open('ours');
    fs.writeFileSync(join(folder, 'a'), 'stashed\n');
    git(folder, 'stash', 'push', '--quiet', 'a');
    fs.writeFileSync(join(folder, 'a'), 'committed\n');
    git(folder, 'commit', '--quiet', '-m', 'By hand', 'a');
    expect(() => git(folder, 'stash', 'pop')).toThrow();
    await expect(ours.push()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    expect(await contentsOf(ours)).toEqual({ ...OURS, a: 'committed\n' });
    expect(rescued(folder)).toHaveLength(1);
  });

  test('on another branch, or on none, is saved; the vault is on its branch again', async () => {
    for (const way of [
      ['checkout', '--quiet', '-b', 'feature'],
      ['checkout', '--quiet', '--detach'],
    ]) {
      const [vaults, folder] = await inConflict();
      git(folder, ...way);
      fs.writeFileSync(join(folder, 'd'), 'committed there');
      git(folder, 'commit', '--quiet', '-m', 'There', 'd');
      const ours = await vaults.open('ours');
      expect(await contentsOf(ours)).toEqual(OURS);
      expect(git(folder, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
      expect(filesAt(folder, rescued(folder)[0])).toMatchObject({ d: 'committed there' });
      expect(git(folder, 'log', '-1', '--format=%s', `${rescued(folder)[0]}~1`)).toBe('There');
    }
  });
});

describe('files of no length that a power cut left', () => {
  /** A vault with a commit that is not pushed, as it lay when the power went. */
  async function withoutPower(): Promise<readonly [vaults: Vaults, folder: string]> {
    const vaults = new Vaults();
    const [ours] = await vaults.two({ a: 'a', b: 'b' });
    await ours.update('a', { data: 'not pushed' });
    await ours.create('d/new', { data: 'not pushed' });
    fs.renameSync(vaults.remote, `${vaults.remote}.away`);
    await expect(ours.push()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    fs.renameSync(`${vaults.remote}.away`, vaults.remote);
    await ours[Symbol.asyncDispose]();
    const folder = vaults.at('ours');
    fs.writeFileSync(join(folder, '.git', 'f9', 'in-use'), '');
    return [vaults, folder];
  }

  function cut(path: string): void {
    fs.chmodSync(path, 0o644);
    fs.truncateSync(path);
  }

  function objectPath(folder: string, name: string): string {
    const oid = git(folder, 'rev-parse', name);
    return join(folder, '.git', 'objects', oid.slice(0, 2), oid.slice(2));
  }

  test.each(['HEAD', 'HEAD^{tree}', 'HEAD:d', 'HEAD:a', 'HEAD:d/new'])(
    'where %s was cost a message at most: every file is pushed in the end',
    async (name) => {
      const [vaults, folder] = await withoutPower();
      cut(objectPath(folder, name));
      const ours = await vaults.open('ours');
      expect(await contentsOf(ours)).toEqual({ a: 'not pushed', b: 'b', 'd/new': 'not pushed' });
      await ours.push();
      expect(filesAt(vaults.remote)).toEqual({ a: 'not pushed', b: 'b', 'd/new': 'not pushed' });
      git(folder, 'fsck', '--strict', '--connectivity-only');
    },
  );

  test.each(['refs/heads/main', 'index', 'refs/remotes/origin/main'])(
    'where %s was are made up for',
    async (name) => {
      const [vaults, folder] = await withoutPower();
      cut(join(folder, '.git', name));
      const ours = await vaults.open('ours');
      await ours.sync();
      expect(filesAt(vaults.remote)).toEqual({ a: 'not pushed', b: 'b', 'd/new': 'not pushed' });
    },
  );
});
