import assert from 'node:assert/strict';
import type { FileInfo } from '@f9/core';
import { type ConformanceGroup, declares } from '../conformance-case.ts';
import { assertBytes, bytes, noise } from '../proving/bytes.ts';

export const read: ConformanceGroup = {
  name: 'read',
  cases: [
    {
      promises: ['read.bytes'],
      title: 'every byte value comes back',
      run: async (t) => {
        const data = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
        await t.backend.create('bytes', { data });
        await t.holds('bytes', data);
      },
    },
    {
      promises: ['read.bytes'],
      title: 'files of awkward sizes come back whole',
      run: async (t) => {
        const sizes =
          t.scaled(1, 0) === 1 ? [1, 511, 8191, 8192, 8193, 65_535, 65_536, 65_537, 1_048_577] : [1, 8193];
        for (const size of sizes) await t.backend.create(`sizes/${size}`, { data: noise(size, size) });
        for (const size of sizes) {
          assertBytes(await t.backend.read(`sizes/${size}`), noise(size, size), `The file of ${size} bytes`);
          assert.equal((await t.backend.info(`sizes/${size}`)).size, size);
        }
      },
    },
    {
      promises: ['read.bytes'],
      title: 'bytes that look like line ends, ends of file or text of another encoding are not touched',
      run: async (t) => {
        const data = new Uint8Array([13, 10, 10, 13, 26, 0, 255, 254, 239, 187, 191, 195, 40]);
        await t.backend.create('a.txt', { data });
        await t.holds('a.txt', data);
      },
    },
    {
      promises: ['read.range'],
      title: 'a range is exact, and past the end there is less or nothing',
      run: async (t) => {
        await t.backend.create('a.txt', { data: '0123456789' });
        const table: [offset: number | undefined, length: number | undefined, expected: string][] = [
          [0, 10, '0123456789'],
          [0, 0, ''],
          [3, undefined, '3456789'],
          [undefined, 4, '0123'],
          [3, 4, '3456'],
          [9, 1, '9'],
          [8, 100, '89'],
          [10, undefined, ''],
          [10, 5, ''],
          [1000, 5, ''],
        ];
        for (const [offset, length, expected] of table) {
          const range = {
            ...(offset === undefined ? {} : { offset }),
            ...(length === undefined ? {} : { length }),
          };
          assertBytes(await t.backend.read('a.txt', range), expected, `read of ${JSON.stringify(range)}`);
        }
      },
    },
    {
      promises: ['read.range'],
      title: 'a range in the middle of a large file is exact',
      run: async (t) => {
        const data = noise(t.scaled(400_000, 30_000), 3);
        await t.backend.create('large', { data });
        for (const [offset, length] of [
          [8191, 3],
          [12_345, 10_000],
          [data.length - 5, 10],
        ] as const) {
          const expected = data.subarray(offset, offset + length);
          assertBytes(
            await t.backend.read('large', { offset, length }),
            expected,
            `${length} bytes at ${offset}`,
          );
        }
      },
    },
    {
      promises: ['read.range-invalid'],
      title: 'negative, broken and endless ranges are refused',
      run: async (t) => {
        await t.backend.create('a.txt', { data: '0123456789' });
        for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
          await t.rejects(t.backend.read('a.txt', { offset: value }), 'INVALID_ARGUMENT', {
            operation: 'read',
          });
          await t.rejects(t.backend.read('a.txt', { length: value }), 'INVALID_ARGUMENT');
          const stream = t.backend.streamRead('a.txt', { offset: value });
          await t.rejects(Array.fromAsync(stream), 'INVALID_ARGUMENT', { operation: 'streamRead' });
        }
      },
    },
    {
      promises: ['read.directory'],
      title: 'a directory is not read, whole or as a stream, nor summed',
      run: async (t) => {
        await t.backend.create('dir/inside.txt', { data: 'inside' });
        const where = { path: 'dir' };
        await t.rejects(t.backend.read('dir'), 'IS_DIRECTORY', { operation: 'read', ...where });
        await t.rejects(t.backend.read('dir', { binary: false }), 'IS_DIRECTORY', where);
        await t.rejects(Array.fromAsync(t.backend.streamRead('dir')), 'IS_DIRECTORY', {
          operation: 'streamRead',
          ...where,
        });
        await t.rejects(t.backend.checksum('dir'), 'IS_DIRECTORY', where);
      },
    },
    {
      promises: ['read.directory'],
      title: 'an empty directory is not read',
      when: declares('emptyDirectories'),
      run: async (t) => {
        await t.backend.create('dir', { isDirectory: true });
        await t.rejects(t.backend.read('dir'), 'IS_DIRECTORY');
        await t.rejects(Array.fromAsync(t.backend.streamRead('dir')), 'IS_DIRECTORY');
      },
    },
    {
      promises: ['read.missing'],
      title: 'every operation on what is not there says NOT_FOUND with its own name and path',
      run: async (t) => {
        const { backend } = t;
        const where = (operation: string): object => ({ operation, path: 'gone/a.txt' });
        await t.unchangedBy(async () => {
          await t.rejects(backend.read('gone/a.txt'), 'NOT_FOUND', where('read'));
          await t.rejects(backend.read('gone/a.txt', { offset: 2, length: 3 }), 'NOT_FOUND', where('read'));
          await t.rejects(backend.info('gone/a.txt'), 'NOT_FOUND', where('info'));
          await t.rejects(
            Array.fromAsync(backend.streamRead('gone/a.txt')),
            'NOT_FOUND',
            where('streamRead'),
          );
          await t.rejects(backend.checksum('gone/a.txt'), 'NOT_FOUND', where('checksum'));
          await t.rejects(backend.copy('gone/a.txt', 'b'), 'NOT_FOUND', where('copy'));
          await t.rejects(backend.move('gone/a.txt', 'b'), 'NOT_FOUND', where('move'));
          assert.equal(await backend.exists('gone/a.txt'), false);
        });
      },
    },
    {
      promises: ['read.through-file'],
      title: 'what would lie below a file does not exist',
      run: async (t) => {
        await t.backend.create('file', { data: 'x' });
        assert.equal(await t.backend.exists('file/below'), false);
        await t.rejects(t.backend.read('file/below'), 'NOT_FOUND', { path: 'file/below' });
        await t.rejects(t.backend.info('file/below'), 'NOT_FOUND', { path: 'file/below' });
        await t.rejects(t.backend.update('file/below', { data: 'x' }), 'NOT_FOUND', { path: 'file/below' });
        await t.rejects(t.backend.delete('file/below'), 'NOT_FOUND', { path: 'file/below' });
        await t.rejects(Array.fromAsync(t.backend.streamRead('file/below')), 'NOT_FOUND');
      },
    },
    {
      promises: ['read.owned'],
      title: 'writing into what was read changes neither the file nor a later read',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'original' });
        (await t.backend.read('a.txt')).fill(88);
        for await (const chunk of t.backend.streamRead('a.txt')) chunk.fill(88);
        await t.holds('a.txt', 'original');
      },
    },
    {
      promises: ['read.owned'],
      title: 'chunks of a stream keep what they held while the stream goes on',
      run: async (t) => {
        const data = noise(t.scaled(1_500_000, 50_000), 11);
        await t.backend.create('large', { data });
        const chunks = await Array.fromAsync(t.backend.streamRead('large', { chunkSize: 10_000 }));
        assertBytes(new Uint8Array(Buffer.concat(chunks)), data, 'All chunks together');
      },
    },
    {
      promises: ['read.bytes'],
      title: 'exists tells files and directories from nothing',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        assert.equal(await t.backend.exists('dir/a.txt'), true);
        assert.equal(await t.backend.exists('dir'), true);
        assert.equal(await t.backend.exists('/'), true);
        assert.equal(await t.backend.exists('dir/b.txt'), false);
        assert.equal(await t.backend.exists('di'), false);
        const info: FileInfo = await t.backend.info('dir/a.txt');
        assert.equal(info.size, bytes('a').length);
      },
    },
  ],
};
