import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalFileBackend } from '@f9/local';
import { OpenFolder } from '../../packages/local/src/files/open-folder.ts';
import { Runner } from '../../packages/local/src/io/runner.ts';
import { makeFolder } from '../fixtures.ts';
import { type Figure, type Job, median } from '../harness.ts';

const SOURCES = join(import.meta.dirname, '../../packages/local/src');
const LOCAL = join(SOURCES, 'index.ts');

/** What it costs that a change is exact between processes: the lock of its path, taken and given back. */
const lock: Job = {
  name: 'local: the lock of a path, on tmpfs',
  async prepare(scale) {
    const { path, remove } = makeFolder('tmpfs');
    const { folder, runner } = await openFolder(path);
    const operations = scale.size(5000);
    const hold = async (...names: readonly string[]): Promise<void> => {
      const paths = names.map((name) => join(path, name));
      for (let i = 0; i < operations; i++)
        await runner.runUnqueued(folder.locks.hold(paths, (locks) => locks.release()));
    };
    const token = join(path, 'token');
    writeFileSync(token, '');
    return {
      variants: {
        'f9, one path': { operations, run: () => hold('a.txt') },
        'f9, two paths': { operations, run: () => hold('a.txt', 'b.txt') },
        'linkSync, unlinkSync': {
          operations,
          run: () => {
            for (let i = 0; i < operations; i++) {
              linkSync(token, `${token}.lock`);
              unlinkSync(`${token}.lock`);
            }
          },
        },
      },
      goals: [
        { variant: 'f9, one path', against: 'linkSync, unlinkSync', atMost: 2 },
        { variant: 'f9, two paths', against: 'linkSync, unlinkSync', atMost: 4 },
      ],
      async figures() {
        // All of it is done on this thread, so that its processor time is what a caller waits for on a machine that is his alone.
        const paid = async (...names: readonly string[]): Promise<number> => {
          const samples: number[] = [];
          for (let sample = 0; sample < 15; sample++) {
            const before = process.cpuUsage();
            await hold(...names);
            const { user, system } = process.cpuUsage(before);
            samples.push((user + system) / operations);
          }
          return median(samples);
        };
        return [
          {
            name: 'an update, append or removal pays for its lock (CPU)',
            value: await paid('a.txt'),
            unit: 'µs',
            atMost: 15,
          },
          {
            name: 'a move pays for its two (CPU)',
            value: await paid('a.txt', 'b.txt'),
            unit: 'µs',
            atMost: 35,
          },
        ] satisfies Figure[];
      },
      async dispose() {
        await runner.runUnqueued(folder.close());
        remove();
      },
    };
  },
};

/** What the lock of a path adds where each change waits for the disk. */
const durable: Job = {
  name: 'local: the lock of a path beside an update that waits for the disk',
  async prepare(scale) {
    const { path, remove } = makeFolder('disk');
    const vault = await LocalFileBackend.open({ root: path });
    const { folder, runner } = await openFolder(path);
    await vault.create('a.txt', { data: 'old' });
    const operations = scale.size(50);
    const time = async (work: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < operations; i++) await work();
      return ((performance.now() - start) * 1000) / operations;
    };
    return {
      async figures() {
        const [updates, locks]: [number[], number[]] = [[], []];
        for (let sample = 0; sample < 9; sample++) {
          updates.push(await time(() => vault.update('a.txt', { data: 'new' })));
          locks.push(
            await time(() =>
              runner.runUnqueued(folder.locks.hold([join(path, 'b.txt')], (held) => held.release())),
            ),
          );
        }
        const [update, lock] = [median(updates), median(locks)];
        return [
          { name: 'an update takes', value: update, unit: 'µs' },
          { name: 'of which its lock', value: lock, unit: 'µs' },
          { name: 'with it : without it', value: update / (update - lock), unit: 'times', atMost: 1.15 },
        ] satisfies Figure[];
      },
      async dispose() {
        await runner.runUnqueued(folder.close());
        await vault[Symbol.asyncDispose]();
        remove();
      },
    };
  },
};

