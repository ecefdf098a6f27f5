import { expect, test } from 'vitest';
import { Vaults } from './vaults.ts';
import { WrappedGit } from './wrapped-git.ts';

test('reading and writing start no git process', async () => {
  const wrapped = new WrappedGit();
  const [ours] = await new Vaults().two({ 'a/b': 'b', c: 'c' });
  const work: Record<string, () => Promise<unknown>> = {
    create: () => ours.create('new', { data: 'x' }),
    update: () => ours.update('c', { data: 'x' }),
    append: () => ours.update('c', { data: 'x', append: true }),
    streamWrite: () => ours.streamWrite('stream', { chunkSource: ['x'] }),
    move: () => ours.move('new', 'a/moved'),
    copy: () => ours.copy('a', 'copy'),
    exists: () => ours.exists('a/moved'),
    delete: () => ours.delete('a', { recursive: true }),
    read: () => ours.read('c'),
    streamRead: () => Array.fromAsync(ours.streamRead('c')),
    list: () => Array.fromAsync(ours.list('/', { recursive: true })),
    glob: () => ours.glob('**'),
    checksum: () => ours.checksum('c'),
    checksumMany: () => ours.checksumMany(['c', 'copy/b']),
    'read in a session': () => ours.syncSession(() => ours.read('c')),
  };
  for (const [name, run] of Object.entries(work)) expect(await wrapped.callsOf(run), name).toEqual([]);
});

test('a remote that is empty is asked once for a clone, and has answered then', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const calls = await wrapped.callsOf(() => vaults.open('ours'));
  expect(calls.filter((call) => call === 'ls-remote' || call === 'fetch')).toEqual(['ls-remote']);
  expect(await (await vaults.open('ours')).lastFetchedAt()).toBeInstanceOf(Date);
});

test('a pull with nothing new is one process', async () => {
  const wrapped = new WrappedGit();
  const [ours] = await new Vaults().two({ a: 'a' });
  expect(await wrapped.callsOf(() => ours.pull())).toEqual(['fetch']);
});

test('a session that writes a thousand files is one pull, one commit, one push: six processes at most', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const ours = await vaults.open('ours', { autoPull: true, autoPush: true });
  const session = (): Promise<void> =>
    ours.syncSession(async () => {
      for (let i = 0; i < 1000; i++) await ours.create(`d${i % 10}/${i}`, { data: String(i) });
    });
  const calls = await wrapped.callsOf(session);
  expect(calls.length).toBeLessThanOrEqual(6);
  for (const command of ['fetch', 'commit', 'push']) {
    expect(calls.filter((call) => call === command)).toHaveLength(1);
  }
  const theirs = await vaults.open('theirs');
  expect(await theirs.globFiles('**')).toHaveLength(1000);
});

test('however often info is asked, it is one git log', async () => {
  const wrapped = new WrappedGit();
  const [ours] = await new Vaults().two({ a: 'a' });
  const calls = await wrapped.callsOf(async () => {
    for (let i = 0; i < 10_000; i++) await ours.info('a');
  });
  expect(calls).toEqual(['log']);
});

test('readers at the same time share one autoPull, and maxStale bounds how often there is one', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const [, theirs] = await vaults.two({ a: 'a' });
  const fresh = await vaults.open('fresh', { autoPull: true });
  const stale = await vaults.open('stale', { autoPull: true, maxStale: 3_600_000 });
  const reads = (vault: typeof fresh) => () => Promise.all(Array.from({ length: 20 }, () => vault.read('a')));
  expect(await wrapped.callsOf(reads(fresh))).toEqual(['fetch']);
  expect(await wrapped.callsOf(reads(fresh))).toEqual(['fetch']);
  expect(await wrapped.callsOf(reads(stale))).toEqual(['fetch']);
  expect(await wrapped.callsOf(reads(stale))).toEqual([]);
  await theirs.update('a', { data: 'b' });
  await theirs.push();
  expect(await fresh.read('a', { binary: false })).toBe('b');
  expect(await stale.read('a', { binary: false })).toBe('a');
});

test('writers at the same time share their pushes; every write is published when it is over', async () => {
  const wrapped = new WrappedGit();
  const vaults = new Vaults();
  const ours = await vaults.open('ours', { autoPush: true });
  const names = Array.from({ length: 20 }, (_, i) => `f${i}`);
  const calls = await wrapped.callsOf(() =>
    Promise.all(names.map((name) => ours.create(name, { data: name }))),
  );
  expect(calls.filter((command) => command === 'push').length).toBeLessThanOrEqual(3);
  expect(await (await vaults.open('theirs')).globFiles('*')).toEqual([...names].sort());
});
