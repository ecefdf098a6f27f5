import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { DEFAULT_SESSION_TIMEOUT, type FileBackend, type SyncSession } from '@f9/core';
import { type ConformanceGroup, declares, excludesProcesses } from '../conformance-case.ts';
import type { OtherProcess } from '../processes/other-process.ts';
import { assertBytes, bytes, noise } from '../proving/bytes.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { failureOf } from '../proving/failures.ts';
import { turns } from '../proving/turns.ts';
import { listed, snapshot } from '../proving/vault-contents.ts';

/** A session that is held until this is disposed. */
async function hold(backend: FileBackend): Promise<AsyncDisposable> {
  const entered = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const result = backend.syncSession(async () => {
    entered.resolve();
    await end.promise;
  });
  await Promise.race([entered.promise, result]);
  return {
    [Symbol.asyncDispose]: async () => {
      end.resolve();
      await result;
    },
  };
}

/** The most bodies that ran at the same time, when sessions of several backends were asked for at once. */
async function mostInside(backends: readonly FileBackend[], times: number): Promise<number> {
  let inside = 0;
  let most = 0;
  const body = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await turns(3);
    inside--;
  };
  const all = Array.from({ length: times }, (_, i) => backends[i % backends.length]!.syncSession(body));
  await Promise.all(all);
  return most;
}

async function takesSession(t: CaseContext, backend: FileBackend = t.backend): Promise<void> {
  assert.equal(await backend.syncSession(async () => 'mine', { timeout: 5000 }), 'mine');
}

