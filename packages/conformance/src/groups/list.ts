import assert from 'node:assert/strict';
import { compareTreeOrder } from '@f9/core/driver';
import { type ConformanceGroup, declares } from '../conformance-case.ts';
import { byBytes } from '../proving/bytes.ts';
import { mistaken } from '../proving/mistaken.ts';
import { listed } from '../proving/vault-contents.ts';

/** Names whose order differs between UTF-8 bytes, UTF-16 units, locales and whole paths. */
const TRICKY = [
  'a/z',
  'a-b',
  'a.b',
  'a b/c',
  'a0/c',
  'B',
  'Z/y',
  'b',
  'é',
  'z',
  'ä/ö',
  '10',
  '9',
  '_',
  '~',
  '\u{1F600}', // four bytes, but as UTF-16 before the next
  '\uFB01', // three bytes
  '\uFFFD',
];

export const list: ConformanceGroup = {
  name: 'list',
  cases: [
    {
      promises: ['list.root'],
      title: 'an empty root lists nothing, whatever way it is written',
      run: async (t) => {
        assert.deepEqual(await listed(t.backend), []);
        for (const root of ['/', '.', './', '//', 'a/..', '\\']) {
          assert.deepEqual(await listed(t.backend, root), [], root);
          assert.deepEqual(await listed(t.backend, root, true), [], root);
        }
      },
    },
    {
      promises: ['list.children', 'list.root'],
      title: 'direct children, files and directories, and nothing from below or beside',
      run: async (t) => {
        for (const path of ['a.txt', 'dir/b.txt', 'dir/sub/c.txt', 'dir2/d.txt', 'dir.txt']) {
          await t.backend.create(path, { data: path });
        }
        assert.deepEqual(await listed(t.backend), ['a.txt', 'dir', 'dir.txt', 'dir2']);
        assert.deepEqual(await listed(t.backend, 'dir'), ['dir/b.txt', 'dir/sub']);
        assert.deepEqual(await listed(t.backend, '/dir/sub/'), ['dir/sub/c.txt']);
        await t.seen(async (fresh) => assert.deepEqual(await listed(fresh, 'dir'), ['dir/b.txt', 'dir/sub']));
      },
    },
    {
      promises: ['list.recursive', 'list.order'],
      title: 'a directory comes before what is in it, and all of that before its next sibling',
      run: async (t) => {
        for (const path of ['b/x', 'b/a/y', 'a', 'c/d/e/f', 'b-1', 'b0'])
          await t.backend.create(path, { data: 'x' });
        const expected = ['a', 'b', 'b/a', 'b/a/y', 'b/x', 'b-1', 'b0', 'c', 'c/d', 'c/d/e', 'c/d/e/f'];
        assert.deepEqual(await listed(t.backend, '/', true), expected);
        assert.deepEqual(await listed(t.backend, 'b', true), ['b/a', 'b/a/y', 'b/x']);
        assert.deepEqual(await listed(t.backend, 'c/d', true), ['c/d/e', 'c/d/e/f']);
      },
    },
    {
      promises: ['list.order'],
      title: 'siblings are ordered by their UTF-8 bytes, not by locale, case or UTF-16',
      run: async (t) => {
        const names = TRICKY.filter((path) => t.keepsName(path));
        for (const path of names) await t.backend.create(path, { data: 'x' });
        const siblings = [...new Set(names.map((path) => path.split('/')[0]!))];
        siblings.sort(byBytes);
        assert.deepEqual(await listed(t.backend), siblings);
        const recursive = await listed(t.backend, '/', true);
        assert.deepEqual(recursive, [...recursive].sort(compareTreeOrder));
        assert.deepEqual(
          recursive.filter((path) => !path.includes('/')),
          siblings,
        );
      },
    },
    {
      promises: ['list.order', 'list.recursive'],
      title: 'many entries come once each and in order',
      run: async (t) => {
        const paths = Array.from({ length: t.scaled(300, 30) }, (_, i) => `d${i % 7}/f${(i * 7919) % 1000}`);
        await Promise.all(paths.map((path) => t.backend.create(path, { data: path, overwrite: true })));
        const directories = [...new Set(paths.map((path) => path.split('/')[0]!))];
        const expected = [...new Set(paths), ...directories].sort(compareTreeOrder);
        assert.deepEqual(await listed(t.backend, '/', true), expected);
        await t.seen(async (fresh) => assert.deepEqual(await listed(fresh, '/', true), expected));
      },
    },
    {
      promises: ['list.missing'],
      title: 'listing nothing is NOT_FOUND, listing a file NOT_DIRECTORY',
      run: async (t) => {
        await t.backend.create('file', { data: 'x' });
        const where = { operation: 'list', path: 'gone' };
        await t.rejects(listed(t.backend, 'gone'), 'NOT_FOUND', where);
        await t.rejects(listed(t.backend, 'gone', true), 'NOT_FOUND', where);
        await t.rejects(listed(t.backend, 'file'), 'NOT_DIRECTORY', { operation: 'list', path: 'file' });
        await t.rejects(listed(t.backend, 'file', true), 'NOT_DIRECTORY');
      },
    },
    {
      promises: ['list.entries'],
      title: 'entries tell files from directories, and what they say of size and etag is so',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'four' });
        const entries = await Array.fromAsync(t.backend.list('/', { recursive: true, etags: true }));
        assert.deepEqual(
          entries.map(({ path, fileType, isDir }) => [path, fileType, isDir]),
          [
            ['dir', 'directory', true],
            ['dir/a.txt', 'file', false],
          ],
        );
        const info = await t.backend.info('dir/a.txt');
        const entry = entries[1]!;
        assert.ok(entry.size === undefined || entry.size === 4, `size ${entry.size}`);
        assert.ok(
          entry.etag === undefined || entry.etag === info.etag,
          `etag ${entry.etag}, by info ${info.etag}`,
        );
      },
    },
    {
      promises: ['list.current'],
      title: 'a listing shows at once what was created, moved and deleted through the same backend',
      run: async (t) => {
        await t.backend.create('a', { data: '1' });
        assert.deepEqual(await listed(t.backend), ['a']);
        await t.backend.create('b', { data: '2' });
        assert.deepEqual(await listed(t.backend), ['a', 'b']);
        await t.backend.move('a', 'c');
        assert.deepEqual(await listed(t.backend), ['b', 'c']);
        await t.backend.delete('b');
        assert.deepEqual(await listed(t.backend), ['c']);
        await t.seen(async (fresh) => assert.deepEqual(await listed(fresh), ['c']));
      },
    },
    {
      promises: ['directories.empty-kept'],
      title: 'empty directories are listed, by this backend and the next',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('empty/inner', { isDirectory: true });
        assert.deepEqual(await listed(t.backend, '/', true), ['empty', 'empty/inner']);
        assert.deepEqual(await listed(t.backend, 'empty/inner'), []);
        await t.seen(async (fresh) =>
          assert.deepEqual(await listed(fresh, '/', true), ['empty', 'empty/inner']),
        );
      },
    },
    {
      promises: ['list.leave-early'],
      title: 'leaving the loop after the first entry frees everything, and the vault works on',
      run: async (t) => {
        for (let i = 0; i < 20; i++) await t.backend.create(`d${i}/f`, { data: 'x' });
        const before = await t.resources();
        for await (const entry of t.backend.list('/', { recursive: true })) {
          assert.equal(entry.path, 'd0');
          break;
        }
        assert.ok((await t.resources()) <= before, 'A listing that was left holds nothing');
        assert.equal((await listed(t.backend)).length, 20);
      },
    },
    {
      promises: ['list.leave-early'],
      title: 'a listing that is never started holds nothing',
      run: async (t) => {
        await t.backend.create('a', { data: 'x' });
        const before = await t.resources();
        t.backend.list('/')[Symbol.asyncIterator]();
        t.backend.list('gone');
        assert.ok((await t.resources()) <= before);
      },
    },
    {
      promises: ['list.during-changes'],
      title: 'a listing goes on while files are added and deleted, and skips or repeats nothing that stays',
      run: async (t) => {
        const stay = Array.from({ length: 12 }, (_, i) => `d/stay-${i}`);
        for (const path of [...stay, 'd/go-1', 'd/go-2', 'd/z-go'])
          await t.backend.create(path, { data: path });
        const found: string[] = [];
        for await (const { path } of t.backend.list('d')) {
          found.push(path);
          if (found.length === 3) {
            for (const gone of ['d/go-1', 'd/go-2', 'd/z-go']) await t.backend.delete(gone);
            await t.backend.create('d/aaa', { data: 'new' });
          }
        }
        const kept = found.filter((path) => path.includes('stay'));
        assert.deepEqual(kept.sort(), [...stay].sort());
        assert.equal(new Set(found).size, found.length, 'No path twice');
      },
    },
    {
      promises: ['list.order', 'list.recursive'],
      title: 'many names around "-", "." and "/" come in the order of the tree, more than a page of them',
      run: async (t) => {
        const paths = Array.from({ length: t.rounds(40, 300) }, (_, i) => `n${i % 100}`).flatMap(
          (name, i) => [`${name}/x${i}`, `${name}-${i}`, `${name}.${i}`, `${name}0${i}/-`],
        );
        for (let start = 0; start < paths.length; start += 16) {
          const some = paths.slice(start, start + 16);
          await Promise.all(some.map((path) => t.backend.create(path, { data: '', overwrite: true })));
        }
        const all = new Set(paths.flatMap((path) => [path, path.split('/')[0]!]));
        const expected = [...all].sort(compareTreeOrder);
        assert.deepEqual(await listed(t.backend, '/', true), expected);
        const children = expected.filter((path) => !path.includes('/'));
        assert.deepEqual(await listed(t.backend), children.sort(byBytes));
        await t.seen(async (fresh) => assert.deepEqual(await listed(fresh, '/', true), expected));
      },
    },
    {
      promises: ['list.max-depth'],
      title: 'maxDepth lists directories at that depth and does not enter them, from wherever it begins',
      run: async (t) => {
        for (const path of ['a', 'b/c', 'b/d/e', 'b/d/f/g/h']) await t.backend.create(path, { data: 'x' });
        const at = async (path: string, maxDepth: number): Promise<string[]> =>
          await Array.fromAsync(t.backend.list(path, { recursive: true, maxDepth }), (entry) => entry.path);
        assert.deepEqual(await at('/', 1), ['a', 'b']);
        assert.deepEqual(await at('/', 2), ['a', 'b', 'b/c', 'b/d']);
        assert.deepEqual(await at('b', 2), ['b/c', 'b/d', 'b/d/e', 'b/d/f']);
        assert.deepEqual(await at('/', 9), await listed(t.backend, '/', true));
        const children = await Array.fromAsync(t.backend.list('/', { maxDepth: 3 }), ({ path }) => path);
        assert.deepEqual(children, ['a', 'b'], 'Without recursive the direct children are all there is');
        for (const maxDepth of [0, -1, 1.5, mistaken<number>('2')]) {
          const none = Array.fromAsync(t.backend.list('/', { recursive: true, maxDepth }));
          await t.rejects(none, 'INVALID_ARGUMENT', { operation: 'list' });
        }
      },
    },
    {
      promises: ['list.etags'],
      title: 'with etags every file has the one that info tells, and each is good for a condition',
      when: declares('ifMatch'),
      run: async (t) => {
        for (const path of ['a', 'dir/b', 'dir/sub/c']) await t.backend.create(path, { data: path });
        for await (const entry of t.backend.list('/', { recursive: true, etags: true })) {
          if (entry.fileType !== 'file') continue;
          assert.equal(entry.etag, (await t.backend.info(entry.path)).etag, entry.path);
          await t.backend.update(entry.path, { data: 'new', ifMatch: entry.etag });
          await t.rejects(
            t.backend.update(entry.path, { data: 'newer', ifMatch: entry.etag }),
            'PRECONDITION_FAILED',
          );
        }
        const children = await Array.fromAsync(t.backend.list('dir', { etags: true }));
        assert.deepEqual(
          children.map(({ path, fileType }) => [path, fileType]),
          [
            ['dir/b', 'file'],
            ['dir/sub', 'directory'],
          ],
        );
      },
    },
    {
      promises: ['list.checksums'],
      title: 'a checksum that a listing with etags tells is the sha256 of what is there now',
      when: declares('ifMatch'),
      run: async (t) => {
        for (const path of ['a', 'dir/b', 'dir/c']) await t.backend.create(path, { data: 'before' });
        // What is summed once may be remembered.
        await t.backend.checksumMany(['a', 'dir/b', 'dir/c']);
        await t.backend.update('dir/b', { data: 'after!' });
        for await (const { path, checksum } of t.backend.list('/', { recursive: true, etags: true })) {
          if (checksum !== undefined) assert.equal(checksum, await t.backend.checksum(path), path);
        }
      },
    },
    {
      promises: ['list.symlink'],
      title: 'a symlink is listed as one, and info tells of what it leads to',
      when: declares('symlinks'),
      hook: 'createSymlink',
      run: async (t) => {
        await t.backend.create('target.txt', { data: 'four' });
        await t.store.createSymlink!('target.txt', 'link');
        const entries = await Array.fromAsync(t.backend.list());
        assert.deepEqual(
          entries.map(({ path, fileType }) => [path, fileType]),
          [
            ['link', 'symlink'],
            ['target.txt', 'file'],
          ],
        );
        const info = await t.backend.info('link');
        assert.deepEqual([info.path, info.fileType, info.size], ['link', 'file', 4]);
        await t.holds('link', 'four');
      },
    },
    {
      promises: ['list.symlink', 'delete.symlink'],
      title: 'a symlink that leads nowhere is listed, is nothing to read, and can be deleted',
      when: declares('symlinks'),
      hook: 'createSymlink',
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        await t.store.createSymlink!('nowhere', 'link');
        assert.deepEqual(await listed(t.backend), ['a', 'link']);
        assert.equal(await t.backend.exists('link'), false);
        await t.rejects(t.backend.read('link'), 'NOT_FOUND', { path: 'link' });
        await t.rejects(t.backend.info('link'), 'NOT_FOUND', { path: 'link' });
        await t.backend.delete('link');
        assert.deepEqual(await listed(t.backend), ['a']);
      },
    },
    {
      promises: ['list.symlink', 'delete.symlink'],
      title: 'a recursive listing does not go through a symlink, and deleting it leaves what it leads to',
      when: declares('symlinks'),
      hook: 'createSymlink',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        await t.store.createSymlink!('dir', 'link');
        assert.deepEqual(await listed(t.backend, '/', true), ['dir', 'dir/a.txt', 'link']);
        await t.backend.delete('link', { recursive: true });
        assert.deepEqual(await listed(t.backend, '/', true), ['dir', 'dir/a.txt']);
        await t.holds('dir/a.txt', 'a');
      },
    },
  ],
};
