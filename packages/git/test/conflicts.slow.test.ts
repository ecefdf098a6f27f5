import {
  type ConflictKind,
  type ConflictStatus,
  restrict,
  type SyncConflict,
  type SyncFileBackend,
} from '@f9/core';
import { expect, test } from 'vitest';
import { isLong, sample } from '../../../scripts/test/daily.ts';
import type { GitSyncFileBackend } from '../src/index.ts';
import { contentsOf, textOf, Vaults } from './vaults.ts';

/** Long enough for git to see that a changed file is the same file under another name, and like no other. */
const lines = (word: string): string =>
  Array.from({ length: 6 }, (_, i) => `${word} ${i} ${word}\n`).join('');
const changed = (text: string, by: string): string => text.replace(/ 5 .*/, by);

type Files = Record<string, string>;
/** Changes files below a directory. */
type Edit = (vault: SyncFileBackend, at: (path: string) => string) => Promise<unknown>;

interface Kind {
  /** The directory it takes place in. */
  readonly name: string;
  readonly base?: Files;
  readonly ours: Edit;
  readonly theirs: Edit;
  readonly conflict: {
    readonly path: string;
    readonly status: ConflictStatus;
    readonly kind: ConflictKind;
    readonly paths?: readonly string[];
  };
  /** base, local and remote. */
  readonly sides: readonly (string | undefined)[];
  /** What both vaults hold after each way to settle it. */
  readonly local: Files;
  readonly remote: Files;
  readonly both: Files;
  readonly data: Files;
}

