import assert from 'node:assert/strict';
import type { FileBackend } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { byBytes } from '../proving/bytes.ts';
import { mistaken } from '../proving/mistaken.ts';
import { listed } from '../proving/vault-contents.ts';

/** Every operation that takes a path, on the given path. */
function onPath(backend: FileBackend, path: string): Record<string, () => Promise<unknown>> {
  return {
    create: () => backend.create(path, { data: 'x' }),
    'create over': () => backend.create(path, { data: 'x', overwrite: true }),
    read: () => backend.read(path),
    'read of text': () => backend.read(path, { binary: false }),
    update: () => backend.update(path, { data: 'x' }),
    delete: () => backend.delete(path),
    'recursive delete': () => backend.delete(path, { recursive: true }),
    info: () => backend.info(path),
    exists: () => backend.exists(path),
    list: () => listed(backend, path),
    'recursive list': () => listed(backend, path, true),
    'copy from': () => backend.copy(path, 'target'),
    'copy to': () => backend.copy('source', path),
    'copy over': () => backend.copy('source', path, { overwrite: true }),
    'move from': () => backend.move(path, 'target'),
    'move to': () => backend.move('source', path),
    streamRead: () => Array.fromAsync(backend.streamRead(path)),
    streamWrite: () => backend.streamWrite(path, { chunkSource: ['x'] }),
    checksum: () => backend.checksum(path),
    checksumMany: () => backend.checksumMany(['source', path]),
    ...(backend.capabilities.append && { append: () => backend.update(path, { data: 'x', append: true }) }),
    ...(backend.capabilities.emptyDirectories && {
      'create of a directory': () => backend.create(path, { isDirectory: true }),
    }),
  };
}

/** Paths that led out of the root in other libraries. */
const CLIMBING = [
  '..',
  '../',
  '../x',
  '/..',
  '/../x',
  './../x',
  '//../x',
  'a/../../x',
  'a/b/../../../x',
  'a/./../../x',
  'a//..//..//x',
  '../../../../../../etc/passwd',
  '..\\x',
  '\\..\\x',
  'a\\..\\..\\x',
  'a/..\\../x',
  '..\\..\\..\\windows\\win.ini',
  '/a/../../etc/passwd',
  'source/../..',
];

/** Paths that look like a way out, or like another root, and are ordinary paths of the vault. */
const CONFINED: Record<string, string> = {
  '/etc/passwd': 'etc/passwd',
  '//host/share/x': 'host/share/x',
  '\\\\host\\share\\y': 'host/share/y',
  'C:\\Windows\\x': 'C:/Windows/x',
  'file:///etc/x': 'file:/etc/x',
  '%2e%2e/x': '%2e%2e/x',
  '..%2fx': '..%2fx',
  '%2e%2e%2fx': '%2e%2e%2fx',
  '.../x': '.../x',
  '....//x': '..../x',
  '..x/y': '..x/y',
  'x../y': 'x../y',
  '.. /x': '.. /x',
  ' ../x': ' ../x',
  '..;/x': '..;/x',
  '~/x': '~/x',
  '$HOME/x': '$HOME/x',
  '\uFF0E\uFF0E/x': '\uFF0E\uFF0E/x', // full-width dots
  '\u2025/x': '\u2025/x', // two dot leader
  '\u2024\u2024/x': '\u2024\u2024/x',
  '..\u200B/x': '..\u200B/x', // zero-width space
  '..\u2215x': '..\u2215x', // division slash
};

const INVALID = [
  'a\0',
  '\0',
  'a/\0b/c',
  'x'.repeat(256),
  `dir/${'x'.repeat(256)}/file`,
  'é'.repeat(128),
  `${'\u{1F600}'.repeat(64)}`,
  'a\uD800b',
];

/** Names at the root that are f9's own, in spellings that some filesystem takes for the same. */
const RESERVED = ['.f9', '.F9', '/.f9', './.f9', 'a/../.f9', '.f9/x', '.F9/lock', '\\.f9\\x', '//.f9//x'];

