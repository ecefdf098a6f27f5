import assert from 'node:assert/strict';
import fs from 'node:fs';
import { MemoryFileBackend, mirror, subdirectory } from '@f9/core';
import type { GitSyncFileBackend } from '../../src/index.ts';
import { LARGE_INDEX } from '../large-index.ts';
import { filesOfOneDirectory } from '../loose-objects.ts';

export type Files = Readonly<Record<string, string>>;

/** A job that is killed at every one of its steps. */
export interface Scenario {
  readonly name: string;
  /** Brings about what is there before. `ours` is the vault whose process is killed, `theirs` has published what it did. */
  prepare(ours: GitSyncFileBackend, theirs: GitSyncFileBackend): Promise<void>;
  /** What another process did to the clone then; `git` runs there. */
  leave?(clone: string, git: (...args: string[]) => string): void;
  /** How things stand when the job opens the vault, where that is what is killed. Default: it is open when the job begins. */
  readonly begins?: 'without a clone' | 'with a clone';
  /** The job; `done` is called with the name of what has been acknowledged. */
  run(vault: GitSyncFileBackend, done: (name: string) => void): Promise<void>;
  /** What may be in the vault when it is opened again: by path, the contents it may have, `undefined` for no such file. */
  readonly allowed: Readonly<Record<string, readonly (string | undefined)[]>>;
  /** What must be in the vault once `name` was acknowledged. */
  readonly promised?: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
  /** What the user does then. Default: `sync`. */
  finish?(vault: GitSyncFileBackend): Promise<void>;
  /** What is in the vault, and at the remote, in the end; where it depends on how far the job got, only that both are the same. */
  readonly final?: Files;
  /** The remote must be at the very commit that it was at: nothing of what came from it is taken for an edit. */
  readonly publishesNothing?: boolean;
}

export const BASE: Files = {
  '.gitignore': '*.log\n',
  a: '1\n2\n3\n4\n5\n',
  b: 'b',
  'dir/c': 'c',
  gone: 'gone',
  swap: 'a file',
};

const LARGE = 'large '.repeat(40_000);

/** What `theirs` publishes: files changed, added, deleted, and a file that becomes a directory. */
async function changeThere(theirs: GitSyncFileBackend): Promise<void> {
  await theirs.update('a', { data: 'ONE\n2\n3\n4\n5\n' });
  await theirs.create('new/there', { data: 'there' });
  await theirs.delete('gone');
  await theirs.delete('swap');
  await theirs.create('swap/now', { data: 'a directory' });
  await theirs.push();
}

const ALLOWED_WHILE_PULLING = {
  '.gitignore': ['*.log\n'],
  a: ['1\n2\n3\n4\n5\n', 'ONE\n2\n3\n4\n5\n'],
  b: ['b'],
  'dir/c': ['c'],
  gone: ['gone', undefined],
  swap: ['a file', undefined],
  'swap/now': ['a directory', undefined],
  'new/there': ['there', undefined],
};

const PULLED: Files = {
  '.gitignore': '*.log\n',
  a: 'ONE\n2\n3\n4\n5\n',
  b: 'b',
  'dir/c': 'c',
  'new/there': 'there',
  'swap/now': 'a directory',
};

async function changeHere(ours: GitSyncFileBackend): Promise<void> {
  await ours.update('a', { data: '1\n2\n3\n4\nFIVE\n' });
  await ours.create('here.log', { data: 'ignored by git' });
  await ours.move('dir/c', 'moved/c');
}

const CHANGED_HERE: Files = {
  '.gitignore': '*.log\n',
  a: '1\n2\n3\n4\nFIVE\n',
  b: 'b',
  gone: 'gone',
  'here.log': 'ignored by git',
  'moved/c': 'c',
  swap: 'a file',
};

async function changeBothSides(ours: GitSyncFileBackend, theirs: GitSyncFileBackend): Promise<void> {
  await changeThere(theirs);
  await changeHere(ours);
}

const ALLOWED_WHILE_MERGING = {
  ...ALLOWED_WHILE_PULLING,
  a: ['1\n2\n3\n4\nFIVE\n', 'ONE\n2\n3\n4\nFIVE\n'],
  'dir/c': [undefined],
  'moved/c': ['c'],
  'here.log': ['ignored by git'],
};

