import assert from 'node:assert/strict';
import type { FileBackend } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { mistaken } from '../proving/mistaken.ts';

type Mistake = readonly [closest: string, call: (backend: FileBackend) => Promise<unknown>];

/** Names that programs use by mistake, each with the right one. */
const MISTAKES: readonly Mistake[] = [
  ['ifMatch', (vault) => vault.update('a.txt', mistaken({ data: 'x', ifmatch: 'y' }))],
  ['overwrite', (vault) => vault.create('b.txt', mistaken({ data: 'x', overwite: true }))],
  ['overwrite', (vault) => vault.copy('a.txt', 'b.txt', mistaken({ overWrite: true }))],
  ['overwrite', (vault) => vault.move('a.txt', 'b.txt', mistaken({ overwrit: true }))],
  ['overwrite', (vault) => vault.streamWrite('b.txt', mistaken({ chunkSource: ['x'], overwrites: true }))],
  ['recursive', (vault) => vault.delete('dir', mistaken({ recursiv: true }))],
  ['offset', (vault) => vault.read('a.txt', mistaken({ offest: 1 }))],
  ['chunkSize', (vault) => Array.fromAsync(vault.streamRead('a.txt', mistaken({ chunksize: 1 })))],
  ['checksum', (vault) => vault.info('a.txt', mistaken({ checkSum: 'sha256' }))],
  ['maxDepth', (vault) => Array.fromAsync(vault.list('/', mistaken({ maxdepth: 1 })))],
  ['algorithm', (vault) => vault.checksum('a.txt', mistaken({ algoritm: 'md5' }))],
  ['includeDirs', (vault) => vault.glob('**', mistaken({ includeDirectories: true }))],
  ['ignore', (vault) => vault.globInfo('**', mistaken({ ignored: ['a*'] }))],
  ['signal', (vault) => vault.exists('a.txt', mistaken({ signals: [] }))],
  ['timeout', (vault) => vault.syncSession(async () => 'entered', mistaken({ timeOut: 1 }))],
];

/** Protections given as `undefined`, which protect nothing. */
const PROTECTIONS: Readonly<Record<string, (backend: FileBackend) => Promise<unknown>>> = {
  update: (vault) => vault.update('a.txt', mistaken({ data: 'x', ifMatch: undefined })),
  append: (vault) => vault.update('a.txt', mistaken({ data: 'x', append: true, ifMatch: undefined })),
  create: (vault) => vault.create('a.txt', mistaken({ data: 'x', overwrite: true, ifMatch: undefined })),
  streamWrite: (vault) =>
    vault.streamWrite('a.txt', mistaken({ chunkSource: ['x'], overwrite: true, ifMatch: undefined })),
  delete: (vault) => vault.delete('a.txt', mistaken({ ifMatch: undefined })),
  copy: (vault) => vault.copy('dir/b.txt', 'a.txt', mistaken({ overwrite: true, ifMatch: undefined })),
  move: (vault) => vault.move('dir/b.txt', 'a.txt', mistaken({ overwrite: true, ifMatch: undefined })),
  edit: (vault) => vault.edit('a.txt', () => 'x', mistaken({ ifMatch: undefined })),
};

export const options: ConformanceGroup = {
  name: 'options',
  cases: [
    {
      promises: ['options.unknown'],
      title: 'a mistyped name is refused before anything is done, and what was meant is named',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a' });
        await t.backend.create('dir/b.txt', { data: 'b' });
        await t.unchangedBy(async () => {
          for (const [closest, call] of MISTAKES) {
            const { message } = await t.rejects(call(t.backend), 'INVALID_ARGUMENT');
            assert.ok(message.includes(`the closest is ${closest}`), message);
          }
        });
      },
    },
    {
      promises: ['options.protection'],
      title: 'ifMatch that is undefined is refused by everything that changes a file',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a' });
        await t.backend.create('dir/b.txt', { data: 'b' });
        await t.unchangedBy(async () => {
          for (const [operation, call] of Object.entries(PROTECTIONS)) {
            const { message } = await t.rejects(call(t.backend), 'INVALID_ARGUMENT');
            assert.ok(message.includes('ifMatch'), `${operation}: ${message}`);
          }
        });
      },
    },
    {
      promises: ['options.wrong-type'],
      title: 'options that are no object, and a signal that is none, are refused',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'a' });
        await t.unchangedBy(async () => {
          for (const wrong of ['utf8', 42, null, Buffer.from('x')]) {
            await t.rejects(t.backend.read('a.txt', mistaken(wrong)), 'INVALID_ARGUMENT');
            await t.rejects(t.backend.create('b.txt', mistaken(wrong)), 'INVALID_ARGUMENT');
            await t.rejects(Array.fromAsync(t.backend.list('/', mistaken(wrong))), 'INVALID_ARGUMENT');
          }
          const notSignal = mistaken<AbortSignal>({ aborted: false });
          await t.rejects(t.backend.update('a.txt', { data: 'x', signal: notSignal }), 'INVALID_ARGUMENT');
        });
      },
    },
    {
      promises: ['paths.shown'],
      title: 'the paths of infos, listings and matches are accepted where a path is asked for',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        const root = await t.backend.info('/');
        assert.equal((await t.backend.info(root.path)).isDir, true);
        assert.equal(await t.backend.exists(root.path), true);
        const shown = [
          ...(await Array.fromAsync(t.backend.list(root.path, { recursive: true }))),
          ...(await t.backend.globInfo('**', { includeDirs: true })),
        ];
        for (const { path, fileType } of shown) {
          assert.equal((await t.backend.info(path)).path, path);
          if (fileType === 'file') assert.equal(await t.backend.read(path, { binary: false }), 'a');
          else assert.equal((await Array.fromAsync(t.backend.list(path))).length, 1);
        }
      },
    },
  ],
};
