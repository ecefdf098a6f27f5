import assert from 'node:assert/strict';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { assertBytes, chunked, noise } from '../proving/bytes.ts';

export const update: ConformanceGroup = {
  name: 'update and append',
  cases: [
    {
      promises: ['update.replaces'],
      title: 'update replaces longer with shorter and shorter with longer',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a long old text' });
        const shorter = await t.backend.update('a.txt', { data: 'new' });
        assert.equal(shorter.size, 3);
        assert.equal(shorter.path, 'a.txt');
        await t.holds('a.txt', 'new', 'a long old text');
        const data = noise(t.scaled(300_000, 20_000));
        assert.equal((await t.backend.update('a.txt', { data })).size, data.length);
        await t.holds('a.txt', data, 'new', 'a long old text');
      },
    },
    {
      promises: ['update.replaces'],
      title: 'update with nothing empties the file',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'old' });
        assert.equal((await t.backend.update('a.txt', { data: '' })).size, 0);
        await t.holds('a.txt', '', 'old');
      },
    },
    {
      promises: ['update.missing'],
      title: 'update of what is not there is NOT_FOUND and makes nothing, not even parents',
      run: async (t) => {
        await t.unchangedBy(async () => {
          const where = { operation: 'update', path: 'dir/a.txt' };
          await t.rejects(t.backend.update('dir/a.txt', { data: 'x' }), 'NOT_FOUND', where);
          await t.rejects(t.backend.update('dir/a.txt', { data: chunked('x', 'y') }), 'NOT_FOUND', where);
        });
      },
    },
    {
      promises: ['update.missing'],
      title: 'a deleted file cannot be updated',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'old' });
        await t.backend.delete('a.txt');
        await t.rejects(t.backend.update('a.txt', { data: 'x' }), 'NOT_FOUND');
        await t.isAbsent('a.txt');
      },
    },
    {
      promises: ['update.directory'],
      title: 'a directory is not updated',
      run: async (t) => {
        await t.backend.create('dir/inside.txt', { data: 'inside' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.update('dir', { data: 'x' }), 'IS_DIRECTORY', { path: 'dir' });
        });
      },
    },
    {
      promises: ['update.keeps-mode'],
      title: 'permissions and owner are the same after the file was replaced, by update and by create',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'old' });
        const { permissions, ownerUid, ownerGid, createdAt } = await t.backend.info('a.txt');
        await t.backend.update('a.txt', { data: 'newer' });
        await t.backend.create('a.txt', { data: 'newest', overwrite: true });
        const after = await t.backend.info('a.txt');
        assert.deepEqual(
          [after.permissions, after.ownerUid, after.ownerGid],
          [permissions, ownerUid, ownerGid],
        );
        assert.equal(createdAt === undefined, after.createdAt === undefined);
      },
    },
    {
      promises: ['append.adds'],
      title: 'what is appended comes after what was there',
      when: declares('append'),
      run: async (t) => {
        await t.backend.create('log', { data: 'one\n' });
        const info = await t.backend.update('log', { data: 'two\n', append: true });
        assert.equal(info.size, 8);
        assert.equal(info.path, 'log');
        await t.backend.update('log', { data: chunked('thr', 'ee\n'), append: true });
        await t.backend.update('log', { data: '', append: true });
        await t.holds('log', 'one\ntwo\nthree\n', 'one\n', 'one\ntwo\n');
      },
    },
    {
      promises: ['append.adds'],
      title: 'append adds to an empty file, and bytes to a large one',
      when: declares('append'),
      run: async (t) => {
        await t.backend.create('log');
        const first = noise(t.scaled(200_000, 10_000), 7);
        await t.backend.update('log', { data: first, append: true });
        await t.backend.update('log', { data: new Uint8Array([0, 255]), append: true });
        assertBytes(await t.backend.read('log'), new Uint8Array([...first, 0, 255]), 'The appended file');
      },
    },
    {
      promises: ['append.missing'],
      title: 'append to what is not there is NOT_FOUND and makes nothing',
      when: declares('append'),
      run: async (t) => {
        await t.unchangedBy(async () => {
          const append = t.backend.update('dir/log', { data: 'x', append: true });
          await t.rejects(append, 'NOT_FOUND', { operation: 'update', path: 'dir/log' });
        });
      },
    },
    {
      promises: ['append.directory'],
      title: 'a directory is not appended to',
      when: declares('append'),
      run: async (t) => {
        await t.backend.create('dir/inside.txt', { data: 'inside' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.update('dir', { data: 'x', append: true }), 'IS_DIRECTORY', {
            path: 'dir',
          });
        });
      },
    },
    {
      promises: ['append.concurrent'],
      title: 'appends that run at the same time all land, each whole',
      when: declares('append'),
      run: async (t) => {
        await t.backend.create('log');
        const lines = Array.from({ length: t.scaled(40, 6) }, (_, i) => `line ${i}\n`);
        await Promise.all(
          lines.map((line, i) =>
            t.backend.update('log', {
              data: i % 3 === 0 ? chunked(line.slice(0, 3), line.slice(3)) : line,
              append: true,
            }),
          ),
        );
        const text = await t.backend.read('log', { binary: false });
        assert.deepEqual(text.split(/(?<=\n)/).sort(), lines.sort());
      },
    },
    {
      promises: ['append.creates'],
      title: 'append with create makes a file, and its directories, and adds to it from then on',
      when: declares('append'),
      run: async (t) => {
        const how = { append: true, create: true } as const;
        const made = await t.backend.update('dir/log', { data: 'one\n', ...how });
        assert.deepEqual([made.path, made.size], ['dir/log', 4]);
        await t.backend.update('dir/log', { data: 'two\n', ...how });
        await t.backend.update('dir/log', { data: chunked('thr', 'ee\n'), ...how });
        await t.backend.update('other', { data: chunked('o', 'ne'), ...how });
        await t.holds('dir/log', 'one\ntwo\nthree\n', 'one\n', 'one\ntwo\n');
        await t.holds('other', 'one');
        await t.rejects(t.backend.update('dir', { data: 'x', ...how }), 'IS_DIRECTORY', { path: 'dir' });
        await t.rejects(t.backend.update('other/x', { data: 'x', ...how }), 'NOT_DIRECTORY');
      },
    },
    {
      promises: ['append.creates'],
      title: 'of appends that make the file at the same time none is lost, and none comes twice',
      when: (backend) => declares('append')(backend) && declares('exclusiveCreate')(backend),
      run: async (t) => {
        for (let round = 0; round < t.rounds(4, 40); round++) {
          const path = `log-${round}`;
          const lines = Array.from({ length: 8 }, (_, i) => `line ${i}\n`);
          await Promise.all(
            lines.map((data) => t.backend.update(path, { data, append: true, create: true })),
          );
          const text = await t.backend.read(path, { binary: false });
          assert.deepEqual(text.split(/(?<=\n)/).sort(), lines);
        }
      },
    },
    {
      promises: ['append.create-arguments'],
      title: 'create without append, and with ifMatch, asks for two opposite things',
      when: declares('append'),
      run: async (t) => {
        await t.backend.create('log', { data: 'one' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.update('new', { data: 'x', create: true }), 'INVALID_ARGUMENT');
          await t.rejects(t.backend.update('log', { data: 'x', create: true }), 'INVALID_ARGUMENT');
          const { etag } = await t.backend.info('log');
          if (t.capabilities.ifMatch === false) return;
          const both = { append: true, create: true, ifMatch: etag! };
          await t.rejects(t.backend.update('log', { data: 'x', ...both }), 'INVALID_ARGUMENT');
        });
      },
    },
    {
      promises: ['append.unsupported'],
      title: 'append is refused',
      when: lacks('append'),
      run: async (t) => {
        await t.backend.create('log', { data: 'one' });
        await t.unchangedBy(async () => {
          await t.rejects(t.backend.update('log', { data: 'two', append: true }), 'UNSUPPORTED', {
            operation: 'update',
          });
        });
      },
    },
  ],
};
