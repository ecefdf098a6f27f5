import assert from 'node:assert/strict';
import { type FileBackend, readOnly, rememberDirectories, restrict, subdirectory } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { assertBytes } from '../proving/bytes.ts';
import { listed } from '../proving/vault-contents.ts';

/** Every operation that changes something, on a vault that holds `dir/a.txt` and `b.txt`. */
function writes(backend: FileBackend): Record<string, () => Promise<unknown>> {
  const { append, emptyDirectories } = backend.capabilities;
  return {
    create: () => backend.create('new', { data: 'x' }),
    'create over': () => backend.create('b.txt', { data: 'x', overwrite: true }),
    ...(emptyDirectories && { 'create of a directory': () => backend.create('new', { isDirectory: true }) }),
    update: () => backend.update('b.txt', { data: 'x' }),
    ...(append && { append: () => backend.update('b.txt', { data: 'x', append: true }) }),
    delete: () => backend.delete('b.txt'),
    'recursive delete': () => backend.delete('dir', { recursive: true }),
    copy: () => backend.copy('b.txt', 'new'),
    'copy of a directory': () => backend.copy('dir', 'new'),
    move: () => backend.move('b.txt', 'new'),
    'move of a directory': () => backend.move('dir', 'new'),
    streamWrite: () => backend.streamWrite('new', { chunkSource: ['x'] }),
  };
}

