import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { FileBackend } from '@f9/core';
import { type ConformanceGroup, declares, lacks } from '../conformance-case.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { failureOf } from '../proving/failures.ts';
import { mistaken } from '../proving/mistaken.ts';
import { turns } from '../proving/turns.ts';
import { assertFollows, Watcher } from '../proving/watcher.ts';

const enough = new Error('enough');

/** Makes and removes files, so many times. */
async function storm(vaults: readonly FileBackend[], changes: number): Promise<void> {
  const paths = Array.from({ length: 20 }, (_, i) => `storm/d${i % 3}/f${i}`);
  for (let i = 0; i < changes; i++) {
    const vault = vaults[i % vaults.length]!;
    const path = paths[(i * 7) % paths.length]!;
    if (i % 5 === 4) await vault.delete(path).catch(() => undefined);
    else await vault.create(path, { data: `change ${i}`, overwrite: true });
    // The watch needs a turn.
    if (i % 25 === 0) await turns(1);
  }
}

async function withWatcher(
  t: CaseContext,
  path: string | undefined,
  body: (watcher: Watcher) => Promise<void>,
): Promise<void> {
  const watcher = await Watcher.start(t.backend, path);
  await body(watcher);
  assert.equal(await watcher.abort(enough), enough);
}

export const watching: ConformanceGroup = {
  name: 'changes',
  cases: [
    {
      promises: ['watch.tells'],
      title:
        'what is made, replaced, moved and deleted below a directory is told, and what is beside it is not',
      run: async (t) => {
        await t.backend.create('dir/old', { data: 'old' });
        await t.backend.create('dir/gone', { data: 'gone' });
        await t.backend.create('beside', { data: 'beside' });
        await withWatcher(t, 'dir', async (watcher) => {
          assert.deepEqual([...watcher.last], [], 'What was there before is no change');
          await t.backend.update('dir/old', { data: 'newer' });
          await t.backend.create('dir/sub/new', { data: 'new' });
          await t.backend.update('beside', { data: 'changed' });
          await t.backend.move('dir/gone', 'dir/moved');
          await t.backend.create('dir2', { data: 'x' });
          const check = (): Promise<void> =>
            assertFollows(t.backend, new Map([...watcher.last, ['beside', BESIDE], ['dir2', BESIDE]]), [
              'dir/gone',
            ]);
          await watcher.until(check, t.soon);
          await t.backend.delete('dir/sub', { recursive: true });
          await watcher.until(
            () => assert.equal(watcher.last.get('dir/sub/new')?.kind, 'removed', 'dir/sub/new is gone'),
            t.soon,
          );
          const strangers = [...watcher.last.keys()].filter((path) => !/^dir(\/|$)/.test(path));
          assert.deepEqual(strangers, [], 'Nothing is told of what is beside');
        });
      },
    },
    {
      promises: ['watch.tells'],
      title: 'a file, the whole vault, and a path where nothing is yet can be watched',
      run: async (t) => {
        await t.backend.create('dir/file', { data: 'old' });
        for (const path of ['dir/file', 'later', undefined]) {
          await withWatcher(t, path, async (watcher) => {
            const written = path === 'later' ? 'later/new' : 'dir/file';
            await t.backend.create(written, { data: `told to ${path}`, overwrite: true });
            await watcher.until(() => assert.equal(watcher.last.get(written)?.kind, 'written', path), t.soon);
          });
        }
      },
    },
    {
      promises: ['watch.storm'],
      title: 'from what is told of a storm of changes the last state follows, whoever made them',
      run: async (t) => {
        const other = t.capabilities.consistency === 'strong' ? await t.another() : t.backend;
        await withWatcher(t, undefined, async (watcher) => {
          await storm([t.backend, other], t.isLong ? 10_000 : t.scaled(1000, 30));
          const check = async (): Promise<void> => {
            // A watcher that missed something has to look anew.
            if (!watcher.hasMissed) await assertFollows(t.backend, watcher.last);
          };
          await watcher.until(check, t.soon);
        });
      },
    },
    {
      promises: ['watch.ends'],
      title: 'a watch that is left, aborted or never begun frees everything, and others go on',
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        const before = await t.resources();
        const { signal } = new AbortController();
        const stays = await Watcher.start(t.backend);
        const ready = Promise.withResolvers<void>();
        const changes = t.backend.watch('/', { signal, interval: 5, onReady: ready.resolve });
        const iterator = changes[Symbol.asyncIterator]();
        const first = iterator.next();
        await ready.promise;
        await t.backend.update('a', { data: 'b' });
        assert.equal((await first).value?.path, 'a');
        await iterator.return?.();
        assert.equal(getEventListeners(signal, 'abort').length, 0, 'It left a listener on its signal');
        const never = t.backend.watch('/', { signal: AbortSignal.abort(enough) });
        assert.equal(await failureOf(Array.fromAsync(never), 'The reason of the abort'), enough);
        await t.backend.create('c', { data: 'c' });
        await stays.until(() => assert.equal(stays.last.get('c')?.kind, 'written'), t.soon);
        assert.equal(await stays.abort(enough), enough);
        await t.releasedSoon(before);
      },
    },
    {
      promises: ['watch.ends'],
      title: 'a watch that waits is CLOSED by dispose',
      run: async (t) => {
        const backend = await t.another();
        const watcher = await Watcher.start(backend);
        await backend[Symbol.asyncDispose]();
        await t.rejects(
          watcher.until(() => assert.fail('It still runs'), t.soon),
          'CLOSED',
          { operation: 'watch' },
        );
      },
    },
    {
      promises: ['watch.tells'],
      title: 'an interval that is none, and a path that climbs out, are refused',
      run: async (t) => {
        for (const interval of [0, -1, 1.5, mistaken<number>('5')]) {
          await t.rejects(Array.fromAsync(t.backend.watch('/', { interval })), 'INVALID_ARGUMENT');
        }
        await t.rejects(Array.fromAsync(t.backend.watch('../x')), 'PATH_OUTSIDE_ROOT', {
          operation: 'watch',
        });
      },
    },
    {
      promises: ['changes.told'],
      title: 'what was written and removed since a cursor is told, once, to whoever asks with it',
      when: declares('changes'),
      run: async (t) => {
        await t.backend.create('old', { data: 'old' });
        await t.backend.create('gone', { data: 'gone' });
        await t.backend.syncSession((session) => session.commit());
        const { changes: none, cursor } = await t.backend.changesSince(undefined);
        assert.deepEqual(none, [], 'Without a cursor there is nothing to tell');
        await t.backend.syncSession(async (session) => {
          await session.update('old', { data: 'newer' });
          await session.create('dir/new', { data: 'new' });
          await session.delete('gone');
          await session.commit();
        });
        const told = await t.backend.changesSince(cursor);
        const kinds = told.changes.filter(({ path }) => path !== 'dir').map(({ path, kind }) => [path, kind]);
        assert.deepEqual(kinds.sort(), [
          ['dir/new', 'written'],
          ['gone', 'removed'],
          ['old', 'written'],
        ]);
        await t.seen(async (fresh) => assert.deepEqual(await fresh.changesSince(cursor), told));
        assert.deepEqual((await t.backend.changesSince(told.cursor)).changes, [], 'Nothing is told again');
      },
    },
    {
      promises: ['changes.told'],
      title: 'from the feed of a storm of changes the last state follows, each path told once',
      when: declares('changes'),
      run: async (t) => {
        const { cursor } = await t.backend.changesSince(undefined);
        await storm([t.backend], t.scaled(1000, 50));
        const { changes } = await t.backend.changesSince(cursor);
        assert.equal(new Set(changes.map(({ path }) => path)).size, changes.length, 'Each path is told once');
        if (changes.some(({ kind }) => kind === 'overflow')) return;
        await assertFollows(t.backend, new Map(changes.map((change) => [change.path, change])));
      },
    },
    {
      promises: ['changes.lost'],
      title: 'a cursor of another feed is an overflow of the whole, and gives one that works',
      when: declares('changes'),
      run: async (t) => {
        await t.backend.create('a', { data: 'a' });
        const { changes, cursor } = await t.backend.changesSince('no cursor of this vault');
        assert.deepEqual(
          changes.map(({ path, kind }) => [path, kind]),
          [['', 'overflow']],
        );
        assert.ok(!(await t.backend.changesSince(cursor)).changes.some(({ kind }) => kind === 'overflow'));
        await t.rejects(t.backend.changesSince(mistaken<string>(42)), 'INVALID_ARGUMENT');
      },
    },
    {
      promises: ['changes.unsupported'],
      title: 'changesSince is refused',
      when: lacks('changes'),
      run: async (t) => {
        await t.rejects(t.backend.changesSince(undefined), 'UNSUPPORTED', { operation: 'changesSince' });
      },
    },
  ],
};

/** A change beside the watched directory. */
const BESIDE = { path: 'beside', kind: 'written' } as const;