/** Milliseconds after the death of who holds a path until the next one has it. */
const takeover: Job = {
  name: 'local: who holds a path is killed, on tmpfs',
  async prepare(scale) {
    const { path, remove } = makeFolder('tmpfs');
    writeFileSync(join(path, 'a.txt'), 'old');
    const vault = await LocalFileBackend.open({ root: path, durability: 'none' });
    const rounds = Math.max(3, scale.size(20));
    return {
      async figures() {
        const times: number[] = [];
        for (let round = 0; round < rounds; round++) {
          const holder = startHolder(path);
          await once(holder, 'message');
          const following = vault.update('a.txt', { data: `after ${round}` }).then(() => performance.now());
          await sleep(20 + Math.random() * 20);
          const ended = once(holder, 'exit').then(() => performance.now());
          holder.kill('SIGKILL');
          // Which of both this process hears of first is up to its loop.
          times.push(Math.max(0, (await following) - (await ended)));
        }
        return [
          { name: 'the path is free after', value: median(times), unit: 'ms' },
          { name: 'at worst after', value: Math.max(...times), unit: 'ms', atMost: 50 },
        ] satisfies Figure[];
      },
      async dispose() {
        await vault[Symbol.asyncDispose]();
        remove();
      },
    };
  },
};

/** A process that takes the lock of `a.txt`, says so, and keeps it. */
function startHolder(root: string): ChildProcess {
  const program = `
    const { openFolder } = await import(${JSON.stringify(import.meta.filename)});
    const { folder, runner } = await openFolder(${JSON.stringify(root)});
    const { waitFor } = await import(${JSON.stringify(join(SOURCES, 'io/system-calls.ts'))});
    await runner.runUnqueued(folder.locks.hold([${JSON.stringify(join(root, 'a.txt'))}], function* () {
      setInterval(() => undefined, 60_000);
      process.send('held');
      yield* waitFor(() => new Promise(() => undefined));
    }));
  `;
  return startProgram(program);
}

/** A folder with its locks, as a vault has it inside. */
export async function openFolder(
  path: string,
): Promise<{ readonly folder: OpenFolder; readonly runner: Runner }> {
  const runner = await Runner.for('auto', path);
  const options = { stateDirectory: undefined, durability: 'none', hasProc: true, hides: undefined } as const;
  return { runner, folder: await OpenFolder.open(runner, { ...options, path }) };
}

/** Processes that append to one file at the same time. */
const crowd: Job = {
  name: 'local: 8 processes append to one file, on tmpfs',
  async prepare(scale) {
    const folder = makeFolder('tmpfs');
    const file = join(folder.path, 'log');
    const lines = scale.size(300);
    return {
      async figures() {
        writeFileSync(file, '');
        const writers = Array.from({ length: 8 }, (_, i) => startWriter(folder.path, `writer${i}`, lines));
        await Promise.all(writers.map((writer) => once(writer, 'message')));
        const start = performance.now();
        const times = writers.map(async (writer) => {
          const ended = once(writer, 'exit');
          writer.send('begin');
          await once(writer, 'message');
          const time = performance.now() - start;
          await ended;
          return time;
        });
        const sorted = (await Promise.all(times)).toSorted((a, b) => a - b);
        const kept = new Set(readFileSync(file, 'utf8').split('\n').slice(0, -1)).size;
        return [
          { name: 'acknowledged lines lost', value: 8 * lines - kept, unit: '', atMost: 0 },
          { name: 'an append takes', value: (sorted.at(-1)! * 1000) / (8 * lines), unit: 'µs' },
          { name: 'last done after the first', value: sorted.at(-1)! / sorted[0]!, unit: 'times', atMost: 2 },
        ] satisfies Figure[];
      },
      async dispose() {
        folder.remove();
      },
    };
  },
};

/** A process that says when it is ready, appends when it is told to, and says when it is done. */
function startWriter(root: string, name: string, lines: number): ChildProcess {
  const program = `
    const { LocalFileBackend } = await import(${JSON.stringify(LOCAL)});
    const vault = await LocalFileBackend.open({ root: ${JSON.stringify(root)}, durability: 'none' });
    process.once('message', async () => {
      for (let i = 0; i < ${lines}; i++) await vault.update('log', { data: '${name} ' + i + '\\n', append: true });
      await vault[Symbol.asyncDispose]();
      process.send('done', () => process.disconnect());
    });
    process.send('ready');
  `;
  return startProgram(program);
}

function startProgram(program: string): ChildProcess {
  const args = ['--conditions=@f9/source', '--input-type=module', '-e', program];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

export const jobs: readonly Job[] = [lock, durable, takeover, crowd];
