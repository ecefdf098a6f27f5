import assert from 'node:assert/strict';
import { type FileBackend, isFileBackendError } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import { assertBytes } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { failureOf } from '../proving/failures.ts';
import { snapshot } from '../proving/vault-contents.ts';

/** Versions of no vault, in any form that versions have. */
const NOWHERE = ['f'.repeat(40), 'no version'];

/** Makes a version that is kept: some stores keep only published ones. */
async function publish(t: CaseContext, change: (vault: FileBackend) => Promise<unknown>): Promise<void> {
  await t.backend.syncSession(async (session) => {
    await change(session);
    await session.commit();
  });
}

/** A file of three versions. */
async function withVersions(t: CaseContext): Promise<void> {
  await publish(t, (vault) => vault.create('dir/a.txt', { data: 'one' }));
  await publish(t, (vault) => vault.update('dir/a.txt', { data: 'number two' }));
  await publish(t, (vault) => vault.update('dir/a.txt', { data: 'three' }));
}

async function versionsOf(backend: FileBackend, path: string): Promise<string[]> {
  return (await Array.fromAsync(backend.history(path))).map(({ version }) => version);
}

export const versions: ConformanceGroup = {
  name: 'versions',
  cases: [
    {
      promises: ['versions.told'],
      title: 'newest first, each with its size and time, as many as are asked for, and the same for everyone',
      when: declares('versions'),
      run: async (t) => {
        const began = Date.now();
        await withVersions(t);
        const history = await Array.fromAsync(t.backend.history('dir/a.txt'));
        const told = history.map(({ path, size, deleted }) => [path, size, deleted]);
        const expected = [5, 10, 3].map((size) => ['dir/a.txt', size, false]);
        assert.deepEqual(told, expected);
        assert.equal(new Set(history.map(({ version }) => version)).size, 3, 'Each has a name of its own');
        for (const { at } of history) {
          assert.ok(at instanceof Date);
          // Some stores count time only in seconds.
          assert.ok(at.getTime() >= began - 1000 && at.getTime() <= Date.now() + 1000, String(at));
        }
        const latest = await Array.fromAsync(t.backend.history('/dir/a.txt', { limit: 2 }));
        assert.deepEqual(latest, history.slice(0, 2));
        await t.seen(async (fresh) =>
          assert.deepEqual(await Array.fromAsync(fresh.history('dir/a.txt')), history),
        );
      },
    },
    {
      promises: ['versions.told', 'versions.restored'],
      title: 'a file that is gone has its end first, and comes back from any version',
      when: declares('versions'),
      run: async (t) => {
        await withVersions(t);
        await publish(t, (vault) => vault.delete('dir/a.txt'));
        const history = await Array.fromAsync(t.backend.history('dir/a.txt'));
        const ends = history.map(({ deleted }) => deleted);
        assert.deepEqual(ends, [true, false, false, false]);
        await t.isAbsent('dir/a.txt');
        const info = await t.backend.restore('dir/a.txt', { version: history[2]!.version });
        assert.deepEqual([info.path, info.size], ['dir/a.txt', 10]);
        await t.holds('dir/a.txt', 'number two');
      },
    },
    {
      promises: ['versions.read'],
      title: 'each version is read whole, in ranges, as text and as a stream, also after the file is gone',
      when: declares('versions'),
      run: async (t) => {
        await withVersions(t);
        const named = await versionsOf(t.backend, 'dir/a.txt');
        await publish(t, (vault) => vault.delete('dir/a.txt'));
        for (const [at, content] of ['three', 'number two', 'one'].entries()) {
          const version = named[at]!;
          assertBytes(await t.backend.read('dir/a.txt', { version }), content, `Version ${at}`);
          const part = await t.backend.read('dir/a.txt', { version, offset: 1, length: 2 });
          assertBytes(part, content.slice(1, 3), `A range of version ${at}`);
          assert.equal(await t.backend.read('dir/a.txt', { version, binary: false }), content);
          const chunks = t.backend.streamRead('dir/a.txt', { version, chunkSize: 2, binary: false });
          assert.equal((await Array.fromAsync(chunks)).join(''), content);
        }
      },
    },
    {
      promises: ['versions.restored'],
      title: 'restore is one more version, and only where the file is still as it was seen',
      when: (backend) => declares('versions')(backend) && declares('ifMatch')(backend),
      run: async (t) => {
        await withVersions(t);
        const [, , oldest] = await versionsOf(t.backend, 'dir/a.txt');
        const version = oldest!;
        const { etag: stale } = await t.backend.info('dir/a.txt');
        await publish(t, (vault) => vault.update('dir/a.txt', { data: 'four' }));
        await t.unchangedBy(async () => {
          const restore = t.backend.restore('dir/a.txt', { version, ifMatch: stale! });
          await t.rejects(restore, 'PRECONDITION_FAILED', { operation: 'restore', path: 'dir/a.txt' });
        });
        const { etag: ifMatch } = await t.backend.info('dir/a.txt');
        await publish(t, (vault) => vault.restore('dir/a.txt', { version, ifMatch: ifMatch! }));
        await t.holds('dir/a.txt', 'one');
        assert.equal((await versionsOf(t.backend, 'dir/a.txt')).length, 5);
      },
    },
    {
      promises: ['versions.arguments'],
      title: 'a name that no version has, and a file that never was, give nothing and change nothing',
      when: declares('versions'),
      run: async (t) => {
        await withVersions(t);
        const before = await snapshot(t.backend);
        assert.deepEqual(await versionsOf(t.backend, 'never.txt'), []);
        for (const version of NOWHERE) {
          for (const call of [
            () => t.backend.read('dir/a.txt', { version }),
            () => t.backend.restore('dir/a.txt', { version }),
            () => Array.fromAsync(t.backend.streamRead('dir/a.txt', { version })),
          ]) {
            const error = await failureOf(call(), 'NOT_FOUND');
            const isRefused = isFileBackendError(error) && /^(NOT_FOUND|INVALID_ARGUMENT)$/.test(error.code);
            assert.ok(isRefused, `NOT_FOUND or INVALID_ARGUMENT was expected, not ${String(error)}`);
          }
        }
        const [version] = await versionsOf(t.backend, 'dir/a.txt');
        await t.rejects(t.backend.read('other.txt', { version: version! }), 'NOT_FOUND');
        await t.rejects(t.backend.read('dir/a.txt', { version: '' }), 'INVALID_ARGUMENT');
        const none = Array.fromAsync(t.backend.history('dir/a.txt', { limit: 0 }));
        await t.rejects(none, 'INVALID_ARGUMENT', { operation: 'history' });
        assert.deepEqual(await snapshot(t.backend), before);
      },
    },
    {
      promises: ['versions.unsupported'],
      title: 'history, read of a version and restore are refused',
      when: lacks('versions'),
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'one' });
        await t.unchangedBy(async () => {
          const history = Array.fromAsync(t.backend.history('a.txt'));
          await t.rejects(history, 'UNSUPPORTED', { operation: 'history', path: 'a.txt' });
          await t.rejects(t.backend.read('a.txt', { version: '1' }), 'UNSUPPORTED');
          const stream = Array.fromAsync(t.backend.streamRead('a.txt', { version: '1' }));
          await t.rejects(stream, 'UNSUPPORTED');
          await t.rejects(t.backend.restore('a.txt', { version: '1' }), 'UNSUPPORTED');
        });
      },
    },
  ],
};