const KINDS: readonly Kind[] = [
  {
    name: 'both changed the same line',
    base: { 'plan.md': 'a\nb\nc\n' },
    ours: (vault, at) => vault.update(at('plan.md'), { data: 'a\nours\nc\n' }),
    theirs: (vault, at) => vault.update(at('plan.md'), { data: 'a\ntheirs\nc\n' }),
    conflict: { path: 'plan.md', status: 'UU', kind: 'content' },
    sides: ['a\nb\nc\n', 'a\nours\nc\n', 'a\ntheirs\nc\n'],
    local: { 'plan.md': 'a\nours\nc\n' },
    remote: { 'plan.md': 'a\ntheirs\nc\n' },
    both: { 'plan.md': 'a\nours\nc\n', 'plan (remote).md': 'a\ntheirs\nc\n' },
    data: { 'plan.md': 'settled' },
  },
  {
    name: 'both changed a binary file',
    base: { 'dir/image': 'a\0b' },
    ours: (vault, at) => vault.update(at('dir/image'), { data: 'a\0ours' }),
    theirs: (vault, at) => vault.update(at('dir/image'), { data: 'a\0theirs' }),
    conflict: { path: 'dir/image', status: 'UU', kind: 'binary' },
    sides: ['a\0b', 'a\0ours', 'a\0theirs'],
    local: { 'dir/image': 'a\0ours' },
    remote: { 'dir/image': 'a\0theirs' },
    both: { 'dir/image': 'a\0ours', 'dir/image (remote)': 'a\0theirs' },
    data: { 'dir/image': 'settled' },
  },
  {
    name: 'both added the same path',
    ours: (vault, at) => vault.create(at('new'), { data: 'ours' }),
    theirs: (vault, at) => vault.create(at('new'), { data: 'theirs' }),
    conflict: { path: 'new', status: 'AA', kind: 'content' },
    sides: [undefined, 'ours', 'theirs'],
    local: { new: 'ours' },
    remote: { new: 'theirs' },
    both: { new: 'ours', 'new (remote)': 'theirs' },
    data: { new: 'settled' },
  },
  {
    name: 'deleted there, changed here',
    base: { a: lines('gone') },
    ours: (vault, at) => vault.update(at('a'), { data: 'ours' }),
    theirs: (vault, at) => vault.delete(at('a')),
    conflict: { path: 'a', status: 'UD', kind: 'modify/delete' },
    sides: [lines('gone'), 'ours', undefined],
    local: { a: 'ours' },
    remote: {},
    both: { a: 'ours' },
    data: { a: 'settled' },
  },
  {
    name: 'deleted here, changed there',
    base: { a: lines('lost') },
    ours: (vault, at) => vault.delete(at('a')),
    theirs: (vault, at) => vault.update(at('a'), { data: 'theirs' }),
    conflict: { path: 'a', status: 'DU', kind: 'modify/delete' },
    sides: [lines('lost'), undefined, 'theirs'],
    local: {},
    remote: { a: 'theirs' },
    both: { a: 'theirs' },
    data: { a: 'settled' },
  },
  {
    name: 'renamed and changed here, changed there',
    base: { old: lines('moved') },
    ours: async (vault, at) => {
      await vault.move(at('old'), at('new'));
      await vault.update(at('new'), { data: changed(lines('moved'), 'ours') });
    },
    theirs: (vault, at) => vault.update(at('old'), { data: changed(lines('moved'), 'theirs') }),
    conflict: { path: 'new', status: 'UU', kind: 'content', paths: ['new', 'old'] },
    sides: [lines('moved'), changed(lines('moved'), 'ours'), changed(lines('moved'), 'theirs')],
    local: { new: changed(lines('moved'), 'ours') },
    remote: { new: changed(lines('moved'), 'theirs') },
    both: { new: changed(lines('moved'), 'ours'), 'new (remote)': changed(lines('moved'), 'theirs') },
    data: { new: 'settled' },
  },
  {
    name: 'changed here, renamed and changed there',
    base: { old: lines('named') },
    ours: (vault, at) => vault.update(at('old'), { data: changed(lines('named'), 'ours') }),
    theirs: async (vault, at) => {
      await vault.move(at('old'), at('new'));
      await vault.update(at('new'), { data: changed(lines('named'), 'theirs') });
    },
    // Under the name that it has here.
    conflict: { path: 'old', status: 'UU', kind: 'content', paths: ['old', 'new'] },
    sides: [lines('named'), changed(lines('named'), 'ours'), changed(lines('named'), 'theirs')],
    local: { new: changed(lines('named'), 'ours') },
    remote: { new: changed(lines('named'), 'theirs') },
    both: { new: changed(lines('named'), 'ours'), 'new (remote)': changed(lines('named'), 'theirs') },
    data: { new: 'settled' },
  },
  {
    name: 'renamed here, deleted there',
    base: { old: lines('erased') },
    ours: (vault, at) => vault.move(at('old'), at('new')),
    theirs: (vault, at) => vault.delete(at('old')),
    conflict: { path: 'new', status: 'UD', kind: 'rename/delete', paths: ['new', 'old'] },
    sides: [lines('erased'), lines('erased'), undefined],
    local: { new: lines('erased') },
    remote: {},
    both: { new: lines('erased') },
    data: { new: 'settled' },
  },
  {
    name: 'renamed to two names',
    base: { old: lines('twins') },
    ours: (vault, at) => vault.move(at('old'), at('here')),
    theirs: (vault, at) => vault.move(at('old'), at('there')),
    conflict: { path: 'here', status: 'AU', kind: 'rename/rename', paths: ['here', 'old', 'there'] },
    sides: [lines('twins'), lines('twins'), lines('twins')],
    local: { here: lines('twins') },
    remote: { there: lines('twins') },
    both: { here: lines('twins'), there: lines('twins') },
    data: { here: 'settled' },
  },
  {
    name: 'two files renamed to one name',
    base: { a: lines('merged'), b: lines('other') },
    ours: (vault, at) => vault.move(at('a'), at('c')),
    theirs: (vault, at) => vault.move(at('b'), at('c')),
    conflict: { path: 'c', status: 'AA', kind: 'content', paths: ['c', 'a', 'b'] },
    sides: [undefined, lines('merged'), lines('other')],
    local: { c: lines('merged') },
    remote: { c: lines('other') },
    both: { c: lines('merged'), 'c (remote)': lines('other') },
    data: { c: 'settled' },
  },
  {
    name: 'a file here, a directory there',
    ours: (vault, at) => vault.create(at('a'), { data: 'ours' }),
    theirs: (vault, at) => vault.create(at('a/b/c'), { data: 'theirs' }),
    conflict: { path: 'a', status: 'AU', kind: 'file/directory' },
    sides: [undefined, 'ours', undefined],
    local: { a: 'ours' },
    remote: { 'a/b/c': 'theirs' },
    both: { a: 'ours', 'a (remote)/b/c': 'theirs' },
    data: { a: 'settled' },
  },
  {
    name: 'a directory here, a file there',
    ours: (vault, at) => vault.create(at('a/b/c'), { data: 'ours' }),
    theirs: (vault, at) => vault.create(at('a'), { data: 'theirs' }),
    conflict: { path: 'a', status: 'UA', kind: 'file/directory' },
    sides: [undefined, undefined, 'theirs'],
    local: { 'a/b/c': 'ours' },
    remote: { a: 'theirs' },
    both: { 'a/b/c': 'ours', 'a (remote)': 'theirs' },
    data: { a: 'settled' },
  },
  {
    name: 'a directory that became a file here, changed there',
    base: { 'a/b': lines('folder') },
    ours: async (vault, at) => {
      await vault.delete(at('a'), { recursive: true });
      await vault.create(at('a'), { data: 'ours' });
    },
    theirs: async (vault, at) => {
      await vault.update(at('a/b'), { data: `${lines('folder')}theirs` });
      await vault.create(at('a/c'), { data: 'new there' });
    },
    conflict: { path: 'a', status: 'AU', kind: 'file/directory', paths: ['a', 'a/b'] },
    sides: [undefined, 'ours', undefined],
    local: { a: 'ours' },
    remote: { 'a/b': `${lines('folder')}theirs`, 'a/c': 'new there' },
    both: { a: 'ours', 'a (remote)/b': `${lines('folder')}theirs`, 'a (remote)/c': 'new there' },
    data: { a: 'settled' },
  },
];

