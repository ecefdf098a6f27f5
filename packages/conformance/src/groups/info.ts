import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { CHECKSUM_ALGORITHMS, isFileBackendError, type ListedInfo } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { bytes, noise } from '../proving/bytes.ts';
import { turns } from '../proving/turns.ts';

/** The form of each field where it is known. */
const FIELDS: Record<string, (value: unknown) => boolean> = {
  path: (value) => typeof value === 'string',
  fileType: (value) => ['file', 'directory', 'symlink', 'other'].includes(String(value)),
  isDir: (value) => typeof value === 'boolean',
  size: isCount,
  createdAt: isDate,
  modifiedAt: isDate,
  accessedAt: isDate,
  permissions: (value) => isCount(value) && Number(value) <= 0o7777,
  ownerUid: isCount,
  ownerGid: isCount,
  checksum: (value) => typeof value === 'string' && /^[0-9a-f]+$/.test(value),
  encoding: (value) => typeof value === 'string',
  etag: (value) => typeof value === 'string' && value !== '',
};

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function assertFields(info: ListedInfo): void {
  const values: Record<string, unknown> = { ...info, isDir: info.isDir };
  for (const [name, isRight] of Object.entries(FIELDS)) {
    const value = values[name];
    if (value !== undefined) assert.ok(isRight(value), `${name} of ${info.path}: ${String(value)}`);
  }
}

