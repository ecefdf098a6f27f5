import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConformanceGroup, syncGroup } from '../conformance-case.ts';
import { assertBytes } from '../proving/bytes.ts';
import { failureOf } from '../proving/failures.ts';
import { inConflict, meet, twoVaults } from '../proving/two-vaults.ts';
import { listed } from '../proving/vault-contents.ts';

export const syncSessions: ConformanceGroup = syncGroup('sessions with a remote', [
  {
    promises: ['sync.session-publishes'],
    title: 'a session that succeeds pulls at its start and publishes at its end, as asked',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await there.create('from there', { data: 'there' });
      await there.push();
      await here.syncSession(
        async (session) => {
          assertBytes(await session.read('from there'), 'there', 'What was pulled');
          await session.create('from here', { data: 'here' });
        },
        { pull: true, push: true },
      );
      await there.pull();
      assertBytes(await there.read('from here'), 'here', 'What was published');
    },
  },
  {
    promises: ['sync.session-publishes'],
    title: 'a session that was not asked neither pulls nor publishes',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await there.create('from there', { data: 'there' });
      await there.push();
      await here.syncSession(
        async (session) => {
          assert.equal(await session.exists('from there'), false);
          await session.create('from here', { data: 'here' });
        },
        { pull: false, push: false },
      );
      await there.pull();
      assert.equal(await there.exists('from here'), false);
    },
  },
  {
    promises: ['sync.session-throw', 'session.throws'],
    title: 'after a throw nothing is published; the changes go out with the next push',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      const reason = new Error('the body broke');
      const broken = here.syncSession(
        async (session) => {
          await session.create('a', { data: 'a' });
          throw reason;
        },
        { push: true },
      );
      assert.equal(await failureOf(broken, 'The error of the body'), reason);
      await there.pull();
      assert.equal(await there.exists('a'), false);
      await t.holds('a', 'a');
      await here.push();
      await there.pull();
      assertBytes(await there.read('a'), 'a', 'What the other vault holds');
    },
  },
  {
    promises: ['sync.session-commit', 'session.commit'],
    title: 'commit publishes at once, also where the session would not',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await here.syncSession(
        async (session) => {
          await session.create('early', { data: 'early' });
          await session.commit({ message: 'Early' });
          await there.pull();
          assertBytes(await there.read('early'), 'early', 'What commit published');
          await session.create('late', { data: 'late' });
        },
        { push: false },
      );
      await there.pull();
      assert.equal(await there.exists('late'), false);
    },
  },
  {
    promises: ['sync.session-commit', 'session.object'],
    title: 'with await using nothing is published without commit',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      {
        await using session = await here.syncSession({ push: true });
        await session.create('a', { data: 'a' });
      }
      await there.pull();
      assert.equal(await there.exists('a'), false);
      {
        await using session = await here.syncSession();
        await session.create('b', { data: 'b' });
        await session.commit();
      }
      await there.pull();
      assert.deepEqual(await listed(there), ['a', 'b']);
    },
  },
  {
    promises: ['sync.session-conflict'],
    title: 'a conflict at the start rejects before the body',
    run: async (t) => {
      const [here] = await inConflict(t);
      let ran = false;
      const body = async (): Promise<void> => {
        ran = true;
      };
      await t.rejects(here.syncSession(body, { pull: true }), 'SYNC_CONFLICT', { operation: 'syncSession' });
      assert.equal(ran, false);
      await here.syncSession(async () => undefined, { pull: false, push: false, timeout: 5000 });
    },
  },
  {
    promises: ['sync.session-conflict'],
    title: 'a conflict at the end rejects; what the body wrote stays here',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await here.create('file', { data: 'base' });
      await meet(here, there);
      const session = here.syncSession(
        async (inner) => {
          await inner.update('file', { data: 'ours' });
          await there.update('file', { data: 'theirs' });
          await there.push();
        },
        { push: true },
      );
      await t.rejects(session, 'SYNC_CONFLICT', { operation: 'syncSession' });
      assertBytes(await here.read('file'), 'ours', 'What this vault holds');
      await here.conflictAcceptLocal('file');
      await meet(here, there);
    },
  },
  {
    promises: ['sync.session-excludes'],
    title: 'pull, push and sync wait for the session of another context, and belong to their own',
    run: async (t) => {
      const [here, there] = await twoVaults(t);
      await there.create('from there', { data: 'there' });
      await there.push();
      const session = await here.syncSession({ pull: false });
      const waiting = (['pull', 'push', 'sync'] as const).map((name) => here[name]().then(() => 'done'));
      // Long enough for a pull that does not wait; one that waits passes however long it takes.
      assert.equal(await Promise.race([...waiting, sleep(150, 'waiting')]), 'waiting');
      assert.equal(await session.exists('from there'), false);
      await session[Symbol.asyncDispose]();
      await Promise.all(waiting);
      assertBytes(await here.read('from there'), 'there', 'What was pulled');
      await here.syncSession(
        async (inner) => {
          await inner.create('from here', { data: 'here' });
          await here.sync();
        },
        { push: false },
      );
      await there.pull();
      assertBytes(await there.read('from here'), 'here', 'What sync in a session published');
    },
  },
]);
