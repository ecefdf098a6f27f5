import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFileBackendError } from '@f9/core';
import { betweenProcesses, type ConformanceGroup } from '../conformance-case.ts';
import { insist, type PausedOperation } from '../processes/jobs.ts';
import type { OtherProcess } from '../processes/other-process.ts';
import type { CaseContext } from '../proving/case-context.ts';
import { turns } from '../proving/turns.ts';
import { listed } from '../proving/vault-contents.ts';

const hook = 'processModule';
const canStop = process.platform !== 'win32';

/** Checks that a file holds every acknowledged line once, the lines of each writer in order, and nothing else. */
async function assertLines(
  t: CaseContext,
  path: string,
  writers: readonly (readonly unknown[])[],
): Promise<void> {
  const lines = await linesOf(t, path);
  for (const told of writers) {
    const own = new Set(told);
    assert.deepEqual(
      lines.filter((line) => own.has(line)),
      told,
      'Every acknowledged line is there, once, and in order',
    );
  }
  assert.equal(lines.length, writers.flat().length, 'Nothing else is there');
}

async function linesOf(t: CaseContext, path: string): Promise<string[]> {
  const text = await t.backend.read(path, { binary: false });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => `${line}\n`);
}

/** Lets a process stop in the middle of the source of a write. */
async function paused(
  other: OtherProcess,
  operation: PausedOperation,
  path: string,
  ifMatch?: string,
): Promise<{ goOn(): Promise<string> }> {
  const outcome = other.run('pause', { path, operation, ...(ifMatch === undefined ? {} : { ifMatch }) });
  await other.waits();
  return {
    goOn: async () => {
      other.goOn();
      return await outcome;
    },
  };
}

type Way = 'append' | 'update' | 'stream' | 'edit';

/** Lets processes add lines to one file, each in one of the ways, and checks that none is lost. */
async function addLines(
  t: CaseContext,
  others: readonly OtherProcess[],
  path: string,
  ways: readonly Way[],
  lines: number,
): Promise<void> {
  await t.backend.create(path);
  const before = others.map(({ told }) => told.length);
  await Promise.all(
    others.map((other, i) => {
      const way = ways[i % ways.length]!;
      const order = { path, name: `${path}-${i}`, lines };
      return way === 'append'
        ? other.run('appendLines', order)
        : other.run('addLines', { ...order, how: way });
    }),
  );
  const told = others.map((other, i) => other.told.slice(before[i]));
  for (const own of told) assert.equal(own.length, lines);
  await assertLines(t, path, told);
}

/** Lets processes append to one file until they are told to end, or are killed, and waits until each has begun. */
async function appendWithoutEnd(
  others: readonly OtherProcess[],
  name: string,
): Promise<{ readonly ended: Promise<unknown> }> {
  const lines = Number.MAX_SAFE_INTEGER;
  const ends = others.map((other, i) =>
    other.run('appendLines', { path: 'log', name: `${name}-${i}`, lines }),
  );
  const ended = Promise.allSettled(ends);
  await Promise.all(others.map((other) => other.hasTold(other.told.length + 3)));
  // The last acknowledgement came as a lock was released; the following steps must meet the processes at any point.
  await sleep(Math.random() * 20);
  return { ended };
}

/** The number of lines that a process has acknowledged for `name`. */
function toldOf({ told }: OtherProcess, name: string): { readonly name: string; readonly told: number } {
  return { name, told: told.filter((line) => String(line).startsWith(`${name}-`)).length };
}

/** Checks that the lines of every writer have no gap, and include at least those that it acknowledged. */
async function assertUnbroken(
  t: CaseContext,
  writers: readonly { readonly name: string; readonly told: number }[],
): Promise<void> {
  const lines = await linesOf(t, 'log');
  for (const { name, told } of writers) {
    const own = lines.filter((line) => line.startsWith(`${name}-`));
    assert.deepEqual(
      own,
      own.map((_, i) => `${name}-${i}\n`),
      `The lines of ${name} are there once and in order`,
    );
    assert.ok(own.length >= told, `Of ${told} acknowledged lines of ${name} ${told - own.length} are lost`);
  }
}

