import assert from 'node:assert/strict';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { listed } from '../proving/vault-contents.ts';

export const remove: ConformanceGroup = {
  name: 'delete',
  cases: [
    {
      promises: ['delete.removes', 'list.current'],
      title: 'a deleted file is gone for every operation',
      run: async (t) => {
        await t.backend.create('keep.txt', { data: 'keep' });
        await t.backend.create('a.txt', { data: 'a' });
        assert.equal(await t.backend.delete('a.txt'), undefined);
        await t.rejects(t.backend.read('a.txt'), 'NOT_FOUND');
        await t.rejects(t.backend.info('a.txt'), 'NOT_FOUND');
        assert.deepEqual(await listed(t.backend), ['keep.txt']);
        assert.deepEqual(await t.backend.glob('*'), ['keep.txt']);
        await t.isAbsent('a.txt');
        await t.seen(async (fresh) => assert.deepEqual(await listed(fresh), ['keep.txt']));
      },
    },
    {
      promises: ['delete.removes'],
      title: 'a path can be created again after it was deleted',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'first' });
        await t.backend.delete('a.txt');
        await t.backend.create('a.txt', { data: 'second' });
        await t.holds('a.txt', 'second', 'first');
      },
    },
    {
      promises: ['delete.removes', 'directories.empty-kept'],
      title: 'an empty directory is deleted, and one whose last file is deleted stays',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('a/b', { isDirectory: true });
        await t.backend.delete('a/b');
        await t.isAbsent('a/b');
        assert.equal((await t.backend.info('a')).isDir, true);
        await t.backend.create('c/file', { data: 'x' });
        await t.backend.delete('c/file');
        assert.equal((await t.backend.info('c')).isDir, true);
        assert.deepEqual(await listed(t.backend), ['a', 'c']);
        await t.seen(async (fresh) => assert.deepEqual(await listed(fresh), ['a', 'c']));
      },
    },
    {
      promises: ['directories.empty-gone'],
      title: 'a directory goes with the last file in it',
      when: lacks('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('c/d/file', { data: 'x' });
        assert.deepEqual(await listed(t.backend, '/', true), ['c', 'c/d', 'c/d/file']);
        await t.backend.delete('c/d/file');
        assert.deepEqual(await listed(t.backend, '/', true), []);
        await t.isAbsent('c/d');
        await t.isAbsent('c');
      },
    },
    {
      promises: ['delete.missing'],
      title: 'deleting what is not there is NOT_FOUND, also the second time and with recursive',
      run: async (t) => {
        await t.rejects(t.backend.delete('a.txt'), 'NOT_FOUND', { operation: 'delete', path: 'a.txt' });
        await t.rejects(t.backend.delete('a.txt', { recursive: true }), 'NOT_FOUND');
        await t.backend.create('a.txt', { data: 'a' });
        await t.backend.delete('a.txt');
        await t.rejects(t.backend.delete('a.txt'), 'NOT_FOUND');
        await t.rejects(t.backend.delete('no/such/dir/a.txt'), 'NOT_FOUND');
      },
    },
    {
      promises: ['delete.not-empty'],
      title: 'a directory with something in it is not deleted, and keeps it',
      run: async (t) => {
        await t.backend.create('dir/sub/a.txt', { data: 'a' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.delete('dir'), 'DIRECTORY_NOT_EMPTY', {
            operation: 'delete',
            path: 'dir',
          });
          await t.rejects(t.backend.delete('dir/sub', { recursive: false }), 'DIRECTORY_NOT_EMPTY');
        });
      },
    },
    {
      promises: ['delete.not-empty'],
      title: 'a directory that holds only an empty directory is not empty',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('dir/sub', { isDirectory: true });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.delete('dir'), 'DIRECTORY_NOT_EMPTY');
        });
      },
    },
    {
      promises: ['delete.recursive'],
      title: 'a tree goes with all that is in it, its namesakes and neighbours stay',
      run: async (t) => {
        const stay = ['dir.txt', 'dir-2/a.txt', 'di/a.txt', 'other/dir/a.txt', 'dir2/a.txt'];
        const go = ['dir/a.txt', 'dir/.hidden', 'dir/sub/deep/er/b.txt', 'dir/sub/c.txt'];
        for (const path of [...stay, ...go]) await t.backend.create(path, { data: path });
        await t.backend.delete('dir', { recursive: true });
        await t.isAbsent('dir');
        for (const path of go) assert.equal(await t.backend.exists(path), false, path);
        for (const path of stay) await t.holds(path, path);
        assert.deepEqual(await t.backend.globFiles('**', { dot: true }), stay.sort());
      },
    },
    {
      promises: ['delete.recursive'],
      title: 'recursive deletes a single file and an empty directory as well',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a' });
        await t.backend.delete('a.txt', { recursive: true });
        await t.isAbsent('a.txt');
        if (!t.capabilities.emptyDirectories) return;
        await t.backend.create('dir', { isDirectory: true });
        await t.backend.delete('dir', { recursive: true });
        await t.isAbsent('dir');
      },
    },
    {
      promises: ['delete.removes'],
      title: 'of many deletes of one file exactly one succeeds',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a' });
        const results = await Promise.allSettled(Array.from({ length: 8 }, () => t.backend.delete('a.txt')));
        const failures = results.filter((result) => result.status === 'rejected');
        assert.equal(failures.length, 7, 'Seven of eight');
        for (const { reason } of failures) await t.rejects(Promise.reject(reason), 'NOT_FOUND');
        await t.isAbsent('a.txt');
      },
    },
  ],
};