export const paths: ConformanceGroup = {
  name: 'paths',
  cases: [
    {
      promises: ['paths.leading-slash', 'paths.backslash', 'paths.dots'],
      title: 'every spelling of a path means the same file',
      run: async (t) => {
        await t.backend.create('/dir\\sub/./x/../a.txt', { data: 'a' });
        const spellings = [
          'dir/sub/a.txt',
          '/dir/sub/a.txt',
          '//dir///sub//a.txt',
          './dir/./sub/./a.txt',
          'dir\\sub\\a.txt',
          '\\dir\\sub/a.txt',
          'other/../dir/sub/a.txt',
          'dir/sub/deeper/../a.txt',
        ];
        for (const path of spellings) {
          assert.equal(await t.backend.read(path, { binary: false }), 'a', path);
          assert.equal((await t.backend.info(path)).path, 'dir/sub/a.txt', path);
          assert.equal(await t.backend.exists(path), true, path);
        }
        assert.deepEqual(await listed(t.backend, '/', true), ['dir', 'dir/sub', 'dir/sub/a.txt']);
      },
    },
    {
      promises: ['paths.dots'],
      title: 'what a write returns names the file as the listing does',
      run: async (t) => {
        assert.equal((await t.backend.create('/x/../a.txt', { data: 'a' })).path, 'a.txt');
        assert.equal((await t.backend.update('./a.txt', { data: 'b' })).path, 'a.txt');
        assert.equal((await t.backend.copy('\\a.txt', '/dir//b.txt')).path, 'dir/b.txt');
        assert.equal((await t.backend.move('/a.txt', 'dir\\c.txt')).path, 'dir/c.txt');
        assert.equal((await t.backend.streamWrite('/d', { chunkSource: [] })).path, 'd');
      },
    },
    {
      promises: ['paths.outside'],
      title: 'no way of climbing out is followed by any operation',
      run: async (t) => {
        await t.backend.create('source', { data: 'source' });
        await t.unchangedBy(async () => {
          for (const path of CLIMBING) {
            for (const run of Object.values(onPath(t.backend, path)))
              await t.rejects(run(), 'PATH_OUTSIDE_ROOT');
          }
        });
      },
    },
    {
      promises: ['paths.outside', 'paths.to-the-byte'],
      title: 'what only looks like a way out is a path in the vault',
      run: async (t) => {
        const kept = Object.entries(CONFINED).filter(([, path]) => t.keepsName(path));
        for (const [given, path] of kept) {
          assert.equal((await t.backend.create(given, { data: path })).path, path);
          assert.equal(await t.backend.read(path, { binary: false }), path);
        }
        const files = await t.backend.globFiles('**', { dot: true });
        assert.deepEqual(files.toSorted(), kept.map(([, path]) => path).toSorted());
      },
    },
    {
      promises: ['paths.symlink-outside'],
      title: 'a symlink that leads out is not followed by any operation, and can be deleted',
      when: declares('symlinks'),
      hook: 'createSymlink',
      run: async (t) => {
        await t.backend.create('source', { data: 'source' });
        for (const target of ['..', '/']) {
          await t.store.createSymlink!(target, 'escape');
          const itself = onPath(t.backend, 'escape');
          for (const name of ['read', 'info', 'list', 'streamRead', 'checksum', 'copy from']) {
            await t.rejects(itself[name]!(), 'PATH_OUTSIDE_ROOT');
          }
          // Nothing is written here: a backend that follows the link would do harm outside the folder around its vault.
          const below = target === '..' ? onPath(t.backend, 'escape/f9-was-here') : {};
          for (const name of ['create', 'create over', 'copy to', 'move to', 'streamWrite']) {
            const write = below[name];
            if (write !== undefined) await t.rejects(write(), 'PATH_OUTSIDE_ROOT');
          }
          assert.deepEqual(await listed(t.backend, '/', true), ['escape', 'source']);
          assert.deepEqual(await t.backend.glob('**', { includeDirs: true }), ['source']);
          await t.backend.delete('escape', { recursive: true });
          assert.deepEqual(await listed(t.backend), ['source']);
        }
      },
    },
    {
      promises: ['paths.invalid'],
      title: 'paths that cannot be are refused by every operation',
      run: async (t) => {
        await t.backend.create('source', { data: 'source' });
        await t.unchangedBy(async () => {
          for (const path of INVALID) {
            for (const run of Object.values(onPath(t.backend, path))) await t.rejects(run(), 'INVALID_PATH');
          }
        });
      },
    },
    {
      promises: ['paths.invalid', 'paths.to-the-byte'],
      title: 'names of 255 bytes are names, in one, two and four bytes a character, and so are deep paths',
      run: async (t) => {
        const names = ['x'.repeat(255), `${'é'.repeat(127)}x`, `${'\u{1F600}'.repeat(63)}abc`];
        for (const name of names) {
          assert.equal(Buffer.byteLength(name), 255);
          await t.backend.create(`dir/${name}`, { data: name });
          await t.holds(`dir/${name}`, name);
        }
        const deep = Array.from({ length: 12 }, (_, i) => `level-${i}-${'y'.repeat(24)}`).join('/');
        await t.backend.create(deep, { data: 'deep' });
        await t.holds(deep, 'deep');
        assert.deepEqual(await listed(t.backend, 'dir'), names.map((name) => `dir/${name}`).sort(byBytes));
      },
    },
    {
      promises: ['paths.wrong-type'],
      title: 'what is no string is refused by every operation',
      run: async (t) => {
        await t.backend.create('source', { data: 'source' });
        await t.unchangedBy(async () => {
          for (const path of [42, null, {}, ['a'], Symbol('a'), new URL('file:///a'), Buffer.from('a')]) {
            const given = mistaken<string>(path);
            for (const run of Object.values(onPath(t.backend, given)))
              await t.rejects(run(), 'INVALID_ARGUMENT');
          }
        });
      },
    },
    {
      promises: ['paths.root'],
      title: 'the root is asked about and listed, before anything was ever written',
      run: async (t) => {
        for (const root of ['/', '.', 'a/..', '\\']) {
          assert.equal(await t.backend.exists(root), true, root);
          const info = await t.backend.info(root);
          assert.deepEqual([info.isDir, info.fileType, info.path], [true, 'directory', ''], root);
          assert.deepEqual(await listed(t.backend, root), [], root);
        }
      },
    },
    {
      promises: ['paths.root'],
      title: 'the root is not created, written, copied, moved or deleted',
      run: async (t) => {
        await t.backend.create('source', { data: 'source' });
        const refused = Object.entries(onPath(t.backend, '/')).filter(
          ([name]) => !/^(info|exists|list|recursive list|read.*|streamRead|checksum.*)$/.test(name),
        );
        await t.unchangedBy(async () => {
          for (const [, run] of refused) await t.rejects(run(), 'INVALID_PATH', { path: '/' });
          await t.rejects(t.backend.delete('dir/..', { recursive: true }), 'INVALID_PATH');
        });
      },
    },
    {
      promises: ['paths.root', 'read.directory'],
      title: 'the root is not read',
      run: async (t) => {
        const where = { path: '/' };
        await t.rejects(t.backend.read('/'), 'IS_DIRECTORY', { operation: 'read', ...where });
        await t.rejects(Array.fromAsync(t.backend.streamRead('/')), 'IS_DIRECTORY', where);
        await t.rejects(t.backend.checksum('/'), 'IS_DIRECTORY', where);
        assert.equal((await t.backend.checksumMany(['/'])).size, 0);
      },
    },
    {
      promises: ['paths.reserved'],
      title: '.f9 at the root is addressed by no operation, in no spelling',
      run: async (t) => {
        await t.backend.create('source', { data: 'source' });
        await t.unchangedBy(async () => {
          for (const path of RESERVED) {
            for (const run of Object.values(onPath(t.backend, path))) await t.rejects(run(), 'INVALID_PATH');
          }
        });
      },
    },
    {
      promises: ['paths.reserved'],
      title:
        'what f9 keeps for itself is neither listed nor matched, and below the root .f9 is a name like others',
      run: async (t) => {
        await t.backend.create('sub/.f9/a', { data: 'a' });
        await t.backend.create('.f99', { data: 'b' });
        await t.backend.syncSession(async (session) => session.create('in-session', { data: 'c' }));
        await t.backend.update('.f99', { data: 'd' });
        const all = ['.f99', 'in-session', 'sub', 'sub/.f9', 'sub/.f9/a'];
        assert.deepEqual(await listed(t.backend, '/', true), all);
        assert.deepEqual(await t.backend.glob('**', { dot: true, includeDirs: true }), all);
        assert.deepEqual(await t.backend.glob('.f9/**', { dot: true, includeDirs: true }), []);
        assert.deepEqual(await t.backend.globDirs('.*'), []);
      },
    },
    {
      promises: ['paths.case'],
      title: 'names that differ in case alone are different files',
      when: declares('caseSensitive'),
      run: async (t) => {
        for (const name of ['A.md', 'a.md', 'DIR/x', 'dir/x']) await t.backend.create(name, { data: name });
        for (const name of ['A.md', 'a.md', 'DIR/x', 'dir/x']) await t.holds(name, name);
        assert.deepEqual(await listed(t.backend), ['A.md', 'DIR', 'a.md', 'dir']);
      },
    },
    {
      promises: ['paths.case'],
      title: 'where case does not count, a name keeps the case it was made with',
      when: lacks('caseSensitive'),
      run: async (t) => {
        await t.backend.create('Note.md', { data: 'x' });
        await t.rejects(t.backend.create('note.md', { data: 'y' }), 'ALREADY_EXISTS');
        assert.deepEqual(await listed(t.backend), ['Note.md']);
      },
    },
  ],
};
