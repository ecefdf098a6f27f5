import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { OpenFolder } from '../../packages/local/src/files/open-folder.ts';
import { Runner } from '../../packages/local/src/io/runner.ts';
import { makeFolder } from '../fixtures.ts';
import type { Figure, Job } from '../harness.ts';

const LOCAL = join(import.meta.dirname, '../../packages/local/src/index.ts');

/** What it costs that a change is exact between processes: the lock of its path, taken and given back. */
const lock: Job = {
  name: 'local: the lock of a path, on tmpfs',
  async prepare(scale) {
    const { path, remove } = makeFolder('tmpfs');
    const runner = await Runner.for('auto', path);
    const options = {
      stateDirectory: undefined,
      durability: 'none',
      hasProc: true,
      hides: undefined,
    } as const;
    const folder = await OpenFolder.open(runner, { ...options, path });
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
      async dispose() {
        await runner.runUnqueued(folder.close());
        remove();
      },
    };
  },
};

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
  const args = ['--conditions=@f9/source', '--input-type=module', '-e', program];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

export const jobs: readonly Job[] = [lock, crowd];