const MERGED: Files = {
  '.gitignore': '*.log\n',
  a: 'ONE\n2\n3\n4\nFIVE\n',
  b: 'b',
  'here.log': 'ignored by git',
  'moved/c': 'c',
  'new/there': 'there',
  'swap/now': 'a directory',
};

/** So many that objects are packed. */
const MANY: Files = filesOfOneDirectory(27);

const TREE: Files = { 'tree/a': 'A', 'tree/b': 'B', 'tree/sub/c': 'C' };

/** What comes over a copy of `TREE`. */
const MIRRORED: Files = { a: 'another', b: 'B', new: 'new' };

const nothing = async (): Promise<void> => undefined;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'write',
    prepare: nothing,
    run: async (vault, done) => {
      await vault.create('new/x', { data: 'x' });
      done('create');
      await vault.update('b', { data: 'B' });
      done('update');
      await vault.update('a', { data: '6\n', append: true });
      done('append');
      await vault.move('dir/c', 'moved/c');
      done('move');
      await vault.delete('gone');
      done('delete');
      await vault.streamWrite('large.log', { chunkSource: [LARGE, LARGE] });
      done('streamWrite');
      await vault.edit('swap', (bytes) => `${Buffer.from(bytes)}, edited`);
      done('edit');
      await vault.update('new/log', { data: 'one', append: true, create: true });
      done('append that makes the file');
      const [version] = await Array.fromAsync(vault.history('gone', { limit: 1 }));
      await vault.restore('gone', { version: version!.version });
      done('restore');
    },
    allowed: {
      '.gitignore': ['*.log\n'],
      a: ['1\n2\n3\n4\n5\n', '1\n2\n3\n4\n5\n6\n'],
      b: ['b', 'B'],
      'dir/c': ['c', undefined],
      gone: ['gone', undefined],
      'large.log': [undefined, LARGE + LARGE],
      'moved/c': ['c', undefined],
      'new/log': ['one', undefined],
      'new/x': ['x', undefined],
      swap: ['a file', 'a file, edited'],
    },
    promised: {
      create: { 'new/x': 'x' },
      update: { b: 'B' },
      append: { a: '1\n2\n3\n4\n5\n6\n' },
      move: { 'dir/c': undefined, 'moved/c': 'c' },
      streamWrite: { 'large.log': LARGE + LARGE },
      edit: { swap: 'a file, edited' },
      'append that makes the file': { 'new/log': 'one' },
      restore: { gone: 'gone' },
    },
  },
  {
    name: 'many files at once',
    prepare: async (ours) => {
      for (const [path, data] of Object.entries(TREE)) await ours.create(path, { data });
    },
    run: async (vault, done) => {
      await vault.copy('tree', 'copied');
      done('copy');
      await vault.move('tree', 'moved');
      done('move');
      await vault.delete('moved', { recursive: true });
      done('delete');
      const source = new MemoryFileBackend();
      for (const [path, data] of Object.entries(MIRRORED)) await source.create(path, { data });
      const { failed } = await mirror(source, subdirectory(vault, 'copied'), { prune: true });
      assert.deepEqual(failed, []);
      done('mirror');
    },
    allowed: {
      ...Object.fromEntries(Object.entries(BASE).map(([path, text]) => [path, [text]])),
      ...Object.fromEntries(
        Object.entries(TREE).flatMap(([path, text]) => [
          [path, [text, undefined]],
          [path.replace('tree', 'moved'), [text, undefined]],
          [path.replace('tree', 'copied'), [text, MIRRORED[path.slice('tree/'.length)], undefined]],
        ]),
      ),
      'copied/new': ['new', undefined],
    },
    promised: {
      copy: { 'copied/b': 'B' },
      move: { 'tree/b': undefined },
      delete: { 'moved/b': undefined },
      mirror: { 'copied/a': 'another', 'copied/new': 'new', 'copied/sub/c': undefined },
    },
  },
  {
    name: 'commit and push',
    prepare: (ours) => changeHere(ours),
    run: (vault) => vault.push(),
    allowed: Object.fromEntries(Object.entries(CHANGED_HERE).map(([path, text]) => [path, [text]])),
    final: CHANGED_HERE,
  },
  {
    name: 'commit and push in a large vault',
    prepare: async (ours) => {
      for (const [path, data] of Object.entries(LARGE_INDEX)) await ours.create(path, { data });
      await ours.push();
      await changeHere(ours);
    },
    run: (vault) => vault.push(),
    allowed: Object.fromEntries(
      Object.entries({ ...CHANGED_HERE, ...LARGE_INDEX }).map(([path, text]) => [path, [text]]),
    ),
    final: { ...CHANGED_HERE, ...LARGE_INDEX },
  },
  {
    name: 'push and pack objects',
    prepare: async (ours) => {
      for (const [path, data] of Object.entries(MANY)) await ours.create(path, { data });
    },
    run: (vault) => vault.push(),
    allowed: Object.fromEntries(Object.entries({ ...BASE, ...MANY }).map(([path, text]) => [path, [text]])),
    final: { ...BASE, ...MANY },
  },
  {
    name: 'pull',
    prepare: (_, theirs) => changeThere(theirs),
    run: (vault) => vault.pull(),
    allowed: ALLOWED_WHILE_PULLING,
    final: PULLED,
    publishesNothing: true,
  },
  {
    name: 'pull and merge',
    prepare: changeBothSides,
    run: (vault) => vault.pull(),
    allowed: ALLOWED_WHILE_MERGING,
    final: MERGED,
  },
  {
    name: 'push what others overtook',
    prepare: changeBothSides,
    run: (vault) => vault.push(),
    allowed: ALLOWED_WHILE_MERGING,
    final: MERGED,
  },
  {
    name: 'make anew what the remote refused',
    prepare: async (ours, theirs) => {
      await theirs.create('there', { data: 'there' });
      await theirs.push();
      await ours.create('secret', { data: 'a secret' });
      await ours.create('good', { data: 'good' });
      // Commits, and merges.
      await ours.pull();
      await ours.delete('secret');
    },
    leave: (clone, git) => {
      fs.writeFileSync(`${clone}/.git/f9/refused`, JSON.stringify({ commit: git('rev-parse', 'HEAD') }));
      const hooks = `${clone}/../remote.git/hooks`;
      fs.mkdirSync(hooks, { recursive: true });
      const lines = [
        '#!/bin/sh',
        'read old new ref',
        '! git log --format= --name-only "$new" --not --all | grep -q "^secret$"',
      ];
      fs.writeFileSync(`${hooks}/pre-receive`, `${lines.join('\n')}\n`, { mode: 0o755 });
    },
    run: (vault) => vault.push(),
    allowed: {
      ...Object.fromEntries(Object.entries(BASE).map(([path, text]) => [path, [text]])),
      there: ['there'],
      good: ['good'],
      secret: [undefined],
    },
    final: { ...BASE, there: 'there', good: 'good' },
  },
  {
    name: 'take the remote over what is in the way',
    prepare: async (ours, theirs) => {
      await theirs.create('way.log', { data: 'theirs' });
      await theirs.push();
      await ours.update('a', { data: 'mine' });
    },
    leave: (clone) => fs.writeFileSync(`${clone}/way.log`, 'private'),
    run: async (vault) => {
      await vault.abandonLocalChanges();
    },
    allowed: {
      ...Object.fromEntries(Object.entries(BASE).map(([path, text]) => [path, [text]])),
      a: [BASE.a, 'mine'],
      'way.log': ['private', undefined, 'theirs'],
    },
    finish: async (vault) => {
      await vault.abandonLocalChanges();
    },
    final: { ...BASE, 'way.log': 'theirs' },
    publishesNothing: true,
  },
  {
    name: 'resolve',
    prepare: async (ours, theirs) => {
      await theirs.update('a', { data: 'theirs' });
      await theirs.update('b', { data: 'theirs' });
      await theirs.push();
      await ours.update('a', { data: 'ours' });
      await ours.update('b', { data: 'ours' });
      await ours.pull().catch(() => undefined);
    },
    run: async (vault) => {
      await vault.conflictAcceptRemote('a');
      await vault.conflictKeepBoth('b');
    },
    allowed: {
      '.gitignore': ['*.log\n'],
      a: ['ours', 'theirs'],
      b: ['ours'],
      'b (remote)': ['theirs', undefined],
      'dir/c': ['c'],
      gone: ['gone'],
      swap: ['a file'],
    },
    finish: async (vault) => {
      for (const { path } of await vault.conflictReport()) {
        await (path === 'a' ? vault.conflictAcceptRemote(path) : vault.conflictKeepBoth(path));
      }
      await vault.sync();
    },
    final: { ...BASE, a: 'theirs', b: 'ours', 'b (remote)': 'theirs' },
  },
  {
    name: 'session',
    prepare: (_, theirs) => changeThere(theirs),
    run: async (vault, done) => {
      await vault.syncSession(
        async () => {
          await vault.update('b', { data: 'B' });
          done('update');
          await vault.create('new/here', { data: 'here' });
        },
        { pull: true, push: true },
      );
      done('session');
    },
    allowed: { ...ALLOWED_WHILE_PULLING, b: ['b', 'B'], 'new/here': ['here', undefined] },
    promised: { update: { b: 'B' }, session: { ...PULLED, b: 'B', 'new/here': 'here' } },
  },
  {
    name: 'abandon',
    prepare: changeBothSides,
    run: async (vault) => {
      await vault.abandonLocalChanges();
    },
    allowed: {
      ...ALLOWED_WHILE_MERGING,
      a: ['1\n2\n3\n4\nFIVE\n', 'ONE\n2\n3\n4\n5\n'],
      'dir/c': ['c', undefined],
      'moved/c': ['c', undefined],
      'here.log': ['ignored by git', undefined],
    },
    finish: async (vault) => {
      await vault.abandonLocalChanges();
    },
    final: PULLED,
    publishesNothing: true,
  },
  {
    name: 'clone',
    begins: 'without a clone',
    prepare: nothing,
    run: nothing,
    allowed: Object.fromEntries(Object.entries(BASE).map(([path, text]) => [path, [text]])),
    final: BASE,
    publishesNothing: true,
  },
  {
    name: 'open after a crash',
    prepare: (_, theirs) => changeThere(theirs),
    leave: (clone, git) => {
      git('fetch', '--quiet', 'origin');
      const [from, to] = ['HEAD', 'origin/main'].map((name) => git('rev-parse', name));
      fs.writeFileSync(`${clone}/.git/f9/in-use`, '');
      fs.writeFileSync(`${clone}/.git/f9/checkout`, JSON.stringify({ from, to }));
      fs.writeFileSync(`${clone}/.git/index.lock`, '');
      fs.rmSync(`${clone}/gone`);
    },
    begins: 'with a clone',
    run: nothing,
    allowed: {
      '.gitignore': ['*.log\n'],
      a: [PULLED.a],
      b: ['b'],
      'dir/c': ['c'],
      'new/there': ['there'],
      'swap/now': ['a directory'],
    },
    final: PULLED,
    publishesNothing: true,
  },
  {
    name: 'open after a merge that another tool left',
    prepare: async (ours, theirs) => {
      await theirs.update('a', { data: 'theirs' });
      await theirs.update('b', { data: 'theirs' });
      await theirs.push();
      await ours.update('a', { data: 'ours' });
      await ours.pull().catch(() => undefined);
    },
    leave: (clone, git) => {
      assert.throws(() => git('merge', 'origin/main'));
      fs.writeFileSync(`${clone}/dir/c`, 'edited');
    },
    begins: 'with a clone',
    run: nothing,
    allowed: {
      '.gitignore': ['*.log\n'],
      a: ['ours'],
      b: ['b'],
      'dir/c': ['edited'],
      gone: ['gone'],
      swap: ['a file'],
    },
    finish: async (vault) => {
      await vault.pull().catch(() => undefined);
      await vault.conflictAcceptLocal('a');
      await vault.sync();
    },
    final: { ...BASE, a: 'ours', b: 'theirs', 'dir/c': 'edited' },
  },
];
