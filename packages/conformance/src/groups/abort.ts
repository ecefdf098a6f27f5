import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { FileBackend } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { drain, noise } from '../proving/bytes.ts';
import { failureOf } from '../proving/failures.ts';
import { turns } from '../proving/turns.ts';

/** A version that no vault has, in a form that fits versions. */
const NOWHERE = 'f'.repeat(40);

/** Every operation, called in its usual way on a vault that holds `dir/a.txt`. */
export function everyOperation(
  backend: FileBackend,
  signal?: AbortSignal,
): Record<string, () => Promise<unknown>> {
  const o = signal === undefined ? {} : { signal };
  const { append, emptyDirectories, ifMatch, versions, changes } = backend.capabilities;
  return {
    create: () => backend.create('new/file', { data: 'x', ...o }),
    'create over': () => backend.create('dir/a.txt', { data: 'x', overwrite: true, ...o }),
    ...(emptyDirectories && {
      'create of a directory': () => backend.create('new', { isDirectory: true, ...o }),
    }),
    read: () => backend.read('dir/a.txt', o),
    'read of text': () => backend.read('dir/a.txt', { binary: false, ...o }),
    update: () => backend.update('dir/a.txt', { data: 'x', ...o }),
    ...(append !== false && {
      'appending update': () => backend.update('dir/a.txt', { data: 'x', append: true, ...o }),
    }),
    ...(ifMatch !== false && {
      'conditional update': () => backend.update('dir/a.txt', { data: 'x', ifMatch: '-', ...o }),
    }),
    ...(append !== false && {
      'append with create': () => backend.update('new/file', { data: 'x', append: true, create: true, ...o }),
    }),
    ...(ifMatch !== false && { edit: () => backend.edit('dir/a.txt', () => 'x', o) }),
    delete: () => backend.delete('dir/a.txt', o),
    'recursive delete': () => backend.delete('dir', { recursive: true, ...o }),
    info: () => backend.info('dir/a.txt', o),
    'info with checksum': () => backend.info('dir/a.txt', { checksum: 'sha256', detectEncoding: true, ...o }),
    exists: () => backend.exists('dir/a.txt', o),
    list: () => Array.fromAsync(backend.list('/', { recursive: true, ...o })),
    'list to a depth': () => Array.fromAsync(backend.list('/', { recursive: true, maxDepth: 2, ...o })),
    ...(ifMatch !== false && {
      'list with etags': () => Array.fromAsync(backend.list('/', { recursive: true, etags: true, ...o })),
    }),
    copy: () => backend.copy('dir/a.txt', 'b.txt', o),
    'copy of a directory': () => backend.copy('dir', 'dir2', o),
    move: () => backend.move('dir/a.txt', 'b.txt', o),
    'move of a directory': () => backend.move('dir', 'dir2', o),
    streamRead: () => Array.fromAsync(backend.streamRead('dir/a.txt', o)),
    'streamRead of text': () => Array.fromAsync(backend.streamRead('dir/a.txt', { binary: false, ...o })),
    streamWrite: () => backend.streamWrite('new/file', { chunkSource: ['x'], ...o }),
    checksum: () => backend.checksum('dir/a.txt', o),
    checksumMany: () => backend.checksumMany(['dir/a.txt'], o),
    glob: () => backend.glob('**', o),
    globFiles: () => backend.globFiles('**', o),
    globDirs: () => backend.globDirs('**', o),
    globInfo: () => backend.globInfo('**', o),
    ...(versions && {
      history: () => Array.fromAsync(backend.history('dir/a.txt', o)),
      'read of a version': () => backend.read('dir/a.txt', { version: NOWHERE, ...o }),
      'streamRead of a version': () =>
        Array.fromAsync(backend.streamRead('dir/a.txt', { version: NOWHERE, ...o })),
      restore: () => backend.restore('dir/a.txt', { version: NOWHERE, ...o }),
    }),
    ...(changes && { changesSince: () => backend.changesSince(undefined, o) }),
    ...(backend.capabilities.search && { search: () => backend.search('words', o) }),
    syncSession: () => backend.syncSession(async () => backend.create('new/file'), o),
    'syncSession as an object': async () => (await backend.syncSession(o))[Symbol.asyncDispose](),
  };
}

