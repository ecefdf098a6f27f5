import assert from 'node:assert/strict';
import { isSyncFileBackend, readOnly } from '@f9/core';
import { type ConformanceGroup, syncGroup } from '../conformance-case.ts';
import { assertBytes, noise } from '../proving/bytes.ts';
import { failureOf } from '../proving/failures.ts';
import { inConflict, meet, twoVaults } from '../proving/two-vaults.ts';
import { snapshot } from '../proving/vault-contents.ts';

export const sync: ConformanceGroup = syncGroup('sync', [
  {
    promises: ['sync.push-pull'],
    title: 'what one vault pushes another one pulls: files made, changed, moved and deleted',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      const data = noise(20_000, 3);
      await here.create('dir/a.txt', { data: 'a' });
      await here.create('dir/binary', { data });
      await here.create('empty');
      await here.create('old name', { data: 'moved' });
      await here.push({ message: 'The first files' });
      assert.equal(await there.exists('dir/a.txt'), false, 'Nothing comes before pull');
      await there.pull();
      assertBytes(await there.read('dir/a.txt'), 'a', 'dir/a.txt');
      assertBytes(await there.read('dir/binary'), data, 'dir/binary');
      assertBytes(await there.read('empty'), '', 'empty');
      await there.update('dir/a.txt', { data: 'changed' });
      await there.delete('dir/binary');
      await there.move('old name', 'new/name');
      await there.push();
      await here.pull();
      assertBytes(await here.read('dir/a.txt'), 'changed', 'dir/a.txt');
      assertBytes(await here.read('new/name'), 'moved', 'new/name');
      assert.deepEqual(await here.globFiles('**'), ['dir/a.txt', 'empty', 'new/name']);
    },
  },
  {
    promises: ['sync.push-pull'],
    title: 'pull and push with nothing new do nothing',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await there.pull();
      await there.push();
      await here.create('a', { data: 'a' });
      await here.sync();
      const before = await snapshot(here);
      for (const again of [() => here.pull(), () => here.push(), () => here.sync()]) await again();
      assert.deepEqual(await snapshot(here), before);
      await there.pull();
      assert.deepEqual(await snapshot(there), before);
    },
  },
  {
    promises: ['sync.rewritten'],
    title: 'a rewritten remote is told at every pull, push and sync; what is here stays here',
    hook: 'rewriteRemote',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await here.create('withdrawn', { data: 'by mistake' });
      await meet(here, there);
      await here.create('mine', { data: 'not published' });
      await t.store.rewriteRemote!();
      const before = await snapshot(here);
      for (const vault of [here, there]) {
        for (const call of [() => vault.pull(), () => vault.push(), () => vault.sync(), () => vault.push()]) {
          const error = await t.rejects(call(), 'HISTORY_REWRITTEN');
          assert.equal(error.retryable, false, 'The same call fails again');
        }
      }
      assert.deepEqual(await snapshot(here), before);
      const fresh = await t.clone();
      await fresh.pull();
      assert.deepEqual(await fresh.globFiles('**'), [], 'What was withdrawn is published again');
    },
  },
  {
    promises: ['sync.both-ways'],
    title: 'sync pulls, then pushes: changes to different files of both sides are joined',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      for (const name of ['a', 'b', 'c'])
        await here.create(`dir/${name}`, { data: `${name}: ${name.repeat(200)}` });
      await meet(here, there);
      await here.update('dir/a', { data: 'changed here' });
      await here.create('new/here', { data: 'here' });
      await there.update('dir/b', { data: 'changed there' });
      await there.delete('dir/c');
      await there.sync();
      await meet(here, there);
      assert.deepEqual(await here.globFiles('**'), ['dir/a', 'dir/b', 'new/here']);
      assertBytes(await there.read('dir/a'), 'changed here', 'dir/a');
      assertBytes(await here.read('dir/b'), 'changed there', 'dir/b');
    },
  },
  {
    promises: ['sync.both-ways'],
    title: 'the same change on both sides is no conflict',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      await here.update('file', { data: 'theirs' });
      await meet(here, there);
      assertBytes(await here.read('file'), 'theirs', 'file');
    },
  },
  {
    promises: ['abort.already'],
    title: 'pull, push, sync and the rest of it with an aborted signal do nothing',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      const attempts = [
        here.pull({ signal }),
        here.push({ signal }),
        here.sync({ signal }),
        here.conflictReport({ signal }),
        here.conflictAcceptLocal('file', { signal }),
        here.conflictAcceptRemote('file', { signal }),
        here.conflictKeepBoth('file', { signal }),
        here.conflictResolve('file', { data: 'x', signal }),
      ];
      for (const attempt of attempts)
        assert.equal(await failureOf(attempt, 'The reason of the abort'), reason);
      await there.pull();
      assertBytes(await there.read('file'), 'theirs', 'What the other vault holds');
      assertBytes(await here.read('file'), 'ours', 'What this vault holds');
    },
  },
  {
    promises: ['dispose.closed'],
    title: 'after dispose pull, push and conflicts are CLOSED',
    run: async (t) => {
      const [here] = await twoVaults(t);
      await here[Symbol.asyncDispose]();
      for (const attempt of ['pull', 'push', 'sync', 'conflictReport'] as const) {
        await t.rejects(here[attempt](), 'CLOSED', { operation: attempt });
      }
      await t.rejects(here.conflictAcceptLocal('file'), 'CLOSED');
    },
  },
  {
    promises: ['layer.read-only'],
    title: 'readOnly pulls and reports, but neither pushes nor settles',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await there.create('a', { data: 'a' });
      await there.push();
      await using view = readOnly(here);
      assert.ok(isSyncFileBackend(view));
      await view.pull();
      assertBytes(await view.read('a'), 'a', 'What was pulled');
      assert.deepEqual(await view.conflictReport(), []);
      await t.rejects(view.push(), 'READ_ONLY', { operation: 'push' });
      await t.rejects(view.conflictAcceptLocal('a'), 'READ_ONLY');
    },
  },
]);
