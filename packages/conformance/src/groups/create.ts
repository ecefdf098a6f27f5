import assert from 'node:assert/strict';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';

export const create: ConformanceGroup = {
  name: 'create',
  cases: [
    {
      promises: ['create.file'],
      title: 'a file holds the data that it was created with',
      run: async (t) => {
        const info = await t.backend.create('note.md', { data: 'Hello, Wörld' });
        assert.equal(info.path, 'note.md');
        assert.equal(info.fileType, 'file');
        assert.equal(info.isDir, false);
        assert.equal(info.size, 13);
        await t.holds('note.md', 'Hello, Wörld');
      },
    },
    {
      promises: ['create.file'],
      title: 'without data the file is empty',
      run: async (t) => {
        assert.equal((await t.backend.create('empty')).size, 0);
        await t.holds('empty', '');
      },
    },
    {
      promises: ['create.parents'],
      title: 'create, streamWrite, copy and move make the directories above',
      run: async (t) => {
        await t.backend.create('a/b/c.txt', { data: 'c' });
        assert.equal((await t.backend.info('a')).isDir, true);
        assert.equal((await t.backend.info('a/b')).fileType, 'directory');
        await t.backend.streamWrite('d/e/f.txt', { chunkSource: ['f'] });
        await t.backend.copy('a/b/c.txt', 'g/h/c.txt');
        await t.backend.move('d/e/f.txt', 'i/j/f.txt');
        for (const directory of ['d/e', 'g/h', 'i/j'].slice(t.capabilities.emptyDirectories ? 0 : 1)) {
          assert.equal((await t.backend.info(directory)).isDir, true, directory);
        }
        await t.holds('i/j/f.txt', 'f');
      },
    },
    {
      promises: ['create.parents', 'create.directory'],
      title: 'a directory is made with the directories above it',
      when: declares('emptyDirectories'),
      run: async (t) => {
        const info = await t.backend.create('x/y/z', { isDirectory: true });
        assert.equal(info.path, 'x/y/z');
        assert.equal(info.isDir, true);
        assert.equal((await t.backend.info('x/y')).isDir, true);
        await t.seen(async (fresh) => assert.equal((await fresh.info('x/y/z')).isDir, true));
      },
    },
    {
      promises: ['create.parent-is-file'],
      title: 'below a file nothing can be written, by whatever operation',
      run: async (t) => {
        const { backend } = t;
        await backend.create('file', { data: 'old' });
        await backend.create('other', { data: 'other' });
        await t.unchangedBy(async () => {
          await t.rejects(backend.create('file/below', { data: 'new' }), 'NOT_DIRECTORY', {
            operation: 'create',
          });
          await t.rejects(backend.create('file/below/deeper', { data: 'new' }), 'NOT_DIRECTORY');
          await t.rejects(backend.create('file/below', { data: 'new', overwrite: true }), 'NOT_DIRECTORY');
          await t.rejects(backend.streamWrite('file/below', { chunkSource: ['new'] }), 'NOT_DIRECTORY');
          await t.rejects(backend.copy('other', 'file/below'), 'NOT_DIRECTORY');
          await t.rejects(backend.move('other', 'file/below'), 'NOT_DIRECTORY');
        });
      },
    },
    {
      promises: ['create.parent-is-file'],
      title: 'below a file no directory can be made',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('file', { data: 'old' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.create('file/below', { isDirectory: true }), 'NOT_DIRECTORY');
        });
      },
    },
    {
      promises: ['create.existing'],
      title: 'create and streamWrite onto an existing file are refused and leave it as it is',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'old' });
        await t.unchangedBy(async () => {
          const where = { path: 'a.txt' };
          await t.rejects(t.backend.create('a.txt', { data: 'new' }), 'ALREADY_EXISTS', where);
          await t.rejects(t.backend.create('a.txt'), 'ALREADY_EXISTS', where);
          await t.rejects(t.backend.streamWrite('a.txt', { chunkSource: ['new'] }), 'ALREADY_EXISTS', where);
        });
      },
    },
    {
      promises: ['create.existing'],
      title: 'another backend on the store refuses as well',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'old' });
        await t.seen(async (fresh) => {
          await fresh.read('a.txt');
          await t.rejects(fresh.create('a.txt', { data: 'new' }), 'ALREADY_EXISTS');
        });
        await t.holds('a.txt', 'old');
      },
    },
    {
      promises: ['create.overwrite'],
      title: 'overwrite replaces longer with shorter, and creates what is missing',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a long old text' });
        const info = await t.backend.create('a.txt', { data: 'new', overwrite: true });
        assert.equal(info.size, 3);
        await t.holds('a.txt', 'new', 'a long old text');
        await t.backend.create('b.txt', { data: 'b', overwrite: true });
        await t.holds('b.txt', 'b');
      },
    },
    {
      promises: ['create.directory-existing'],
      title: 'an existing directory is refused, and with overwrite left with all that is in it',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('dir/inside.txt', { data: 'inside' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.create('dir', { isDirectory: true }), 'ALREADY_EXISTS', { path: 'dir' });
          const info = await t.backend.create('dir', { isDirectory: true, overwrite: true });
          assert.equal(info.isDir, true);
        });
      },
    },
    {
      promises: ['create.directory-data'],
      title: 'a directory has no data, not even empty data',
      run: async (t) => {
        await t.unchangedBy(async () => {
          const create = (data: string): Promise<unknown> =>
            t.backend.create('dir', { isDirectory: true, data });
          await t.rejects(create('text'), 'INVALID_ARGUMENT');
          await t.rejects(create(''), 'INVALID_ARGUMENT');
        });
      },
    },
    {
      promises: ['create.kinds'],
      title: 'a file does not replace a directory',
      run: async (t) => {
        await t.backend.create('dir/inside.txt', { data: 'inside' });
        await t.backend.create('file', { data: 'file' });
        await t.unchangedBy(async () => {
          const replace = { overwrite: true };
          await t.rejects(t.backend.create('dir', { data: 'x', ...replace }), 'IS_DIRECTORY', {
            path: 'dir',
          });
          await t.rejects(t.backend.streamWrite('dir', { chunkSource: ['x'], ...replace }), 'IS_DIRECTORY');
          await t.rejects(t.backend.copy('file', 'dir', replace), 'IS_DIRECTORY');
          await t.rejects(t.backend.move('file', 'dir', replace), 'IS_DIRECTORY');
          await t.rejects(t.backend.create('dir', { data: 'x' }), 'ALREADY_EXISTS');
        });
      },
    },
    {
      promises: ['create.kinds'],
      title: 'a directory does not replace a file',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('file', { data: 'file' });
        await t.unchangedBy(async () => {
          const replace = { isDirectory: true, overwrite: true };
          await t.rejects(t.backend.create('file', { isDirectory: true }), 'ALREADY_EXISTS');
          await t.rejects(t.backend.create('file', replace), 'NOT_DIRECTORY', { path: 'file' });
        });
      },
    },
    {
      promises: ['create.exclusive'],
      title: 'of many creates of one path exactly one wins, and its content stays',
      when: declares('exclusiveCreate'),
      run: async (t) => {
        const contenders = t.scaled(16, 4);
        const results = await Promise.allSettled(
          Array.from({ length: contenders }, (_, i) => t.backend.create('race', { data: `from ${i}` })),
        );
        const winner = results.findIndex(({ status }) => status === 'fulfilled');
        assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1, 'One winner');
        for (const result of results) {
          if (result.status === 'rejected') await t.rejects(Promise.reject(result.reason), 'ALREADY_EXISTS');
        }
        await t.holds('race', `from ${winner}`);
      },
    },
    {
      promises: ['create.exclusive'],
      title: 'creates through two backends on the same store have one winner',
      when: ({ capabilities }) => capabilities.exclusiveCreate === 'native',
      run: async (t) => {
        const backends = [t.backend, await t.another()];
        const results = await Promise.allSettled(
          Array.from({ length: t.scaled(16, 4) }, (_, i) =>
            backends[i % 2]!.create('race', { data: `from ${i}` }),
          ),
        );
        const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
        assert.equal(winners.length, 1, 'One winner');
        await t.holds('race', `from ${winners[0]}`);
      },
    },
    {
      promises: ['create.without-directories'],
      title: 'an empty directory cannot be made',
      when: lacks('emptyDirectories'),
      run: async (t) => {
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.create('dir', { isDirectory: true }), 'UNSUPPORTED', {
            operation: 'create',
          });
        });
      },
    },
  ],
};
