import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LocalFileBackend } from '../../packages/local/src/index.ts';
import { makeFolder } from '../fixtures.ts';
import type { Figure, Job } from '../harness.ts';

const FILES = 200_000;

const large: Job = {
  name: 'local: 200,000 files in one directory',
  async prepare(scale) {
    const folder = makeFolder('tmpfs');
    const root = join(folder.path, 'vault');
    mkdirSync(root);
    for (let i = 0; i < scale.size(FILES); i++)
      writeFileSync(join(root, `note-${((i * 2654435761) % 2 ** 32).toString(36)}.md`), '');
    const vault = await LocalFileBackend.open({ root });
    // One that changed just now is read at once, since its time cannot tell what changes next.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const work: Record<string, () => Promise<unknown>> = {
      list: async () => {
        for await (const _ of vault.list('/'));
      },
      glob: () => vault.glob('*.md'),
      'fs.promises.readdir': () => readdir(root, { withFileTypes: true }),
    };
    return {
      async figures() {
        const figures: Figure[] = [];
        for (const [name, run] of Object.entries(work)) {
          await run();
          const delay = monitorEventLoopDelay({ resolution: 1 });
          delay.enable();
          for (let round = 0; round < 5; round++) await run();
          delay.disable();
          const goal = (atMost: number) => (name.startsWith('fs.') ? {} : { atMost });
          figures.push(
            { name: `${name}: p99 delay`, value: delay.percentile(99) / 1e6, unit: 'ms', ...goal(5) },
            { name: `${name}: longest delay`, value: delay.max / 1e6, unit: 'ms', ...goal(15) },
          );
        }
        return [...figures, await listAtOnce(vault)];
      },
      async dispose() {
        await vault[Symbol.asyncDispose]();
        folder.remove();
      },
    };
  },
};

/** Memory of a hundred listings that are left after ten entries. */
async function listAtOnce(vault: LocalFileBackend): Promise<Figure> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const start = async (): Promise<void> => {
    let seen = 0;
    for await (const _ of vault.list('/')) if (++seen === 10) break;
  };
  await Promise.all(Array.from({ length: 100 }, start));
  clearInterval(look);
  return { name: '100 listings at once', value: (most - before) / 2 ** 20, unit: 'MiB', atMost: 200 };
}

export const jobs: readonly Job[] = [large];
