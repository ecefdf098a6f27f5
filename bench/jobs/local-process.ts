import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import lockfile from 'proper-lockfile';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { makeData, makeFolder, makeTree } from '../fixtures.ts';
import { type Figure, type Job, median } from '../harness.ts';

const LOCAL = join(import.meta.dirname, '../../packages/local/src/index.ts');

const session: Job = {
  name: 'local: session, lock and unlock',
  async prepare(scale) {
    const folder = makeFolder();
    const vault = await LocalFileBackend.open({ root: folder.path });
    const other = makeFolder();
    const operations = scale.size(500);
    return {
      variants: {
        f9: {
          operations,
          run: async () => {
            for (let i = 0; i < operations; i++) await vault.syncSession(async () => undefined);
          },
        },
        'proper-lockfile': {
          operations,
          run: async () => {
            for (let i = 0; i < operations; i++) await (await lockfile.lock(other.path))();
          },
        },
      },
      goals: [{ variant: 'f9', against: 'proper-lockfile', atMost: 0.8 }],
      async figures() {
        const delays: number[] = [];
        for (let i = 0; i < (scale.quick ? 3 : 10); i++) delays.push(await takeOver(folder.path, vault));
        return [
          { name: 'a dead holder is taken over within', value: median(delays), unit: 'ms', atMost: 50 },
        ] satisfies Figure[];
      },
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
        other.remove();
      },
    };
  },
};

/** Milliseconds from the death of a holder to a session of ours. */
async function takeOver(root: string, vault: LocalFileBackend): Promise<number> {
  const program = `
    const { LocalFileBackend } = await import(${JSON.stringify(LOCAL)});
    const vault = new LocalFileBackend({ root: ${JSON.stringify(root)} });
    await vault.syncSession(async () => { console.log('held'); await new Promise((resolve) => setTimeout(resolve, 60_000)); });
  `;
  const holder = spawn(process.execPath, ['--conditions=@f9/source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const start = performance.now();
  await vault.syncSession(async () => undefined);
  return performance.now() - start;
}

/** Milliseconds of bulk work at least. */
const BULK = 1000;

const eventLoop: Job = {
  name: 'local: the event loop stays free during bulk work',
  async prepare(scale) {
    const folder = makeFolder();
    const paths = makeTree(folder.path, scale.size(20_000), makeData(4096));
    const vault = await LocalFileBackend.open({ root: folder.path });
    const some = paths.slice(0, 5000);
    const inHundreds = async (read: (path: string) => Promise<unknown>): Promise<void> => {
      const queue = some.values();
      const worker = async (): Promise<void> => {
        for (const path of queue) await read(path);
      };
      await Promise.all(Array.from({ length: 100 }, worker));
    };
    const peer = (path: string): Promise<unknown> => readFile(join(folder.path, path));
    const work = {
      list: async () => {
        for await (const _ of vault.list('/', { recursive: true }));
      },
      glob: () => vault.glob('**/*.ts'),
      checksumMany: () => vault.checksumMany(paths),
      'reads, 100 at a time': () => inHundreds((path) => vault.read(path)),
    };
    // Nothing to reach: the loop of the caller that starts them all blocks for longer than any read. For what the machine itself does.
    const comparison = {
      'fs.promises.readFile, 100 at a time': () => inHundreds(peer),
      '5,000 reads started in one turn': () => Promise.all(some.map((path) => vault.read(path))),
      '5,000 fs.promises.readFile started in one turn': () => Promise.all(some.map(peer)),
    };
    return {
      async figures() {
        const figures: Figure[] = [];
        for (const [name, run] of Object.entries({ ...work, ...comparison })) {
          const delay = monitorEventLoopDelay({ resolution: 1 });
          delay.enable();
          // A percentile of a few dozen turns would be that of the slowest one.
          for (const start = performance.now(); performance.now() - start < BULK; ) await run();
          delay.disable();
          figures.push({
            name: `${name}: p99 delay`,
            value: delay.percentile(99) / 1e6,
            unit: 'ms',
            ...(name in work ? { atMost: 5 } : {}),
          });
        }
        return figures;
      },
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

const imports: Job = {
  name: "local: what import('@f9/local') loads",
  async prepare() {
    return {
      async figures() {
        const program = `
          import { registerHooks } from 'node:module';
          const loaded = new Set();
          registerHooks({ load(url, context, next) { loaded.add(url); return next(url, context); } });
          const start = performance.now();
          await import(${JSON.stringify(LOCAL)});
          const heavy = [...loaded].filter((url) => /node_modules\\/(openai|blake3)\\//.test(url));
          console.log(JSON.stringify([heavy.length, loaded.size, performance.now() - start]));
        `;
        const args = ['--conditions=@f9/source', '--input-type=module', '-e', program];
        const { stdout } = await promisify(execFile)(process.execPath, args);
        const [heavy, modules, milliseconds] = JSON.parse(stdout) as [number, number, number];
        return [
          { name: 'modules of git, openai or hashing packages', value: heavy, unit: '', atMost: 0 },
          { name: 'modules', value: modules, unit: '' },
          { name: 'time', value: milliseconds, unit: 'ms' },
        ] satisfies Figure[];
      },
    };
  },
};

export const jobs: readonly Job[] = [session, eventLoop, imports];