export const layers: ConformanceGroup = {
  name: 'layers',
  cases: [
    {
      promises: ['layer.read-only'],
      title: 'readOnly refuses every write with READ_ONLY and changes nothing, in a session too',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        await t.backend.create('b.txt', { data: 'b' });
        await using view = readOnly(t.backend);
        await t.unchangedBy(async () => {
          for (const write of Object.values(writes(view))) await t.rejects(write(), 'READ_ONLY');
          await view.syncSession(async (session) => {
            await t.rejects(session.commit(), 'READ_ONLY', { operation: 'commit' });
            await t.rejects(session.update('b.txt', { data: 'x' }), 'READ_ONLY', {
              operation: 'update',
              path: 'b.txt',
            });
          });
        });
      },
    },
    {
      promises: ['layer.read-only'],
      title: 'readOnly reads as the backend does',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        await t.backend.create('b.txt', { data: 'b' });
        await using view = readOnly(t.backend);
        assertBytes(await view.read('dir/a.txt'), 'a', 'Through readOnly');
        assert.deepEqual(await listed(view, '/', true), await listed(t.backend, '/', true));
        assert.deepEqual(await view.glob('**'), ['b.txt', 'dir/a.txt']);
        assert.equal(await view.checksum('b.txt'), await t.backend.checksum('b.txt'));
        assert.deepEqual((await view.info('b.txt')).toJSON(), (await t.backend.info('b.txt')).toJSON());
        assert.equal((await Array.fromAsync(view.streamRead('b.txt', { binary: false }))).join(''), 'b');
        await t.rejects(view.read('gone'), 'NOT_FOUND', { operation: 'read', path: 'gone' });
      },
    },
    {
      promises: ['layer.restrict'],
      title: 'what may not be read is not there, in no operation, and what may not be written is refused',
      run: async (t) => {
        for (const path of ['dir/a.txt', 'dir/a.secret', 'b.txt', 'closed/c.txt', 'notes/d.txt']) {
          await t.backend.create(path, { data: path });
        }
        await using view = restrict(t.backend, {
          read: { allow: ['**'], deny: ['**/*.secret', 'closed/**'] },
          write: { allow: ['notes/**'] },
        });
        const shown = (await listed(view, '/', true)).filter((path) => path !== 'closed');
        assert.deepEqual(shown, ['b.txt', 'dir', 'dir/a.txt', 'notes', 'notes/d.txt']);
        const files = ['b.txt', 'dir/a.txt', 'notes/d.txt'];
        assert.deepEqual(await view.glob('**'), files);
        const infos = await view.globInfo('**');
        assert.deepEqual(
          infos.map(({ path }) => path),
          files,
        );
        const sums = await view.checksumMany(['b.txt', 'dir/a.secret', 'closed/c.txt']);
        assert.deepEqual([...sums.keys()], ['b.txt']);
        for (const path of ['dir/a.secret', 'closed/c.txt']) {
          assert.equal(await view.exists(path), false, path);
          for (const read of [
            () => view.read(path),
            () => view.info(path),
            () => view.checksum(path),
            () => view.copy(path, 'notes/copy'),
            () => Array.fromAsync(view.streamRead(path)),
          ]) {
            await t.rejects(read(), 'NOT_FOUND');
          }
        }
        await t.unchangedBy(async () => {
          for (const write of Object.values(writes(view))) await t.rejects(write(), 'PERMISSION_DENIED');
          await t.rejects(view.move('b.txt', 'notes/moved.txt'), 'PERMISSION_DENIED', { path: 'b.txt' });
        });
        await view.create('notes/new.txt', { data: 'new' });
        await view.move('notes/new.txt', 'notes/moved.txt');
        await view.copy('b.txt', 'notes/copy.txt');
        await t.holds('notes/moved.txt', 'new');
        await t.holds('notes/copy.txt', 'b.txt');
      },
    },
    {
      promises: ['layer.restrict'],
      title: 'a symlink on the way leads no operation to what may not be read or written',
      when: declares('symlinks'),
      hook: 'createSymlink',
      run: async (t) => {
        await t.backend.create('closed/deep/a.txt', { data: 'a' });
        await t.backend.create('mixed/open.txt', { data: 'open' });
        await t.backend.create('mixed/key', { data: 'key' });
        await t.backend.create('notes/own/b.txt', { data: 'b' });
        for (const [target, name] of [
          ['../closed', 'closed'],
          ['../mixed', 'mixed'],
          ['own', 'here'],
        ] as const) {
          await t.store.createSymlink!(target, `notes/${name}`);
        }
        await using view = restrict(t.backend, {
          read: { deny: ['closed', 'mixed/key'] },
          write: { allow: ['notes/**'] },
        });
        const { emptyDirectories } = t.capabilities;
        await t.unchangedBy(async () => {
          for (const write of [
            () => view.create('notes/closed/new', { data: 'x' }),
            () => view.update('notes/closed/deep/a.txt', { data: 'x' }),
            () => view.delete('notes/closed/deep/a.txt'),
            () => view.delete('notes/closed/deep', { recursive: true }),
            () => view.move('notes/closed/deep/a.txt', 'notes/stolen'),
            () => view.move('notes/closed/deep', 'notes/stolen'),
            () => view.move('notes/own/b.txt', 'notes/closed/b.txt'),
            () => view.delete('notes/mixed/open.txt'),
            ...(emptyDirectories ? [() => view.create('notes/closed/new', { isDirectory: true })] : []),
          ]) {
            await t.rejects(write(), 'PERMISSION_DENIED');
          }
          for (const path of ['notes/closed/deep/a.txt', 'notes/mixed/key']) {
            await t.rejects(view.read(path), 'NOT_FOUND', { path });
            await t.rejects(view.copy(path, 'notes/copy'), 'NOT_FOUND');
          }
        });
        assert.deepEqual(await listed(view, 'notes/mixed', true), ['notes/mixed/open.txt']);
        await view.delete('notes/here/b.txt');
        await view.delete('notes/closed');
        // Without its last file a directory may be none.
        const here = emptyDirectories ? ['notes/here'] : [];
        assert.deepEqual(await listed(t.backend, 'notes'), [...here, 'notes/mixed', 'notes/own']);
        await t.holds('closed/deep/a.txt', 'a');
      },
    },
    {
      promises: ['layer.remember-directories'],
      title: "directories are there without a file, are filled, moved and removed, and are no one else's",
      when: lacks('emptyDirectories'),
      run: async (t) => {
        await using view = rememberDirectories(t.backend);
        assert.equal((await view.create('a/b', { isDirectory: true })).fileType, 'directory');
        assert.deepEqual(await listed(view, '/', true), ['a', 'a/b']);
        assert.deepEqual(await listed(view, 'a/b'), []);
        assert.equal((await view.info('a/b')).isDir, true);
        assert.deepEqual(await view.globDirs('**'), ['a', 'a/b']);
        assert.equal(await t.backend.exists('a'), false, 'The vault itself has none');
        await t.rejects(view.create('a/b', { isDirectory: true }), 'ALREADY_EXISTS');
        await t.rejects(view.delete('a'), 'DIRECTORY_NOT_EMPTY');
        await t.rejects(view.create('a/b', { data: 'x' }), 'ALREADY_EXISTS');
        await view.create('a/b/c.txt', { data: 'c' });
        await view.delete('a/b/c.txt');
        assert.deepEqual(await listed(view, 'a'), ['a/b']);
        await view.move('a', 'z');
        assert.deepEqual(await listed(view, '/', true), ['z', 'z/b']);
        await view.create('z/b/d.txt', { data: 'd' });
        assert.equal(await t.backend.exists('z/b'), true);
        await view.delete('z', { recursive: true });
        assert.equal(await view.exists('z'), false, 'It is gone with its last file');
        assert.deepEqual(await listed(view, '/', true), []);
      },
    },
    {
      promises: ['layer.remember-directories'],
      title: 'where the vault keeps directories itself, it does',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await using view = rememberDirectories(t.backend);
        await view.create('a/b', { isDirectory: true });
        await view.create('a/c.txt', { data: 'c' });
        assert.deepEqual(await listed(t.backend, '/', true), ['a', 'a/b', 'a/c.txt']);
        await view.delete('a', { recursive: true });
        assert.deepEqual(await listed(t.backend), []);
      },
    },
    {
      promises: ['layer.subdirectory'],
      title: 'subdirectory is a vault of its own: what is written there lies below its path in the whole',
      run: async (t) => {
        await using view = subdirectory(t.backend, '/deep/part');
        assert.deepEqual(await listed(view), [], 'It need not exist yet');
        assert.equal(await view.exists('/'), true);
        assert.equal((await view.create('a/b.txt', { data: 'b' })).path, 'a/b.txt');
        await t.backend.create('deep/beside.txt', { data: 'beside' });
        await t.holds('deep/part/a/b.txt', 'b');
        assert.deepEqual(await listed(view, '/', true), ['a', 'a/b.txt']);
        assert.deepEqual(await view.glob('**', { includeDirs: true }), ['a', 'a/b.txt']);
        assert.equal((await view.info('a/b.txt')).path, 'a/b.txt');
        assert.deepEqual([...(await view.checksumMany(['/a/b.txt'])).keys()], ['/a/b.txt']);
        await view.move('a/b.txt', 'c.txt');
        await t.holds('deep/part/c.txt', 'b');
      },
    },
    {
      promises: ['layer.subdirectory', 'paths.outside'],
      title: 'subdirectory is not left, by no operation',
      run: async (t) => {
        await t.backend.create('secret.txt', { data: 'secret' });
        await t.backend.create('part/a.txt', { data: 'a' });
        await using view = subdirectory(t.backend, 'part');
        await t.unchangedBy(async () => {
          const where = { path: '../secret.txt' };
          await t.rejects(view.read('../secret.txt'), 'PATH_OUTSIDE_ROOT', where);
          await t.rejects(view.create('../new.txt'), 'PATH_OUTSIDE_ROOT');
          await t.rejects(view.copy('a.txt', '../new.txt'), 'PATH_OUTSIDE_ROOT');
          await t.rejects(view.copy('/../secret.txt', 'b.txt'), 'PATH_OUTSIDE_ROOT');
          await t.rejects(view.glob('../*'), 'PATH_OUTSIDE_ROOT');
          await t.rejects(view.read('secret.txt'), 'NOT_FOUND');
          await t.rejects(view.delete('/', { recursive: true }), 'INVALID_PATH');
        });
      },
    },
    {
      promises: ['layer.subdirectory'],
      title: 'errors of a subdirectory speak of its own paths',
      run: async (t) => {
        await t.backend.create('outer/part/dir/a.txt', { data: 'a' });
        await using view = subdirectory(subdirectory(t.backend, 'outer'), 'part');
        await t.rejects(view.read('gone.txt'), 'NOT_FOUND', { path: 'gone.txt' });
        await t.rejects(view.create('dir/a.txt'), 'ALREADY_EXISTS', { path: 'dir/a.txt' });
        await t.rejects(view.read('dir'), 'IS_DIRECTORY', { path: 'dir' });
        await t.rejects(view.delete('dir'), 'DIRECTORY_NOT_EMPTY', { path: 'dir' });
        await t.rejects(listed(view, 'gone'), 'NOT_FOUND', { path: 'gone' });
        await t.rejects(Array.fromAsync(view.streamRead('gone')), 'NOT_FOUND', { path: 'gone' });
        await t.rejects(view.copy('gone', 'x'), 'NOT_FOUND', { path: 'gone' });
      },
    },
    {
      promises: ['layer.subdirectory', 'session.one-at-a-time'],
      title: 'sessions of a part and of the whole exclude each other',
      run: async (t) => {
        await using view = subdirectory(t.backend, 'part');
        await using session = await t.backend.syncSession();
        await t.rejects(
          view.syncSession(async () => 1, { timeout: 0 }),
          'LOCK_TIMEOUT',
        );
        await session.create('part/a.txt', { data: 'a' });
        if (t.capabilities.transactional) await session.commit();
        await session[Symbol.asyncDispose]();
        await view.syncSession(async (inner) => {
          assertBytes(await inner.read('a.txt'), 'a', 'In a session of the part');
          assert.equal(await t.backend.syncSession(async () => 'inside', { timeout: 0 }), 'inside');
        });
      },
    },
  ],
};