export const abort: ConformanceGroup = {
  name: 'abort',
  cases: [
    {
      promises: ['abort.already'],
      title: 'every operation with an aborted signal rejects with its reason and does nothing',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        const reason = new Error('changed my mind');
        await t.unchangedBy(async () => {
          for (const [name, run] of Object.entries(everyOperation(t.backend, AbortSignal.abort(reason)))) {
            assert.equal(await failureOf(run(), 'The reason of the abort'), reason, name);
          }
        });
      },
    },
    {
      promises: ['abort.already'],
      title: 'an aborted signal keeps the source unread',
      run: async (t) => {
        let pulled = false;
        const source = (function* () {
          pulled = true;
          yield 'x';
        })();
        const write = t.backend.create('a', { data: source, signal: AbortSignal.abort() });
        assert.equal(((await failureOf(write, 'AbortError')) as Error).name, 'AbortError');
        assert.equal(pulled, false);
      },
    },
    {
      promises: ['abort.rejects'],
      title: 'the reason comes back as it is, even if it is no Error',
      run: async (t) => {
        for (const reason of ['a string', 0, null]) {
          const read = t.backend.exists('a', { signal: AbortSignal.abort(reason) });
          assert.equal(await failureOf(read, 'The reason of the abort'), reason);
        }
      },
    },
    {
      promises: ['abort.rejects'],
      title: 'an operation that is aborted while it runs ends whole or with the reason',
      run: async (t) => {
        const reason = new Error('too slow');
        for (const name of Object.keys(everyOperation(t.backend))) {
          await t.backend.create('dir/a.txt', { data: 'text '.repeat(4000), overwrite: true });
          const controller = new AbortController();
          const work = everyOperation(t.backend, controller.signal)[name]!();
          setImmediate(() => controller.abort(reason));
          await work.catch((error: unknown) => {
            // An unknown etag or version may be noticed first.
            const { code = '' } = error as { code?: string };
            if (!['PRECONDITION_FAILED', 'NOT_FOUND'].includes(code)) assert.equal(error, reason, name);
          });
          for (const path of ['new', 'dir2', 'b.txt']) {
            if (await t.backend.exists(path)) await t.backend.delete(path, { recursive: true });
          }
        }
      },
    },
    {
      promises: ['abort.frees', 'stream.leave-early'],
      title: 'a stream that is aborted between two chunks fails with the reason and frees its handle',
      run: async (t) => {
        await t.backend.create('large', { data: noise(t.scaled(3_000_000, 50_000)) });
        const before = await t.resources();
        const controller = new AbortController();
        const reader = t.backend
          .streamRead('large', { chunkSize: 100, signal: controller.signal })
          .getReader();
        await reader.read();
        const reason = new Error('enough');
        controller.abort(reason);
        const failure = await failureOf(drain(reader), 'The reason of the abort');
        assert.equal(failure, reason);
        await t.releasedSoon(before);
      },
    },
    {
      promises: ['abort.rejects', 'list.leave-early'],
      title: 'a listing that is aborted between two entries rejects with the reason',
      run: async (t) => {
        for (let i = 0; i < 5; i++) await t.backend.create(`f${i}`, { data: 'x' });
        const before = await t.resources();
        const controller = new AbortController();
        const reason = new Error('enough');
        let count = 0;
        const walk = async (): Promise<void> => {
          for await (const _ of t.backend.list('/', { signal: controller.signal })) {
            if (++count === 2) controller.abort(reason);
          }
        };
        assert.equal(await failureOf(walk(), 'The reason of the abort'), reason);
        assert.equal(count, 2);
        await t.released(before);
      },
    },
    {
      promises: ['abort.frees'],
      title: 'after an operation has ended it no longer listens to its signal',
      run: async (t) => {
        const { signal } = new AbortController();
        for (const [name, run] of Object.entries(everyOperation(t.backend, signal))) {
          if (!(await t.backend.exists('dir/a.txt')))
            await t.backend.create('dir/a.txt', { data: noise(100) });
          await run().catch(() => undefined);
          assert.equal(getEventListeners(signal, 'abort').length, 0, `${name} left a listener on its signal`);
        }
      },
    },
    {
      promises: ['abort.frees'],
      title: 'a write that is aborted tells its source to stop',
      run: async (t) => {
        const controller = new AbortController();
        const stopped = Promise.withResolvers<void>();
        async function* endless(): AsyncGenerator<string> {
          try {
            for (let i = 0; ; i++) {
              await turns(1);
              if (i === 3) controller.abort();
              yield 'more ';
            }
          } finally {
            stopped.resolve();
          }
        }
        const write = t.backend.create('a', { data: endless(), signal: controller.signal });
        await failureOf(write, 'AbortError');
        await stopped.promise;
      },
    },
    {
      promises: ['abort.late'],
      title: 'an abort after the end changes nothing',
      run: async (t) => {
        const controller = new AbortController();
        await t.backend.create('a.txt', { data: 'a', signal: controller.signal });
        const stream = t.backend.streamRead('a.txt', { signal: controller.signal });
        assert.equal((await Array.fromAsync(stream)).length, 1);
        controller.abort();
        await t.holds('a.txt', 'a');
      },
    },
  ],
};
