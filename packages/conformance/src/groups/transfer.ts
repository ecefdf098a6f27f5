import assert from 'node:assert/strict';
import { type ConformanceGroup, declares } from '../conformance-case.ts';
import { noise } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { turns } from '../proving/turns.ts';
import { listed, snapshot } from '../proving/vault-contents.ts';

const TREE: Record<string, string> = {
  'dir/a.txt': 'a',
  'dir/.hidden': 'hidden',
  'dir/sub/deep/b.txt': 'b',
  'dir/sub/empty.txt': '',
  'dir/z.txt': 'z',
};

async function plant(t: CaseContext): Promise<void> {
  for (const [path, data] of Object.entries(TREE)) await t.backend.create(path, { data });
}

/** @param older content that other backends may still see in place of `a.txt` */
async function assertTree(t: CaseContext, root: string, ...older: string[]): Promise<void> {
  for (const [path, data] of Object.entries(TREE)) {
    await t.holds(path.replace('dir', root), data, ...(path === 'dir/a.txt' ? older : []));
  }
}

export const transfer: ConformanceGroup = {
  name: 'copy and move',
  cases: [
    {
      promises: ['copy.file'],
      title: 'a copy holds the same bytes, and source and copy go their own ways',
      run: async (t) => {
        const data = noise(t.scaled(300_000, 20_000), 21);
        await t.backend.create('a', { data });
        const info = await t.backend.copy('a', 'x/b');
        assert.deepEqual([info.path, info.size, info.fileType], ['x/b', data.length, 'file']);
        await t.holds('x/b', data);
        await t.backend.update('a', { data: 'changed' });
        await t.holds('x/b', data);
        await t.holds('a', 'changed', data);
      },
    },
    {
      promises: ['move.file'],
      title: 'a moved file is at its new path only',
      run: async (t) => {
        const data = noise(t.scaled(300_000, 20_000), 22);
        await t.backend.create('x/a', { data });
        const info = await t.backend.move('x/a', 'y/b');
        assert.deepEqual([info.path, info.size, info.fileType], ['y/b', data.length, 'file']);
        await t.isAbsent('x/a');
        await t.holds('y/b', data);
        await t.backend.create('x/a', { data: 'another' });
        await t.holds('y/b', data);
      },
    },
    {
      promises: ['transfer.existing'],
      title: 'an existing target is refused, and both files stay as they are',
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        await t.backend.create('b', { data: 'b' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.copy('a', 'b'), 'ALREADY_EXISTS', { operation: 'copy', path: 'b' });
          await t.rejects(t.backend.move('a', 'b'), 'ALREADY_EXISTS', { operation: 'move', path: 'b' });
        });
      },
    },
    {
      promises: ['transfer.existing'],
      title: 'overwrite replaces the target',
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        await t.backend.create('b', { data: 'longer b' });
        await t.backend.copy('a', 'b', { overwrite: true });
        await t.holds('b', 'a', 'longer b');
        await t.backend.create('c', { data: 'c' });
        await t.backend.move('c', 'b', { overwrite: true });
        await t.holds('b', 'c', 'a', 'longer b');
        await t.isAbsent('c');
      },
    },
    {
      promises: ['transfer.directory'],
      title: 'a directory is copied with all that is in it',
      run: async (t) => {
        await plant(t);
        const info = await t.backend.copy('dir', 'to/copy');
        assert.deepEqual([info.path, info.isDir], ['to/copy', true]);
        await assertTree(t, 'to/copy');
        await assertTree(t, 'dir');
        assert.equal(
          (await listed(t.backend, 'to/copy', true)).length,
          (await listed(t.backend, 'dir', true)).length,
        );
      },
    },
    {
      promises: ['transfer.directory'],
      title: 'a directory is moved with all that is in it, and is gone from where it was',
      run: async (t) => {
        await plant(t);
        const info = await t.backend.move('dir', 'to/moved');
        assert.deepEqual([info.path, info.isDir], ['to/moved', true]);
        await assertTree(t, 'to/moved');
        await t.isAbsent('dir');
        assert.ok((await listed(t.backend, '/', true)).every((path) => path.startsWith('to')));
      },
    },
    {
      promises: ['transfer.directory', 'directories.empty-kept'],
      title: 'empty directories are copied and moved as well',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('dir/empty/inner', { isDirectory: true });
        await t.backend.copy('dir', 'copy');
        assert.deepEqual(await listed(t.backend, 'copy', true), ['copy/empty', 'copy/empty/inner']);
        await t.backend.move('dir', 'moved');
        assert.deepEqual(await listed(t.backend, 'moved', true), ['moved/empty', 'moved/empty/inner']);
        await t.isAbsent('dir');
      },
    },
    {
      promises: ['transfer.existing', 'transfer.directory'],
      title: 'an existing directory is refused, and with overwrite joined with what comes',
      run: async (t) => {
        await plant(t);
        await t.backend.create('to/a.txt', { data: 'old a' });
        await t.backend.create('to/own.txt', { data: 'own' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.copy('dir', 'to'), 'ALREADY_EXISTS', { operation: 'copy', path: 'to' });
          await t.rejects(t.backend.move('dir', 'to'), 'ALREADY_EXISTS', { operation: 'move', path: 'to' });
        });
        await t.backend.copy('dir', 'to', { overwrite: true });
        await assertTree(t, 'to', 'old a');
        await t.holds('to/own.txt', 'own');
        await t.backend.move('dir', 'to', { overwrite: true });
        await assertTree(t, 'to');
        await t.isAbsent('dir');
      },
    },
    {
      promises: ['transfer.again'],
      title: 'a copy that was aborted halfway is finished by running it again',
      run: async (t) => {
        await plant(t);
        for (let turns = 0; turns < t.scaled(8, 2); turns++) {
          const controller = new AbortController();
          const copying = t.backend.copy('dir', 'to', { overwrite: true, signal: controller.signal });
          await Promise.all([copying.catch(() => undefined), abortAfter(turns, controller)]);
          for (const path of await t.backend.globFiles('to/**', { dot: true })) {
            const expected = TREE[path.replace('to/', 'dir/')];
            assert.equal(await t.backend.read(path, { binary: false }), expected, `${path} is whole`);
          }
          await t.backend.copy('dir', 'to', { overwrite: true });
          await assertTree(t, 'to');
          await t.backend.delete('to', { recursive: true });
        }
      },
    },
    {
      promises: ['transfer.again', 'move.never-neither'],
      title:
        'a move that was aborted halfway leaves every file at its source or its target, and can be run again',
      run: async (t) => {
        for (let turns = 0; turns < t.scaled(8, 2); turns++) {
          await plant(t);
          const controller = new AbortController();
          const moving = t.backend.move('dir', 'to', { signal: controller.signal });
          await Promise.all([moving.catch(() => undefined), abortAfter(turns, controller)]);
          const now = await snapshot(t.backend);
          for (const path of Object.keys(TREE)) {
            const places = [path, path.replace('dir/', 'to/')].filter((place) => place in now);
            assert.ok(places.length > 0, `${path} is at its source or its target`);
            for (const place of places) {
              assert.equal(await t.backend.read(place, { binary: false }), TREE[path], `${place} is whole`);
            }
          }
          if (await t.backend.exists('dir')) await t.backend.move('dir', 'to', { overwrite: true });
          await assertTree(t, 'to');
          await t.isAbsent('dir');
          await t.backend.delete('to', { recursive: true });
        }
      },
    },
    {
      promises: ['transfer.into-itself'],
      title: 'nothing goes into itself',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        await t.unchangedBy(async () => {
          for (const [from, to] of [
            ['dir', 'dir'],
            ['dir', 'dir/sub'],
            ['dir', 'dir/sub/../deep/er'],
            ['dir/a.txt', 'dir/a.txt'],
            ['dir/a.txt', '/dir/./a.txt'],
          ] as const) {
            for (const overwrite of [false, true]) {
              await t.rejects(t.backend.copy(from, to, { overwrite }), 'INVALID_ARGUMENT', {
                operation: 'copy',
              });
              await t.rejects(t.backend.move(from, to, { overwrite }), 'INVALID_ARGUMENT', {
                operation: 'move',
              });
            }
          }
        });
      },
    },
    {
      promises: ['transfer.into-itself', 'transfer.directory'],
      title: 'a name that only begins the same is another directory',
      run: async (t) => {
        await plant(t);
        await t.backend.copy('dir', 'dir2');
        await t.backend.move('dir2', 'dir-3/dir');
        await assertTree(t, 'dir-3/dir');
        await assertTree(t, 'dir');
      },
    },
    {
      promises: ['create.kinds', 'transfer.directory'],
      title: 'a directory does not replace a file on its way',
      run: async (t) => {
        await plant(t);
        await t.backend.create('file', { data: 'file' });
        await t.unchangedBy(async () => {
          const codes = [
            [false, 'ALREADY_EXISTS'],
            [true, 'NOT_DIRECTORY'],
          ] as const;
          for (const [overwrite, code] of codes) {
            await t.rejects(t.backend.copy('dir', 'file', { overwrite }), code, { path: 'file' });
            await t.rejects(t.backend.move('dir', 'file', { overwrite }), code, { path: 'file' });
          }
        });
      },
    },
  ],
};

async function abortAfter(count: number, controller: AbortController): Promise<void> {
  await turns(count);
  controller.abort();
}
