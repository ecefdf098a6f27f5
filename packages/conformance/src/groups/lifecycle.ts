import assert from 'node:assert/strict';
import { CHECKSUM_ALGORITHMS, mirror, readOnly, subdirectory } from '@f9/core';
import type { ConformanceGroup } from '../conformance-case.ts';
import { drain, noise } from '../proving/bytes.ts';
import { turns } from '../proving/turns.ts';
import { listed } from '../proving/vault-contents.ts';
import { everyOperation } from './abort.ts';

export const lifecycle: ConformanceGroup = {
  name: 'opening and disposing',
  cases: [
    {
      promises: ['open.lazily'],
      title: 'making a backend opens nothing, and one that was never used is disposed of all the same',
      run: async (t) => {
        const before = await t.resources();
        const unused = await Promise.all(Array.from({ length: 5 }, () => t.another()));
        assert.equal(await t.resources(), before, 'A backend that was only made holds nothing');
        for (const backend of unused) await backend[Symbol.asyncDispose]();
        assert.deepEqual(await listed(t.backend), []);
      },
    },
    {
      promises: ['open.lazily'],
      title: 'whichever operation comes first opens the backend',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        const names = Object.keys(everyOperation(t.backend)).filter((name) =>
          /^(read|info|exists|list|streamRead|checksum.*|glob)$/.test(name),
        );
        for (const name of names) await t.seen(async (fresh) => void (await everyOperation(fresh)[name]!()));
      },
    },
    {
      promises: ['open.capabilities'],
      title: 'capabilities are whole once the backend is open, and the same for every backend on the store',
      run: async (t) => {
        await t.backend.exists('a');
        const { capabilities } = t.backend;
        const before = structuredClone({ ...capabilities });
        const support = ['native', 'host', 'emulated', false];
        for (const name of ['exclusiveCreate', 'ifMatch', 'append', 'move'] as const) {
          assert.ok(support.includes(capabilities[name]), `${name}: ${String(capabilities[name])}`);
        }
        for (const name of [
          'search',
          'symlinks',
          'emptyDirectories',
          'caseSensitive',
          'versions',
          'changes',
        ] as const) {
          assert.equal(typeof capabilities[name], 'boolean', name);
        }
        assert.ok(['strong', 'eventual'].includes(capabilities.consistency));
        assert.ok(Number.isFinite(capabilities.settleWithin) && capabilities.settleWithin >= 0);
        if (capabilities.consistency === 'strong') assert.equal(capabilities.settleWithin, 0);
        assert.ok(['process', 'host', 'network'].includes(capabilities.lockScope));
        assert.ok(['native', 'polled'].includes(capabilities.watch));
        for (const algorithm of capabilities.checksums) assert.ok(CHECKSUM_ALGORITHMS.includes(algorithm));
        const { maxFileSize } = capabilities;
        assert.ok(maxFileSize === undefined || (Number.isSafeInteger(maxFileSize) && maxFileSize > 0));
        await t.backend.create('a', { data: 'a' });
        assert.deepEqual({ ...t.backend.capabilities }, before);
        const other = await t.another();
        await other.exists('a');
        assert.deepEqual({ ...other.capabilities }, before);
      },
    },
    {
      promises: ['open.capabilities'],
      title: 'a driver has the members that its capabilities need, and a name',
      run: async (t) => {
        const { driver, capabilities, name } = t.backend;
        assert.ok(typeof name === 'string' && name !== '');
        assert.equal(driver.capabilities, capabilities);
        const needs = {
          append: capabilities.append === 'native',
          move: capabilities.move === 'native',
          search: capabilities.search,
        };
        for (const [member, isNeeded] of Object.entries(needs)) {
          if (isNeeded)
            assert.equal(typeof driver[member as keyof typeof needs], 'function', `driver.${member}`);
        }
      },
    },
    {
      promises: ['open.missing'],
      title: 'a store that is not there is NOT_FOUND, is not made, and is no empty one',
      when: (_, { createMissing }) => createMissing !== undefined,
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        await t.again(
          async (missing) => {
            const { backend } = missing;
            for (const run of Object.values(everyOperation(backend)))
              await missing.rejects(run(), 'NOT_FOUND');
            await missing.rejects(Array.fromAsync(backend.watch()), 'NOT_FOUND');
            await t.unchangedBy(async () => {
              const wholly = { prune: 'even-if-empty' } as const;
              await missing.rejects(mirror(backend, t.backend, wholly), 'NOT_FOUND');
              await missing.rejects(mirror(t.backend, backend, wholly), 'NOT_FOUND');
            });
            await missing.rejects((await missing.another()).exists('a'), 'NOT_FOUND');
          },
          { ...t.harness, createStore: () => t.harness.createMissing!() },
        );
      },
    },
    {
      promises: ['dispose.closed'],
      title: 'after dispose every operation is CLOSED',
      run: async (t) => {
        const used = await t.another();
        await used.create('dir/a.txt', { data: 'a' });
        const stream = used.streamRead('dir/a.txt');
        const session = await used.syncSession();
        await used[Symbol.asyncDispose]();
        for (const [name, run] of Object.entries(everyOperation(used))) {
          await t.rejects(run(), 'CLOSED', name.includes(' ') ? {} : { operation: name });
        }
        await t.rejects(stream.getReader().read(), 'CLOSED', { operation: 'streamRead' });
        await t.rejects(session.read('dir/a.txt'), 'CLOSED');
        await t.appears('dir/a.txt', 'a');
      },
    },
    {
      promises: ['dispose.closed'],
      title: 'a backend that was never used is CLOSED after dispose, and can be disposed again',
      run: async (t) => {
        const unused = await t.another();
        await Promise.all([unused[Symbol.asyncDispose](), unused[Symbol.asyncDispose]()]);
        await unused[Symbol.asyncDispose]();
        await t.rejects(unused.create('a.txt', { data: 'a' }), 'CLOSED', {
          operation: 'create',
          path: 'a.txt',
        });
        await t.isAbsent('a.txt');
      },
    },
    {
      promises: ['dispose.close', 'dispose.closed'],
      title: 'close() does what dispose does, also beside it, and ends every operation',
      run: async (t) => {
        const used = await t.another();
        await used.create('a.txt', { data: 'a' });
        const stream = used.streamRead('a.txt');
        await used.close();
        await t.rejects(used.read('a.txt'), 'CLOSED', { operation: 'read', path: 'a.txt' });
        await t.rejects(stream.getReader().read(), 'CLOSED', { operation: 'streamRead' });
        await Promise.all([used.close(), used[Symbol.asyncDispose]()]);
        const session = await t.backend.syncSession();
        await session.close();
        await t.rejects(session.read('a.txt'), 'CLOSED');
        await t.appears('a.txt', 'a');
      },
    },
    {
      promises: ['dispose.waits'],
      title: 'dispose waits for what runs, which ends well, and lets nothing new begin',
      run: async (t) => {
        const backend = await t.another();
        const go = Promise.withResolvers<void>();
        const begun = Promise.withResolvers<void>();
        async function* source(): AsyncGenerator<string> {
          yield 'first ';
          begun.resolve();
          await go.promise;
          yield 'second';
        }
        const writing = backend.create('a.txt', { data: source() });
        await begun.promise;
        let disposed = false;
        const disposing = backend[Symbol.asyncDispose]().then(() => {
          disposed = true;
        });
        await turns(5);
        assert.equal(disposed, false, 'Dispose waits');
        await t.rejects(backend.exists('a.txt'), 'CLOSED');
        go.resolve();
        assert.equal((await writing).size, 12);
        await disposing;
        await t.appears('a.txt', 'first second');
      },
    },
    {
      promises: ['dispose.waits'],
      title: 'dispose waits for the body of a session, whose own operations go on',
      run: async (t) => {
        const backend = await t.another();
        const go = Promise.withResolvers<void>();
        const entered = Promise.withResolvers<void>();
        const session = backend.syncSession(async (inner) => {
          entered.resolve();
          await go.promise;
          await inner.create('a.txt', { data: 'a' });
          await backend.update('a.txt', { data: 'b' });
          return 'done';
        });
        await entered.promise;
        const disposing = backend[Symbol.asyncDispose]();
        await turns(1);
        go.resolve();
        assert.equal(await session, 'done');
        await disposing;
        await t.appears('a.txt', 'b', 'a');
      },
    },
    {
      promises: ['dispose.streams', 'dispose.releases'],
      title: 'dispose fails open streams and listings with CLOSED and frees what they hold',
      run: async (t) => {
        const before = await t.resources();
        const backend = await t.another();
        await backend.create('large', { data: noise(t.scaled(3_000_000, 50_000)) });
        for (let i = 0; i < 5; i++) await backend.create(`f${i}`, { data: 'x' });
        const stream = backend.streamRead('large', { chunkSize: 100 }).getReader();
        const text = backend.streamRead('f0', { binary: false, chunkSize: 1 }).getReader();
        const listing = backend.list('/')[Symbol.asyncIterator]();
        await stream.read();
        await text.read();
        await listing.next();
        await backend[Symbol.asyncDispose]();
        await t.rejects(drain(stream), 'CLOSED', { operation: 'streamRead' });
        await t.rejects(listing.next(), 'CLOSED', { operation: 'list' });
        await t.released(before);
      },
    },
    {
      promises: ['dispose.releases'],
      title: 'dispose gives a session back that an object still holds',
      run: async (t) => {
        const backend = await t.another();
        const session = await backend.syncSession();
        await session.create('a.txt', { data: 'a' });
        await backend[Symbol.asyncDispose]();
        assert.equal(await t.backend.syncSession(async () => 'free', { timeout: 5000 }), 'free');
        await session[Symbol.asyncDispose]();
      },
    },
    {
      promises: ['dispose.in-session'],
      title: 'dispose rejects inside the body of a session, which goes on',
      run: async (t) => {
        const backend = await t.another();
        await backend.syncSession(async (session) => {
          await t.rejects(Promise.resolve(backend[Symbol.asyncDispose]()), 'BUSY');
          await session.create('a.txt', { data: 'a' });
          await backend.update('a.txt', { data: 'b' });
        });
        await backend[Symbol.asyncDispose]();
        await t.appears('a.txt', 'b', 'a');
      },
    },
    {
      promises: ['dispose.others'],
      title: 'other backends on the store go on',
      run: async (t) => {
        const other = await t.another();
        await t.backend.create('a.txt', { data: 'a' });
        await other.exists('a.txt');
        await other[Symbol.asyncDispose]();
        await t.backend.update('a.txt', { data: 'b' });
        await t.holds('a.txt', 'b', 'a');
      },
    },
    {
      promises: ['dispose.wrapper'],
      title: 'a wrapper does not dispose what it wraps',
      run: async (t) => {
        await t.backend.create('dir/a.txt', { data: 'a' });
        for (const wrapper of [
          readOnly(t.backend),
          subdirectory(t.backend, 'dir'),
          readOnly(subdirectory(t.backend, 'dir')),
        ]) {
          await wrapper.exists('a.txt');
          await wrapper[Symbol.asyncDispose]();
          await t.rejects(wrapper.exists('a.txt'), 'CLOSED');
          assert.equal(await t.backend.exists('dir/a.txt'), true);
        }
      },
    },
    {
      promises: ['dispose.wrapper', 'dispose.closed'],
      title: 'when what it wraps is disposed, a wrapper is CLOSED as well',
      run: async (t) => {
        const backend = await t.another();
        await backend.create('dir/a.txt', { data: 'a' });
        const wrapper = subdirectory(backend, 'dir');
        const stream = wrapper.streamRead('a.txt', { chunkSize: 1 });
        await backend[Symbol.asyncDispose]();
        await t.rejects(wrapper.read('a.txt'), 'CLOSED', { operation: 'read' });
        await t.rejects(stream.getReader().read(), 'CLOSED');
        await wrapper[Symbol.asyncDispose]();
      },
    },
  ],
};