export const sessions: ConformanceGroup = {
  name: 'sessions',
  cases: [
    {
      promises: ['session.body'],
      title: 'the body gets a session, and what it returns is returned',
      run: async (t) => {
        const result = await t.backend.syncSession(async (session) => {
          await session.create('a.txt', { data: 'by the session' });
          await t.backend.create('b.txt', { data: 'by the backend' });
          assertBytes(await session.read('b.txt'), 'by the backend', 'What the backend wrote');
          return 42;
        });
        assert.equal(result, 42);
        await t.holds('a.txt', 'by the session');
        await t.holds('b.txt', 'by the backend');
      },
    },
    {
      promises: ['session.interface'],
      title: 'a session does everything that a backend does',
      run: async (t) => {
        await t.backend.syncSession(async (session) => {
          await session.create('dir/a.txt', { data: 'a' });
          await session.update('dir/a.txt', { data: 'aa' });
          await session.streamWrite('dir/b.txt', { chunkSource: ['b'] });
          await session.copy('dir/b.txt', 'c.txt');
          await session.move('c.txt', 'd.txt');
          assert.deepEqual(await listed(session, '/', true), ['d.txt', 'dir', 'dir/a.txt', 'dir/b.txt']);
          assert.deepEqual(await session.glob('**/a*'), ['dir/a.txt']);
          assert.equal((await session.info('dir/a.txt')).size, 2);
          assert.equal(await session.checksum('dir/b.txt'), await t.backend.checksum('d.txt'));
          assert.equal((await Array.fromAsync(session.streamRead('d.txt', { binary: false }))).join(''), 'b');
          await session.delete('d.txt');
          assert.equal(await session.exists('d.txt'), false);
          assert.equal(session.name, t.backend.name);
          assert.deepEqual(session.capabilities, t.backend.capabilities);
        });
        assert.deepEqual(await listed(t.backend, '/', true), ['dir', 'dir/a.txt', 'dir/b.txt']);
      },
    },
    {
      promises: ['session.one-at-a-time'],
      title: 'bodies of one backend never run at the same time',
      run: async (t) => {
        assert.equal(await mostInside([t.backend], t.scaled(10, 3)), 1);
      },
    },
    {
      promises: ['session.one-at-a-time'],
      title: 'bodies of several backends on one store never run at the same time',
      run: async (t) => {
        const backends = [t.backend, await t.another(), await t.another()];
        assert.equal(await mostInside(backends, t.scaled(9, 3)), 1);
      },
    },
    {
      promises: ['session.one-at-a-time'],
      title: 'read, change and write back in sessions loses no update',
      run: async (t) => {
        await t.backend.create('counter', { data: '0' });
        const backends =
          t.capabilities.consistency === 'strong' ? [t.backend, await t.another()] : [t.backend];
        const rounds = t.scaled(12, 4);
        await Promise.all(
          Array.from({ length: rounds }, (_, i) =>
            backends[i % backends.length]!.syncSession(async (session) => {
              const count = Number(await session.read('counter', { binary: false }));
              await session.update('counter', { data: String(count + 1) });
            }),
          ),
        );
        await t.holds('counter', String(rounds), ...Array.from({ length: rounds }, (_, i) => String(i)));
      },
    },
    {
      promises: ['session.order'],
      title: 'whoever waits gets the session in the order of asking',
      run: async (t) => {
        await using held = await hold(t.backend);
        const order: number[] = [];
        const waiting = Array.from({ length: 5 }, (_, i) => t.backend.syncSession(async () => order.push(i)));
        await held[Symbol.asyncDispose]();
        await Promise.all(waiting);
        assert.deepEqual(order, [0, 1, 2, 3, 4]);
      },
    },
    {
      promises: ['session.timeout'],
      title: 'who waited longer than timeout gets LOCK_TIMEOUT, which names the holder, and did nothing',
      run: async (t) => {
        await using held = await hold(t.backend);
        let ran = false;
        const started = performance.now();
        const late = t.backend.syncSession(
          async () => {
            ran = true;
          },
          { timeout: 60 },
        );
        const error = await t.rejects(late, 'LOCK_TIMEOUT', { operation: 'syncSession' });
        assert.ok(performance.now() - started >= 55, 'It waited before it gave up');
        assert.ok(
          error.message.includes(String(process.pid)),
          `The message names the holder: ${error.message}`,
        );
        assert.equal(error.retryable, true);
        assert.equal(ran, false);
        await held[Symbol.asyncDispose]();
        await takesSession(t);
      },
    },
    {
      promises: ['session.timeout'],
      title: 'another backend on the store times out as well, and timeout 0 asks without waiting',
      run: async (t) => {
        await using held = await hold(t.backend);
        const other = await t.another();
        await t.rejects(
          other.syncSession(async () => 1, { timeout: 0 }),
          'LOCK_TIMEOUT',
        );
        await t.rejects(t.backend.syncSession({ timeout: 0 }), 'LOCK_TIMEOUT');
        await held[Symbol.asyncDispose]();
        assert.equal(await other.syncSession(async () => 'free', { timeout: 0 }), 'free');
      },
    },
    {
      promises: ['session.timeout'],
      title: 'a timeout that is none is INVALID_ARGUMENT, and the default is 30 seconds',
      run: async (t) => {
        for (const timeout of [-1, Number.NaN]) {
          await t.rejects(
            t.backend.syncSession(async () => 1, { timeout }),
            'INVALID_ARGUMENT',
          );
        }
        assert.equal(DEFAULT_SESSION_TIMEOUT, 30_000);
        await takesSession(t);
      },
    },
    {
      promises: ['session.abort'],
      title: 'who waits can be aborted, rejects with the reason, and the next in line moves up',
      run: async (t) => {
        await using held = await hold(t.backend);
        const controller = new AbortController();
        const reason = new Error('not worth the wait');
        let ran = false;
        const aborted = t.backend.syncSession(
          async () => {
            ran = true;
          },
          { signal: controller.signal },
        );
        const next = t.backend.syncSession(async () => 'next');
        await turns(1);
        controller.abort(reason);
        assert.equal(await failureOf(aborted, 'The reason of the abort'), reason);
        assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
        await held[Symbol.asyncDispose]();
        assert.equal(await next, 'next');
        assert.equal(ran, false);
      },
    },
    {
      promises: ['session.plain-operations'],
      title: 'plain operations never wait for a session',
      run: async (t) => {
        const other = await t.another();
        await using held = await hold(t.backend);
        await t.backend.create('a.txt', { data: 'a' });
        await other.create('b.txt', { data: 'b' });
        await t.backend.update('a.txt', { data: 'aa' });
        assert.deepEqual(await t.backend.glob('a*'), ['a.txt']);
        await t.backend.delete('a.txt');
        await held[Symbol.asyncDispose]();
        await t.appears('b.txt', 'b');
      },
    },
    {
      promises: ['session.reentry'],
      title: 'a session within a session enters at once, by the backend, by the session, and at any depth',
      run: async (t) => {
        const timeout = 0;
        const deepest = await t.backend.syncSession(async (outer) => {
          assert.equal(await outer.syncSession(async () => 'by the session', { timeout }), 'by the session');
          return await t.backend.syncSession(
            async (inner) =>
              await inner.syncSession(
                async () => await t.backend.syncSession(async () => 'deep', { timeout }),
                { timeout },
              ),
            { timeout },
          );
        });
        assert.equal(deepest, 'deep');
      },
    },
    {
      promises: ['session.reentry'],
      title: 'the end of an inner session does not end the outer one',
      run: async (t) => {
        const other = await t.another();
        const outside = AsyncResource.bind(() => other.syncSession(async () => 1, { timeout: 0 }));
        await t.backend.syncSession(async (outer) => {
          await t.backend.syncSession(async () => undefined);
          {
            await using inner = await outer.syncSession();
            await inner.create('a.txt', { data: 'a' });
          }
          await t.rejects(outside(), 'LOCK_TIMEOUT');
          await outer.update('a.txt', { data: 'b' });
        });
        assert.equal(await outside(), 1);
      },
    },
    {
      promises: ['session.other-context'],
      title: 'another async context waits, even on the same backend object',
      run: async (t) => {
        const outside = AsyncResource.bind((timeout: number) =>
          t.backend.syncSession(async () => 'outside', { timeout }),
        );
        const waiting = await t.backend.syncSession(async () => {
          await t.rejects(outside(0), 'LOCK_TIMEOUT');
          return { later: outside(5000) };
        });
        assert.equal(await waiting.later, 'outside');
      },
    },
    {
      promises: ['session.object'],
      title: 'with await using the session is held until the block ends',
      run: async (t) => {
        const other = await t.another();
        {
          await using session = await t.backend.syncSession();
          await session.create('a.txt', { data: 'a' });
          await t.rejects(
            other.syncSession(async () => 1, { timeout: 0 }),
            'LOCK_TIMEOUT',
          );
          if (t.capabilities.transactional) await session.commit();
        }
        assert.equal(await other.syncSession(async () => 1, { timeout: 0 }), 1);
        await t.holds('a.txt', 'a');
      },
    },
    {
      promises: ['session.object'],
      title: 'only calls on the session object belong to it: the backend itself waits',
      run: async (t) => {
        await using session = await t.backend.syncSession();
        await t.rejects(
          t.backend.syncSession(async () => 1, { timeout: 0 }),
          'LOCK_TIMEOUT',
        );
        assert.equal(await session.syncSession(async () => 'inside', { timeout: 0 }), 'inside');
        await t.backend.create('plain.txt', { data: 'plain operations go on' });
      },
    },
    {
      promises: ['session.object'],
      title: 'an object that is disposed twice gives back only its own session',
      run: async (t) => {
        const session = await t.backend.syncSession();
        await session[Symbol.asyncDispose]();
        await using held = await hold(t.backend);
        await session[Symbol.asyncDispose]();
        await t.rejects(
          (await t.another()).syncSession(async () => 1, { timeout: 0 }),
          'LOCK_TIMEOUT',
        );
        await held[Symbol.asyncDispose]();
      },
    },
    {
      promises: ['session.ended'],
      title: 'a session that has ended is CLOSED, the backend is not',
      run: async (t) => {
        let leaked: SyncSession | undefined;
        await t.backend.syncSession(async (session) => {
          leaked = session;
        });
        const object = await t.backend.syncSession();
        await object[Symbol.asyncDispose]();
        for (const ended of [leaked!, object]) {
          await t.rejects(ended.create('a.txt'), 'CLOSED');
          await t.rejects(ended.exists('a.txt'), 'CLOSED');
          await t.rejects(Array.fromAsync(ended.list()), 'CLOSED');
          await t.rejects(Array.fromAsync(ended.streamRead('a.txt')), 'CLOSED');
          await t.rejects(ended.commit(), 'CLOSED', { operation: 'commit' });
          await t.rejects(
            ended.syncSession(async () => 1),
            'CLOSED',
          );
        }
        await t.backend.create('a.txt', { data: 'a' });
        await takesSession(t);
      },
    },
    {
      promises: ['session.ended'],
      title: 'what goes on after the body belongs to no session',
      run: async (t) => {
        const end = Promise.withResolvers<void>();
        const after = await t.backend.syncSession(async () => ({
          work: end.promise.then(async () => {
            await t.backend.create('after.txt', { data: 'after' });
            return await t.backend.syncSession(async () => 'a session of its own');
          }),
        }));
        end.resolve();
        assert.equal(await after.work, 'a session of its own');
        await t.holds('after.txt', 'after');
      },
    },
    {
      promises: ['session.throws'],
      title: 'what the body throws comes back as it is; its changes stay, and the session is free',
      when: ({ capabilities }) => !capabilities.transactional,
      run: async (t) => {
        const reason = new TypeError('the body broke');
        const broken = t.backend.syncSession(async (session) => {
          await session.create('a.txt', { data: 'a' });
          throw reason;
        });
        assert.equal(await failureOf(broken, 'The error of the body'), reason);
        await t.holds('a.txt', 'a');
        const sync = t.backend.syncSession(() => {
          throw reason;
        });
        assert.equal(await failureOf(sync, 'The error of the body'), reason);
        await takesSession(t, await t.another());
      },
    },
    {
      promises: ['session.transaction'],
      title:
        'others see a session as a whole once it is committed: each change, deletion, move and directory',
      when: declares('transactional'),
      run: async (t) => {
        const other = await t.another();
        await t.backend.create('kept', { data: 'before' });
        await t.backend.create('deleted', { data: 'deleted' });
        await t.backend.create('moved', { data: 'moved' });
        const before = await snapshot(other);
        await t.backend.syncSession(async (session) => {
          await session.update('kept', { data: 'after' });
          await session.update('kept', { data: ' all', append: true });
          await session.delete('deleted');
          await session.move('moved', 'dir/moved');
          await session.create('empty', { isDirectory: true });
          await session.streamWrite('streamed', { chunkSource: ['in ', 'pieces'] });
          assertBytes(await session.read('kept'), 'after all', 'In the session');
          assert.equal(await session.exists('deleted'), false);
          assert.deepEqual(await listed(session), ['dir', 'empty', 'kept', 'streamed']);
          assert.deepEqual(await snapshot(other), before, 'Before the commit nobody else sees anything');
          await session.commit();
          assertBytes(await other.read('kept'), 'after all', 'Once it was committed');
          await session.create('late', { data: 'at the end' });
          assert.equal(await other.exists('late'), false);
        });
        assert.deepEqual(await listed(other, '/', true), [
          'dir',
          'dir/moved',
          'empty',
          'kept',
          'late',
          'streamed',
        ]);
      },
    },
    {
      promises: ['session.transaction', 'session.throws'],
      title: 'of a body that throws, or an object that is released without commit, nothing stays',
      when: declares('transactional'),
      run: async (t) => {
        const other = await t.another();
        await t.backend.create('a.txt', { data: 'before' });
        const change = async (session: FileBackend): Promise<void> => {
          await session.update('a.txt', { data: 'after' });
          await session.create('dir/b.txt', { data: noise(t.scaled(600_000, 2000)) });
        };
        await t.unchangedBy(async () => {
          const reason = new TypeError('the body broke');
          const broken = t.backend.syncSession(async (session) => {
            await change(session);
            throw reason;
          });
          assert.equal(await failureOf(broken, 'The error of the body'), reason);
          const object = await t.backend.syncSession();
          await change(object);
          await object[Symbol.asyncDispose]();
        });
        await t.unchangedBy(async () => {
          await t.backend.syncSession(async (session) => {
            // A refusal is only an answer; the other work of the session still counts.
            await t.rejects(session.create('a.txt', { data: 'again' }), 'ALREADY_EXISTS');
            await t.rejects(session.update('none', { data: 'again' }), 'NOT_FOUND');
            await t.rejects(session.delete('none'), 'NOT_FOUND');
          });
        });
        await takesSession(t, other);
      },
    },
    {
      promises: ['session.commit'],
      title: 'commit can be called at any time, and the session goes on',
      run: async (t) => {
        await t.backend.syncSession(
          async (session) => {
            await session.commit();
            await session.create('a.txt', { data: 'a' });
            await session.commit({ message: 'A first part' });
            await session.update('a.txt', { data: 'b' });
          },
          { pull: false },
        );
        await using object = await t.backend.syncSession();
        await object.update('a.txt', { data: 'c' });
        await object.commit();
        await t.holds('a.txt', 'c', 'b', 'a');
      },
    },
    {
      promises: ['session.streams'],
      title: 'a stream that was asked for in a session can be read in it, and bytes are the same',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'text' });
        const chunks = await t.backend.syncSession(async (session) => {
          const stream = session.streamRead('a.txt');
          await session.update('a.txt', { data: 'more' });
          return await Array.fromAsync(stream);
        });
        assert.deepEqual(
          chunks.map((chunk) => [...chunk]),
          [[...bytes('more')]],
        );
      },
    },
    {
      promises: ['session.across-processes'],
      title: 'while another process holds the session, nobody here gets it',
      when: excludesProcesses,
      hook: 'processModule',
      run: async (t) => {
        const holder = await holderOf(t);
        const error = await t.rejects(
          t.backend.syncSession(async () => 1, { timeout: 50 }),
          'LOCK_TIMEOUT',
        );
        assert.ok(
          error.message.includes(String(holder.pid)),
          `The message names process ${holder.pid}: ${error.message}`,
        );
        await t.backend.create('plain.txt', { data: 'plain operations go on' });
      },
    },
    {
      promises: ['session.dead-holder'],
      title: 'the session of a process that died is free',
      when: excludesProcesses,
      hook: 'processModule',
      run: async (t) => {
        const holder = await holderOf(t);
        const waiting = t.backend.syncSession(async () => 'mine');
        await holder.kill();
        assert.equal(await waiting, 'mine');
      },
    },
    {
      promises: ['session.fenced'],
      title: 'a holder that was stopped writes on as if nothing were, or has lost the session to who took it',
      when: (backend, harness) => excludesProcesses(backend, harness) && process.platform !== 'win32',
      hook: 'processModule',
      run: async (t) => {
        await t.backend.create('a.txt', { data: 'before' });
        const [holder] = await t.processes(1);
        const holding = holder!.run('holdSession', { path: 'a.txt', data: 'by who was stopped' });
        await holder!.waits();
        holder!.stop();
        const lease = t.harness.sessionLease ?? 0;
        const overtaking = t.backend.syncSession(
          async (session) => await session.update('a.txt', { data: 'by who came after' }),
          { timeout: 2 * lease + (t.isLong ? 15_000 : 300) },
        );
        const overtaken = await overtaking.then(
          () => true,
          (error: unknown) => error,
        );
        holder!.resume();
        holder!.goOn();
        if (overtaken === true) {
          assert.deepEqual(await holding, { write: 'LOCK_LOST', commit: 'LOCK_LOST' });
          await t.holds('a.txt', 'by who came after', 'before');
        } else {
          await t.rejects(overtaking, 'LOCK_TIMEOUT');
          assert.equal(lease, 0, 'A session whose lease has ended is given to the next');
          assert.deepEqual(await holding, { write: 'done', commit: 'done' });
          await t.holds('a.txt', 'by who was stopped', 'before');
        }
      },
    },
  ],
};

/** Another process that holds the session. */
async function holderOf(t: CaseContext): Promise<OtherProcess> {
  const [holder] = await t.processes(1);
  // Its end is not awaited, since it is killed here or after the case.
  holder!.run('holdSession', { path: 'held', data: '' }).catch(() => undefined);
  await holder!.waits();
  return holder!;
}
