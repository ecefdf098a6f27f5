import assert from 'node:assert/strict';
import { isFileBackendError, type SyncFileBackend } from '@f9/core';
import { type ConformanceGroup, syncGroup } from '../conformance-case.ts';
import { assertBytes } from '../proving/bytes.ts';
import { failureOf } from '../proving/failures.ts';
import { meet, twoVaults } from '../proving/two-vaults.ts';
import { listed } from '../proving/vault-contents.ts';

export const autoSync: ConformanceGroup = syncGroup('autoPull and autoPush', [
  {
    promises: ['sync.auto-pull'],
    title: 'with autoPull every way of reading sees what others pushed',
    run: async (t) => {
      const [here] = await twoVaults(t);
      const readings: Record<string, (vault: SyncFileBackend, path: string) => Promise<unknown>> = {
        read: (vault, path) => vault.read(path),
        streamRead: (vault, path) => Array.fromAsync(vault.streamRead(path)),
        info: (vault, path) => vault.info(path),
        checksum: (vault, path) => vault.checksum(path),
        checksumMany: async (vault, path) => assert.equal((await vault.checksumMany([path])).size, 1),
        exists: async (vault, path) => assert.equal(await vault.exists(path), true),
        list: async (vault, path) => assert.ok((await listed(vault)).includes(path)),
        glob: async (vault, path) => assert.deepEqual(await vault.glob(path), [path]),
      };
      const vault = await t.clone({ autoPull: true });
      readings.syncSession = (vault, path) => vault.syncSession((session) => session.read(path));
      for (const [name, read] of Object.entries(readings)) {
        await here.create(name, { data: name });
        await here.push();
        await read(vault, name);
      }
    },
  },
  {
    promises: ['sync.auto-push'],
    title: 'with autoPush every way of writing is published',
    run: async (t) => {
      const [here] = await twoVaults(t);
      const vault = await t.clone({ autoPush: true });
      const expect = async (files: readonly string[]): Promise<void> => {
        await here.pull();
        assert.deepEqual(await here.globFiles('**'), files);
      };
      await vault.create('a', { data: 'a' });
      await expect(['a']);
      await vault.streamWrite('b', { chunkSource: ['b'] });
      await expect(['a', 'b']);
      await vault.copy('a', 'c');
      await expect(['a', 'b', 'c']);
      await vault.move('b', 'd');
      await expect(['a', 'c', 'd']);
      await vault.delete('a');
      await expect(['c', 'd']);
      await vault.update('c', { data: 'changed' });
      await here.pull();
      assertBytes(await here.read('c'), 'changed', 'c');
      await vault.syncSession(async (session) => {
        await session.create('e', { data: 'e' });
        await here.pull();
        assert.equal(await here.exists('e'), false, 'A session publishes at its end');
      });
      await expect(['c', 'd', 'e']);
    },
  },
  {
    promises: ['sync.offline'],
    hook: 'setRemoteReachable',
    title: 'offline autoPull serves what is here, and a failed autoPush says that the write is stored',
    run: async (t) => {
      const vault = await t.clone({ autoPull: true, autoPush: true });
      await vault.create('a', { data: 'a' });
      await t.store.setRemoteReachable!(false);
      try {
        assertBytes(await vault.read('a'), 'a', 'What is here');
        assert.deepEqual(await listed(vault), ['a']);
        const error = await failureOf(vault.update('a', { data: 'offline' }), 'A failed autoPush');
        assert.ok(isFileBackendError(error), String(error));
        assert.equal(error.stored, true, 'error.stored');
        assertBytes(await vault.read('a'), 'offline', 'What was stored');
      } finally {
        await t.store.setRemoteReachable!(true);
      }
      await vault.push();
      const other = await t.clone();
      await other.pull();
      assertBytes(await other.read('a'), 'offline', 'What was published later');
    },
  },
  {
    promises: ['sync.offline'],
    hook: 'setRemoteReachable',
    title:
      'without a network a session rejects at its start before the body, at its end with the changes kept',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await here.create('a', { data: 'a' });
      await here.push();
      let ran = false;
      await t.store.setRemoteReachable!(false);
      try {
        await here.update('a', { data: 'not yet published' });
        const body = async (): Promise<void> => {
          ran = true;
        };
        for (const attempt of [
          () => here.pull(),
          () => here.push(),
          () => here.syncSession(body, { pull: true }),
        ]) {
          const error = await failureOf(attempt(), 'No network');
          assert.ok(isFileBackendError(error) && error.code !== 'SYNC_CONFLICT', String(error));
        }
        assert.equal(ran, false);
        const late = here.syncSession((session) => session.update('a', { data: 'offline' }), {
          pull: false,
          push: true,
        });
        assert.ok(isFileBackendError(await failureOf(late, 'No network')));
        assertBytes(await here.read('a'), 'offline', 'What this vault holds');
      } finally {
        await t.store.setRemoteReachable!(true);
      }
      await meet(here, there);
      assertBytes(await there.read('a'), 'offline', 'What the other vault holds');
    },
  },
]);
