import assert from 'node:assert/strict';
import { isSyncFileBackend, restrict } from '@f9/core';
import { type ConformanceGroup, syncGroup } from '../conformance-case.ts';
import { assertBytes, bytes, chunked } from '../proving/bytes.ts';
import { failureOf } from '../proving/failures.ts';
import { inConflict, meet, onlyConflict, sides, twoVaults } from '../proving/two-vaults.ts';
import { snapshot } from '../proving/vault-contents.ts';

export const conflicts: ConformanceGroup = syncGroup('conflicts', [
  {
    promises: ['sync.rejects-conflicts'],
    title: 'pull, push and sync reject while a conflict stands, and change no file',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      const before = await snapshot(here);
      for (const attempt of ['pull', 'push', 'sync', 'push', 'pull'] as const) {
        const error = await t.rejects(here[attempt](), 'SYNC_CONFLICT');
        assert.equal(error.name, 'SyncConflictError');
        assert.deepEqual(await snapshot(here), before, `${attempt} changes nothing here`);
      }
      await there.pull();
      assertBytes(await there.read('file'), 'theirs', 'What the other vault holds');
      assertBytes(await here.read('file'), 'ours', 'What this vault holds');
    },
  },
  {
    promises: ['sync.report'],
    title: 'a conflict is reported with its path, its kind, and all three sides',
    run: async (t) => {
      const [here] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      const conflict = await onlyConflict(here);
      assert.deepEqual([conflict.path, conflict.status, conflict.kind], ['file', 'UU', 'content']);
      assert.deepEqual([...conflict.paths], ['file']);
      assert.deepEqual(await sides(conflict), ['base', 'ours', 'theirs']);
    },
  },
  {
    promises: ['sync.report'],
    title: 'a file that one side deleted and the other changed is a conflict with a side missing',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await here.create('deleted here', { data: 'base' });
      await here.create('deleted there', { data: 'base' });
      await meet(here, there);
      await there.update('deleted here', { data: 'theirs' });
      await there.delete('deleted there');
      await there.push();
      await here.delete('deleted here');
      await here.update('deleted there', { data: 'ours' });
      await t.rejects(here.sync(), 'SYNC_CONFLICT');
      const [first, second] = await here.conflictReport();
      assert.deepEqual([first?.path, first?.status, first?.kind], ['deleted here', 'DU', 'modify/delete']);
      assert.deepEqual(await sides(first!), ['base', undefined, 'theirs']);
      assert.deepEqual(
        [second?.path, second?.status, second?.kind],
        ['deleted there', 'UD', 'modify/delete'],
      );
      assert.deepEqual(await sides(second!), ['base', 'ours', undefined]);
      await here.conflictAcceptRemote('deleted here');
      await here.conflictAcceptLocal('deleted there');
      await meet(here, there);
      assertBytes(await there.read('deleted here'), 'theirs', 'deleted here');
      assertBytes(await there.read('deleted there'), 'ours', 'deleted there');
    },
  },
  {
    promises: ['sync.report'],
    title: 'the same new path with different content on both sides is a conflict without a base',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await here.create('base', { data: 'base' });
      await meet(here, there);
      await there.create('new', { data: 'theirs' });
      await there.push();
      await here.create('new', { data: 'ours' });
      await t.rejects(here.pull(), 'SYNC_CONFLICT');
      const conflict = await onlyConflict(here);
      assert.deepEqual([conflict.path, conflict.status], ['new', 'AA']);
      assert.deepEqual(await sides(conflict), [undefined, 'ours', 'theirs']);
    },
  },
  {
    promises: ['sync.report'],
    title: 'where nothing is in conflict the report is empty',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      assert.deepEqual(await here.conflictReport(), []);
      await here.create('a', { data: 'a' });
      await meet(here, there);
    },
  },
  {
    promises: ['sync.accept-local'],
    title: 'conflictAcceptLocal keeps what is here, for everyone',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      await here.conflictAcceptLocal('file');
      await meet(here, there);
      assertBytes(await there.read('file'), 'ours', 'What the other vault holds');
      assertBytes(await there.read('other'), 'other', 'What was in no conflict');
    },
  },
  {
    promises: ['sync.accept-remote'],
    title: 'conflictAcceptRemote takes what the remote has',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      await here.conflictAcceptRemote('file');
      await meet(here, there);
      assertBytes(await here.read('file'), 'theirs', 'What this vault holds');
    },
  },
  {
    promises: ['sync.resolve'],
    title: 'conflictResolve sets content of its own, of any kind',
    run: async (t) => {
      for (const data of ['joined', bytes('joined'), chunked('joi', bytes('ned'))]) {
        await t.again(async (each) => {
          const [here, there] = await inConflict(each);
          await failureOf(here.pull(), 'SYNC_CONFLICT');
          await here.conflictResolve('file', { data });
          await meet(here, there);
          assertBytes(await there.read('file'), 'joined', 'What the other vault holds');
        });
      }
    },
  },
  {
    promises: ['sync.keep-both'],
    title: 'conflictKeepBoth keeps this version, and puts the other one beside it',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      await here.conflictKeepBoth('file');
      await meet(here, there);
      assertBytes(await there.read('file'), 'ours', 'What the other vault holds');
      const beside = (await there.globFiles('**', { dot: true })).filter(
        (path) => path !== 'file' && path !== 'other',
      );
      assert.equal(beside.length, 1, `One more file, not ${beside.join() || 'none'}`);
      assertBytes(await there.read(beside[0]!), 'theirs', beside[0]!);
    },
  },
  {
    promises: ['layer.restrict', 'sync.keep-both'],
    title: 'conflictKeepBoth puts nothing beside the file where nothing may be written',
    run: async (t) => {
      const [here, there] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      const before = await snapshot(here);
      const view = restrict(here, { write: { allow: ['file', 'other'] } });
      assert.ok(isSyncFileBackend(view));
      await t.rejects(view.conflictKeepBoth('file'), 'PERMISSION_DENIED', { operation: 'conflictKeepBoth' });
      assert.deepEqual(await snapshot(here), before, 'Nothing in the vault may have changed');
      await onlyConflict(here);
      const open = restrict(restrict(here, { write: '**' }), { write: { allow: ['file*'] } });
      assert.ok(isSyncFileBackend(open));
      await open.conflictKeepBoth('file');
      await meet(here, there);
      assertBytes(await there.read('file'), 'ours', 'What the other vault holds');
    },
  },
  {
    promises: ['sync.resolve-missing', 'paths.outside'],
    title: 'resolving where no conflict stands is NOT_FOUND',
    run: async (t) => {
      const [here] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      for (const path of ['other', 'gone']) {
        await t.rejects(here.conflictAcceptLocal(path), 'NOT_FOUND', {
          operation: 'conflictAcceptLocal',
          path,
        });
        await t.rejects(here.conflictAcceptRemote(path), 'NOT_FOUND', {
          operation: 'conflictAcceptRemote',
          path,
        });
        await t.rejects(here.conflictKeepBoth(path), 'NOT_FOUND', { operation: 'conflictKeepBoth', path });
        const resolve = here.conflictResolve(path, { data: 'x' });
        await t.rejects(resolve, 'NOT_FOUND', { operation: 'conflictResolve', path });
      }
      await t.rejects(here.conflictAcceptLocal('../file'), 'PATH_OUTSIDE_ROOT');
      await onlyConflict(here);
    },
  },
  {
    promises: ['sync.rejects-conflicts', 'sync.resolve'],
    title: 'of two conflicts both have to be settled',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      for (const path of ['one', 'two']) await here.create(path, { data: 'base' });
      await meet(here, there);
      for (const path of ['one', 'two']) {
        await there.update(path, { data: `theirs ${path}` });
        await here.update(path, { data: `ours ${path}` });
      }
      await there.push();
      await t.rejects(here.sync(), 'SYNC_CONFLICT');
      await here.conflictAcceptRemote('one');
      await t.rejects(here.sync(), 'SYNC_CONFLICT');
      assert.equal((await onlyConflict(here)).path, 'two');
      await here.conflictAcceptLocal('two');
      await meet(here, there);
      assertBytes(await there.read('one'), 'theirs one', 'one');
      assertBytes(await there.read('two'), 'ours two', 'two');
    },
  },
  {
    promises: ['sync.reopen'],
    title: 'what was not pushed, and a conflict, are there for the next backend on the vault',
    run: async (t) => {
      const [here] = await inConflict(t);
      await failureOf(here.pull(), 'SYNC_CONFLICT');
      await here[Symbol.asyncDispose]();
      const next = await t.another();
      assert.ok(isSyncFileBackend(next));
      assertBytes(await next.read('file'), 'ours', 'What this vault holds');
      await t.rejects(next.push(), 'SYNC_CONFLICT', { operation: 'push' });
      assert.deepEqual(await sides(await onlyConflict(next)), ['base', 'ours', 'theirs']);
    },
  },
]);