const SETTLE = {
  local: (vault: SyncFileBackend, path: string) => vault.conflictAcceptLocal(path),
  remote: (vault: SyncFileBackend, path: string) => vault.conflictAcceptRemote(path),
  both: (vault: SyncFileBackend, path: string) => vault.conflictKeepBoth(path),
  data: (vault: SyncFileBackend, path: string) => vault.conflictResolve(path, { data: 'settled' }),
} as const;

const below =
  ({ name }: Kind) =>
  (path: string): string =>
    `${name}/${path}`;

function filesBelow(kind: Kind, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [below(kind)(path), text]));
}

/** Two vaults with one conflict of each kind, which `theirs` has published. */
async function inConflict(): Promise<readonly [ours: GitSyncFileBackend, theirs: GitSyncFileBackend]> {
  const base = KINDS.map((kind) => filesBelow(kind, kind.base ?? {}));
  const [ours, theirs] = await new Vaults().two(Object.assign({ 'untouched.md': 'as it is' }, ...base));
  for (const kind of KINDS) {
    await kind.ours(ours, below(kind));
    await kind.theirs(theirs, below(kind));
  }
  await theirs.create('another.md', { data: 'from there' });
  await theirs.push();
  await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT', name: 'SyncConflictError' });
  return [ours, theirs];
}

async function sidesOf(conflict: SyncConflict): Promise<(string | undefined)[]> {
  const sides = ['base', 'local', 'remote'] as const;
  return await Promise.all(sides.map(async (side) => textOf(await conflict.read(side))));
}

test('every kind of conflict is reported with all three sides, and nothing of it is to be seen in the vault', async () => {
  const [ours] = await inConflict();
  const before = await contentsOf(ours);
  const report = await ours.conflictReport();
  expect(report).toHaveLength(KINDS.length);
  for (const kind of KINDS) {
    const { path, paths = [path], ...rest } = kind.conflict;
    const conflict = report.find((candidate) => candidate.path === below(kind)(path));
    expect(conflict, kind.name).toMatchObject({ ...rest, paths: paths.map(below(kind)) });
    expect(await sidesOf(conflict!), kind.name).toEqual(kind.sides);
  }
  await expect(ours.push()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  expect(await contentsOf(ours)).toEqual(before);
  expect(before[below(KINDS[0]!)('plan.md')]).toBe('a\nours\nc\n');
});

const WAYS = Object.keys(SETTLE) as (keyof typeof SETTLE)[];

test.each(isLong ? WAYS : sample(WAYS, 2))(
  'every kind of conflict is settled for everybody: %s',
  async (way) => {
    const [ours, theirs] = await inConflict();
    for (const kind of KINDS) await SETTLE[way](ours, below(kind)(kind.conflict.path));
    const settled = KINDS.map((kind) => filesBelow(kind, kind[way]));
    const expected = Object.assign({ 'untouched.md': 'as it is', 'another.md': 'from there' }, ...settled);
    expect(await contentsOf(ours)).toEqual(expected);
    expect(await ours.conflictReport()).toEqual([]);
    await ours.push();
    await theirs.pull();
    expect(await contentsOf(theirs)).toEqual(expected);
  },
);

test('a restricted vault settles no conflict over a rename from or to what may not be written, by either name', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two({ 'closed/old': lines('kept') });
  await ours.update('closed/old', { data: changed(lines('kept'), 'ours') });
  await theirs.move('closed/old', 'notes/new');
  await theirs.update('notes/new', { data: changed(lines('kept'), 'theirs') });
  await theirs.push();
  await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  for (const rules of [{ write: ['notes/**'] }, { write: ['closed/**'] }]) {
    const part = restrict(ours, rules) as SyncFileBackend;
    for (const path of ['notes/new', 'closed/old'])
      await expect(part.conflictAcceptRemote(path)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  }
  const unseen = restrict(ours, { read: ['notes/**'] }) as SyncFileBackend;
  await expect(unseen.conflictAcceptRemote('notes/new')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await ours.conflictReport()).toHaveLength(1);
  await (restrict(ours, { write: ['notes/**', 'closed/**'] }) as SyncFileBackend).conflictAcceptRemote(
    'notes/new',
  );
  expect(await contentsOf(ours)).toEqual({ 'notes/new': changed(lines('kept'), 'theirs') });
});

test('a restricted vault settles no conflict that takes away a directory with something closed in it', async () => {
  const vaults = new Vaults();
  const [ours, theirs] = await vaults.two();
  await ours.create('notes/a', { data: 'a' });
  await ours.create('notes/key', { data: 'key' });
  await theirs.create('notes', { data: 'a file' });
  await theirs.push();
  await expect(ours.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  const part = restrict(ours, { write: { deny: ['**/key'] } }) as SyncFileBackend;
  await expect(part.conflictAcceptRemote('notes')).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    path: 'notes/key',
  });
  expect(await contentsOf(ours)).toEqual({ 'notes/a': 'a', 'notes/key': 'key' });
});