export const processes: ConformanceGroup = {
  name: 'between processes',
  cases: [
    {
      promises: ['processes.append'],
      title: 'appends of several processes to one file all land',
      when: betweenProcesses('append'),
      hook,
      run: async (t) => {
        const others = await t.processes(t.rounds(3, 8));
        await addLines(t, others, 'log', ['append'], t.rounds(40, 300));
        await t.backend.update('log', { data: 'first\n' });
        const waiting = await paused(others[0]!, 'append', 'log');
        await t.backend.update('log', { data: 'second\n', append: true });
        assert.equal(await waiting.goOn(), 'done');
        assert.deepEqual(await linesOf(t, 'log'), ['first\n', 'second\n', 'paused and gone on\n']);
      },
    },
    {
      promises: ['processes.if-match', 'processes.if-match-streams'],
      title: 'loops of info, read and a write with ifMatch, in one piece or as a stream, lose nothing',
      when: betweenProcesses('ifMatch'),
      hook,
      run: async (t) => {
        const others = await t.processes(t.rounds(3, 8));
        await addLines(t, others, 'updated', ['update'], t.rounds(30, 300));
        await addLines(t, others, 'streamed', ['stream'], t.rounds(20, 300));
      },
    },
    {
      promises: ['processes.if-match', 'processes.if-match-streams'],
      title:
        'a write with ifMatch that waits for its source fails if the file was changed, removed or moved meanwhile',
      when: betweenProcesses('ifMatch'),
      hook,
      run: async (t) => {
        const [other] = await t.processes(1);
        for (const operation of ['update', 'streamWrite'] as const) {
          for (const [change, make] of Object.entries(CHANGES)) {
            const path = `${operation}-${change}`;
            const { etag } = await t.backend.create(path, { data: 'first' });
            const waiting = await paused(other!, operation, path, etag);
            await make(t, path);
            const isThere = await t.backend.exists(path);
            const content = isThere ? await t.backend.read(path) : undefined;
            const isSame = isThere && (await t.backend.info(path)).etag === etag;
            const outcome = await waiting.goOn();
            // An etag may depend on the bytes alone: then nothing was changed.
            if (isSame && outcome === 'done') continue;
            const isRefused = outcome === 'PRECONDITION_FAILED' || (outcome === 'NOT_FOUND' && !isThere);
            assert.ok(
              isRefused,
              `PRECONDITION_FAILED was expected of ${operation} after ${change}, not ${outcome}`,
            );
            if (content === undefined) await t.isAbsent(path);
            else await t.holds(path, content);
          }
        }
      },
    },
    {
      promises: ['processes.mixed'],
      title: 'appends, updates and streams of several processes all land in one file',
      when: betweenProcesses('append', 'ifMatch'),
      hook,
      run: async (t) => {
        const others = await t.processes(t.rounds(3, 6));
        await addLines(t, others, 'log', ['append', 'update', 'stream'], t.rounds(30, 300));
      },
    },
    {
      promises: ['processes.mixed'],
      title:
        'what is written, moved and deleted without a condition is not undone by who saw the file before',
      when: betweenProcesses('append', 'ifMatch'),
      hook,
      run: async (t) => {
        const others = await t.processes(t.rounds(3, 6));
        // A move by copying is told that the file was written meanwhile.
        const isDerived = t.capabilities.move === 'emulated';
        const move = (): Promise<unknown> => t.backend.move('file', 'moved', { overwrite: true });
        const meddling = Promise.all(others.map((other) => other.run('meddle', { path: 'file' })));
        // The case may fail before it waits for them.
        meddling.catch(() => undefined);
        for (let i = 0; i < t.rounds(60, 2000); i++) {
          await assertGone(t.backend.create('file', { data: `${i}\n` }));
          await assertBegins(t, 'file', `${i}\n`);
          await t.backend.update('file', { data: `${i} again\n` });
          await assertBegins(t, 'file', `${i} again\n`);
          if (i % 2 === 0) await t.backend.delete('file');
          else await (isDerived ? insist(move) : move());
          assert.equal(await t.backend.exists('file'), false, 'What was removed does not come back');
          if (i % 2 !== 0) await assertBegins(t, 'moved', `${i} again\n`);
        }
        for (const other of others) other.finish();
        await meddling;
      },
    },
    {
      promises: ['processes.create'],
      title: 'of racing creates of one path one wins, also if its source takes its time',
      when: betweenProcesses('exclusiveCreate'),
      hook,
      run: async (t) => {
        const others = await t.processes(3);
        const paths = Array.from({ length: t.rounds(30, 500) }, (_, i) => `file-${i}`);
        const made = await Promise.all(
          others.map((other, i) => other.run('makeEach', { paths, data: `writer-${i}` })),
        );
        assert.deepEqual(made.flat().toSorted(), paths.toSorted(), 'Each has one winner');
        for (const [i, own] of made.entries()) {
          for (const path of own) assert.equal(await t.backend.read(path, { binary: false }), `writer-${i}`);
        }
        for (const operation of ['create', 'streamWrite'] as const) {
          const waiting = await paused(others[0]!, operation, operation);
          await t.backend.create(operation, { data: 'first' });
          assert.equal(await waiting.goOn(), 'ALREADY_EXISTS');
          await t.holds(operation, 'first');
        }
      },
    },
    {
      promises: ['processes.kinds'],
      title: 'a file is made, or files below its path, never both',
      when: betweenProcesses('exclusiveCreate'),
      hook,
      run: async (t) => {
        const [one, other] = await t.processes(2);
        const files = Array.from({ length: t.rounds(30, 500) }, (_, i) => `name-${i}`);
        const below = files.map((path) => `${path}/below`);
        const [madeFiles, madeBelow] = await Promise.all([
          one!.run('makeEach', { paths: files, data: 'file' }),
          other!.run('makeEach', { paths: below, data: 'below' }),
        ]);
        const parents = madeBelow.map((path) => path.slice(0, -'/below'.length));
        assert.deepEqual([...madeFiles, ...parents].toSorted(), files.toSorted(), 'Each has one winner');
        const expected = [...madeFiles, ...parents, ...madeBelow].toSorted();
        assert.deepEqual((await listed(t.backend, '/', true)).toSorted(), expected);
        for (const path of madeFiles) assert.equal((await t.backend.info(path)).fileType, 'file');
        for (const path of madeBelow) assert.equal(await t.backend.read(path, { binary: false }), 'below');
      },
    },
    {
      promises: ['processes.edit'],
      title: 'edits of several processes all land, and none is refused',
      when: betweenProcesses('ifMatch'),
      hook,
      run: async (t) => await addLines(t, await t.processes(3), 'log', ['edit'], t.rounds(30, 300)),
    },
    {
      promises: ['processes.read'],
      title:
        'a file that another process replaces again and again is read whole, in one piece and as a stream',
      when: betweenProcesses('exclusiveCreate'),
      hook,
      run: async (t) => {
        const sizes: Record<string, number> = { a: 10, b: 3000, c: t.scaled(700_000, 20_000), d: 70_000 };
        const assertWhole = (text: string): void => {
          const letter = text.charAt(0);
          const isWhole = text.length === sizes[letter] && text === letter.repeat(text.length);
          assert.ok(
            isWhole,
            `A whole version, not ${text.length} bytes that begin with "${text.slice(0, 5)}"`,
          );
        };
        await t.backend.create('file', { data: 'a'.repeat(sizes.a!) });
        const [writer] = await t.processes(1);
        let isOver = false;
        const times = t.rounds(300, 20_000);
        const writing = writer!.run('replace', { path: 'file', sizes, times }).finally(() => {
          isOver = true;
        });
        const reading = (async () => {
          while (!isOver) {
            // A backend may finish within one turn; without a pause, this loop would keep the word to end from arriving.
            await turns(1);
            assertWhole(await t.backend.read('file', { binary: false }));
            const stream = t.backend.streamRead('file', { binary: false, chunkSize: 100_000 });
            assertWhole((await Array.fromAsync(stream)).join(''));
          }
        })();
        await Promise.all([writing, reading]);
      },
    },
    {
      promises: ['processes.killed'],
      title: 'writers that are killed hold nobody up, and what they acknowledged is there',
      when: betweenProcesses('append'),
      hook,
      run: async (t) => {
        await t.backend.create('log');
        for (let round = 0; round < t.rounds(2, 20); round++) {
          const name = `round-${round}`;
          const others = await t.processes(3);
          await appendWithoutEnd(others, name);
          await Promise.all(others.map((other) => other.kill()));
          const killed = performance.now();
          await t.backend.update('log', { data: `after-${round}\n`, append: true });
          const waited = performance.now() - killed;
          assert.ok(waited < t.soon, `The path was free only after ${Math.round(waited)} ms`);
          await assertUnbroken(
            t,
            others.map((other, i) => toldOf(other, `${name}-${i}`)),
          );
        }
      },
    },
    {
      promises: ['processes.stopped'],
      title: 'writers that are stopped and go on lose nothing of theirs or of who wrote meanwhile',
      when: (backend, harness) => canStop && betweenProcesses('append')(backend, harness),
      hook,
      run: async (t) => {
        await t.backend.create('log');
        const others = await t.processes(3);
        let own = 0;
        for (let round = 0; round < t.rounds(4, 20); round++) {
          const name = `round-${round}`;
          const { ended } = await appendWithoutEnd(others, name);
          for (const other of others) other.stop();
          // The path is free, or its holder lives and is waited for.
          const signal = AbortSignal.timeout(t.isLong ? 12_000 : 300);
          const line = `own-${own}\n`;
          try {
            await t.backend.update('log', { data: line, append: true, signal });
            own++;
          } catch (error) {
            const isBusy = isFileBackendError(error) && error.code === 'BUSY';
            assert.ok(isBusy || error === signal.reason, `It waits, or is told BUSY, not: ${String(error)}`);
            // A late abort leaves the whole change.
            if ((await linesOf(t, 'log')).includes(line)) own++;
          }
          for (const other of others) other.resume();
          await Promise.all(others.map((other) => other.hasTold(other.told.length + 2)));
          for (const other of others) other.finish();
          await ended;
          await assertUnbroken(t, [
            ...others.map((other, i) => toldOf(other, `${name}-${i}`)),
            { name: 'own', told: own },
          ]);
        }
      },
    },
    {
      promises: ['processes.fair'],
      title: 'eight processes that append to one file all come to an end, without being refused once',
      when: betweenProcesses('append'),
      hook,
      run: async (t) => {
        await t.backend.create('log');
        const others = await t.processes(8);
        const lines = t.rounds(10, 300);
        await Promise.all(
          others.map((other, i) =>
            other.run('appendLines', { path: 'log', name: `writer-${i}`, lines, once: true }),
          ),
        );
        await assertLines(
          t,
          'log',
          others.map(({ told }) => told),
        );
      },
    },
    {
      promises: ['processes.threads'],
      title: 'appends, updates and streams of worker threads all land in one file',
      when: betweenProcesses('append', 'ifMatch'),
      hook,
      run: async (t) => {
        const others = await t.processes(3, 'thread');
        await addLines(t, others, 'log', ['append', 'update', 'stream'], t.rounds(30, 300));
      },
    },
  ],
};

/** Changes of a file while a write to it waits. */
const CHANGES: Readonly<Record<string, (t: CaseContext, path: string) => Promise<unknown>>> = {
  update: (t, path) => t.backend.update(path, { data: 'second' }),
  delete: (t, path) => t.backend.delete(path),
  move: (t, path) => t.backend.move(path, `${path}-moved`),
  replace: async (t, path) => {
    await t.backend.delete(path);
    await t.backend.create(path, { data: 'first' });
  },
};

/** Checks that a file which was removed can be made. */
async function assertGone(create: Promise<unknown>): Promise<void> {
  try {
    await create;
  } catch (error) {
    const isThere = isFileBackendError(error) && error.code === 'ALREADY_EXISTS';
    assert.ok(!isThere, 'What was removed does not come back');
    throw error;
  }
}

async function assertBegins(t: CaseContext, path: string, start: string): Promise<void> {
  const text = await t.backend.read(path, { binary: false });
  assert.ok(
    text.startsWith(start),
    `${JSON.stringify(path)} begins with ${JSON.stringify(start)}, not ${JSON.stringify(text.slice(0, 40))}`,
  );
}