export const info: ConformanceGroup = {
  name: 'FileInfo',
  cases: [
    {
      promises: ['info.fields'],
      title: 'every field is of its type or undefined, from info, from list and from every write',
      run: async (t) => {
        const { backend } = t;
        const written = [
          await backend.create('dir/a.txt', { data: 'four' }),
          await backend.update('dir/a.txt', { data: 'seven77' }),
          await backend.copy('dir/a.txt', 'dir/b.txt'),
          await backend.move('dir/b.txt', 'c.txt'),
          await backend.streamWrite('d.txt', { chunkSource: ['x'] }),
        ];
        for (const entry of written) {
          assertFields(entry);
          assert.equal(entry.fileType, 'file');
          assert.equal(typeof entry.size, 'number', 'A write tells the size');
        }
        for (const path of ['dir', 'dir/a.txt', '/']) assertFields(await backend.info(path));
        for await (const entry of backend.list('/', { recursive: true })) assertFields(entry);
        const { path, size, fileType, isDir } = await backend.info('dir/a.txt');
        assert.deepEqual([path, size, fileType, isDir], ['dir/a.txt', 7, 'file', false]);
      },
    },
    {
      promises: ['info.fields'],
      title: 'what a write returns is what info says',
      run: async (t) => {
        const created = await t.backend.create('a.txt', { data: 'four' });
        const about = await t.backend.info('a.txt');
        assert.deepEqual([about.path, about.size, about.etag], [created.path, created.size, created.etag]);
        const updated = await t.backend.update('a.txt', { data: 'seven77' });
        const after = await t.backend.info('a.txt');
        assert.deepEqual([after.size, after.etag], [updated.size, updated.etag]);
        await t.seen(async (fresh) => {
          const seen = await fresh.info('a.txt');
          assert.deepEqual([seen.size, seen.etag], [updated.size, updated.etag]);
        });
      },
    },
    {
      promises: ['info.times'],
      title: 'modifiedAt never goes back, and rewriting is a modification',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        const first = await t.backend.info('a.txt');
        await new Promise((resolve) => setTimeout(resolve, 5));
        await t.backend.update('a.txt', { data: 'two' });
        const second = await t.backend.info('a.txt');
        assert.equal(first.modifiedAt === undefined, second.modifiedAt === undefined);
        if (first.modifiedAt === undefined || second.modifiedAt === undefined) return;
        assert.ok(second.modifiedAt >= first.modifiedAt, 'modifiedAt went back');
      },
    },
    {
      promises: ['info.immutable'],
      title: 'a FileInfo cannot be changed',
      run: async (t) => {
        const about = await t.backend.create('a.txt', { data: 'a' });
        const [entry] = await Array.fromAsync(t.backend.list());
        for (const frozen of [about, entry!, await t.backend.info('a.txt')]) {
          assert.ok(Object.isFrozen(frozen));
          assert.equal(Reflect.set(frozen, 'size', 5), false);
          assert.equal(Reflect.set(frozen, 'extra', 5), false);
          assert.equal(Reflect.deleteProperty(frozen, 'path'), false);
        }
      },
    },
    {
      promises: ['info.etag'],
      title: 'the etag changes with the content, and does not change without',
      run: async (t) => {
        const { etag } = await t.backend.create('a.txt', { data: 'one' });
        if (etag === undefined) {
          assert.equal(t.capabilities.ifMatch, false, 'A backend with ifMatch gives every file an etag');
          return;
        }
        await t.backend.read('a.txt');
        await t.backend.checksum('a.txt');
        await t.backend.create('b.txt', { data: 'two' });
        assert.equal((await t.backend.info('a.txt')).etag, etag);
        const writes = [
          () => t.backend.update('a.txt', { data: 'two' }),
          () => t.backend.create('a.txt', { data: 'three', overwrite: true }),
          () => t.backend.streamWrite('a.txt', { chunkSource: ['four'], overwrite: true }),
          () => t.backend.copy('b.txt', 'a.txt', { overwrite: true }),
        ];
        let before = etag;
        for (const write of writes) {
          await write();
          const after = (await t.backend.info('a.txt')).etag;
          assert.notEqual(after, before);
          before = after!;
        }
      },
    },
    {
      promises: ['info.checksum'],
      title: 'info computes a checksum that is asked for, of files alone',
      run: async (t) => {
        const data = noise(20_000, 3);
        await t.backend.create('dir/a', { data });
        for (const checksum of CHECKSUM_ALGORITHMS) {
          const sum = (await t.backend.info('dir/a', { checksum })).checksum;
          assert.equal(sum, await t.backend.checksum('dir/a', { algorithm: checksum }));
        }
        const expected = createHash('sha512').update(data).digest('hex');
        assert.equal((await t.backend.info('dir/a', { checksum: 'sha512' })).checksum, expected);
        assert.equal((await t.backend.info('dir', { checksum: 'md5' })).checksum, undefined);
      },
    },
    {
      promises: ['info.one-version'],
      title: 'size, etag and checksum are of one version, whatever is written meanwhile',
      run: async (t) => {
        const versions = new Map(
          Array.from({ length: 6 }, (_, i) => 'x'.repeat(i * 100 + 1)).map((data) => [data.length, data]),
        );
        await t.backend.create('file', { data: 'x' });
        let isOver = false;
        const write = async (): Promise<void> => {
          for (let i = 0; !isOver; i++) {
            const data = versions.get((i % 6) * 100 + 1)!;
            await t.backend.create('file', { data, overwrite: true });
            await turns(3);
          }
        };
        const writing = write();
        try {
          for (let i = 0; i < t.scaled(50, 5); i++) {
            await turns(1);
            const info = await t.backend.info('file', { checksum: 'sha256' }).catch(unlessBusy);
            if (info === undefined) continue;
            const expected = createHash('sha256').update(versions.get(info.size!)!).digest('hex');
            assert.equal(info.checksum, expected, `A file of ${info.size} bytes`);
          }
        } finally {
          isOver = true;
          await writing;
        }
        const { etag, checksum } = await t.backend.info('file', { checksum: 'sha256' });
        assert.equal((await t.backend.info('file')).etag, etag);
        assert.equal(await t.backend.checksum('file'), checksum);
      },
    },
    {
      promises: ['info.encoding'],
      title: 'detectEncoding tells text from what is none',
      run: async (t) => {
        const table: Record<string, [data: Uint8Array | string, encoding: string]> = {
          empty: ['', 'utf-8'],
          ascii: ['plain', 'utf-8'],
          unicode: ['Grüße \u{1F30D}', 'utf-8'],
          bom: ['\uFEFFtext', 'utf-8'],
          'utf16-le': [Uint8Array.from([0xff, 0xfe, 97, 0]), 'utf-16le'],
          'utf16-be': [Uint8Array.from([0xfe, 0xff, 0, 97]), 'utf-16be'],
          nul: [Uint8Array.from([97, 0, 98]), 'binary'],
          latin1: [Uint8Array.from([71, 114, 252, 223, 101]), 'binary'],
          long: [`${'x'.repeat(65_535)}€`, 'utf-8'], // the sample ends inside a character
        };
        for (const [path, [data, encoding]] of Object.entries(table)) {
          await t.backend.create(path, { data });
          const about = await t.backend.info(path, { detectEncoding: true });
          assert.equal(about.encoding, encoding, path);
          assert.equal(about.isTextFile(), encoding !== 'binary', path);
          assert.equal(about.isBinaryFile(), encoding === 'binary', path);
          assert.equal(about.size, typeof data === 'string' ? bytes(data).length : data.length);
        }
      },
    },
    {
      promises: ['info.helpers'],
      title: 'isTextFile and isBinaryFile go by the extension where no encoding is known',
      run: async (t) => {
        const text = ['a.md', 'a.TXT', 'dir/a.json', 'Makefile', '.gitignore', 'a.test.ts'];
        const binary = ['a.png', 'a.zip', 'a.md.gz', 'a', 'dir.md/a.bin'];
        for (const path of [...text, ...binary]) {
          await t.backend.create(path, { data: 'x' });
          const about = await t.backend.info(path);
          if (about.encoding !== undefined) continue;
          assert.equal(about.isTextFile(), text.includes(path), path);
          assert.equal(about.isBinaryFile(), binary.includes(path), path);
        }
        const directory = await t.backend.info('dir.md');
        assert.deepEqual([directory.isTextFile(), directory.isBinaryFile()], [false, false]);
      },
    },
    {
      promises: ['info.helpers'],
      title: 'isReadable and isModifiedSince answer, and miss nothing where they cannot know',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a' });
        const about = await t.backend.info('a.txt');
        assert.equal(about.isReadable(), true);
        assert.equal(about.isModifiedSince(new Date(0)), true);
        const future = new Date('2999-01-01T00:00:00Z');
        assert.equal(about.isModifiedSince(future), about.modifiedAt === undefined);
      },
    },
    {
      promises: ['info.json'],
      title: 'toJSON is plain data: dates as ISO strings, what is not known left out',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'four' });
        for (const path of ['dir', 'dir/a.txt']) {
          const about = await t.backend.info(path);
          const json: Record<string, unknown> = JSON.parse(JSON.stringify(about));
          assert.deepEqual(json, about.toJSON());
          assert.equal(json.path, path);
          assert.equal(json.isDir, path === 'dir');
          for (const [name, value] of Object.entries({ ...about })) {
            const expected = value instanceof Date ? value.toISOString() : value;
            assert.deepEqual(json[name], expected, name);
            assert.equal(name in json, value !== undefined, name);
          }
        }
      },
    },
  ],
};

/** Without pauses between writes, a reader may never see one version. */
function unlessBusy(error: unknown): undefined {
  if (!isFileBackendError(error) || error.code !== 'BUSY') throw error;
  return undefined;
}
