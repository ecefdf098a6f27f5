import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, program, timeCommands } from '../commands.ts';
import { makeData, makeFolder, makeTree } from '../fixtures.ts';
import type { Job } from '../harness.ts';

const small: Job = {
  name: 'mirror: folder to folder, 10,000 small files, whole commands',
  async prepare(scale) {
    const files = scale.size(10_000);
    const folder = makeFolder();
    const source = join(folder.path, 'source');
    makeTree(source, files, makeData(1024));
    const target = (name: string): string => join(folder.path, name);
    const mirroring = (name: string): Command['command'] =>
      program(
        { core: 'mirror', local: 'LocalFileBackend' },
        `await using source = await LocalFileBackend.open({ root: ${JSON.stringify(source)} });
         await using target = await LocalFileBackend.open({ root: ${JSON.stringify(target(name))}, durability: 'none' });
         const { copied, unchanged } = await mirror(source, target);
         if (copied.length + unchanged.length !== ${files}) throw new Error('Not all files were mirrored');`,
      );
    const tools = {
      f9: mirroring('f9'),
      rclone: ['rclone', 'sync', '--config', '', source, target('rclone')],
      'cp -r': ['cp', '-r', source, target('cp -r')],
    } as const satisfies Record<string, Command['command']>;
    const remove = (name: string) => () => rmSync(target(name), { recursive: true, force: true });
    const rounds = scale.quick ? 1 : 5;
    const time = (names: readonly (keyof typeof tools)[], isFirst: boolean) =>
      timeCommands<string>(
        Object.fromEntries(
          names.map((name) => [name, { command: tools[name], ...(isFirst && { before: remove(name) }) }]),
        ),
        rounds,
      );
    return {
      async figures() {
        // Where it is not installed there is nothing to compare with.
        const rclone = spawnSync('rclone', ['version']).error === undefined ? (['rclone'] as const) : [];
        const first = await time(['f9', 'cp -r', ...rclone], true);
        // Files are remembered once they were left alone for two seconds, as those of a folder that is mirrored every day are.
        await new Promise((resolve) => setTimeout(resolve, 2100));
        await time(['f9'], false);
        const again = await time(['f9', ...rclone], false);
        const against = (name: string, peer: keyof typeof tools, times: typeof first, atMost?: number) =>
          times[peer] === undefined
            ? []
            : [
                {
                  name: `${name}, f9 : ${peer}`,
                  value: times.f9!.elapsed / times[peer].elapsed,
                  unit: 'x',
                  ...(atMost !== undefined && { atMost }),
                },
                {
                  name: `${name}, processor, f9 : ${peer}`,
                  value: times.f9!.processor / times[peer].processor,
                  unit: 'x',
                },
                { name: `${name}, ${peer}`, value: times[peer].processor, unit: 's of processor' },
              ];
        return [
          { name: 'first, f9', value: first.f9!.processor, unit: 's of processor', atMost: 4 },
          ...against('first', 'rclone', first, 1.5),
          ...against('first', 'cp -r', first),
          { name: 'again, f9', value: again.f9!.processor, unit: 's of processor' },
          ...against('again', 'rclone', again, 1),
        ];
      },
      async dispose() {
        folder.remove();
      },
    };
  },
};

/** Seconds a file of a first mirror and of one with nothing to do, at 1k, 10k and 100k files; linear means that they do not grow. */
const growth: Job = {
  name: 'mirror: cost per file grows linearly',
  async prepare(scale) {
    const sizes = scale.quick ? [1000, 3000] : [1000, 10_000, 100_000];
    const folder = makeFolder();
    for (const size of sizes) makeTree(join(folder.path, `${size}`), size, 'x');
    return {
      async figures() {
        const figures = [];
        const processor = async (size: number, kind: string, isFirst: boolean): Promise<number> => {
          const target = join(folder.path, `${size}-copy`);
          if (isFirst) rmSync(target, { recursive: true, force: true });
          const command = program(
            { core: 'mirror', local: 'LocalFileBackend' },
            `const open = (root) => LocalFileBackend.open({ root, durability: 'none' });
             await using source = await open(${JSON.stringify(join(folder.path, `${size}`))});
             await using target = await open(${JSON.stringify(target)});
             await mirror(source, target);`,
          );
          const times = await timeCommands({ [kind]: { command } }, 1);
          return times[kind]!.processor;
        };
        const idle = await timeCommands({ node: { command: program({ core: 'mirror' }, '') } }, 3);
        for (const kind of ['first', 'again']) {
          const each: number[] = [];
          for (const size of sizes)
            each.push(((await processor(size, kind, kind === 'first')) - idle.node.processor) / size);
          figures.push({
            name: `${kind}, processor a file at ${sizes.at(-1)} : at ${sizes.at(-2)} files`,
            value: each.at(-1)! / each.at(-2)!,
            unit: 'x',
            atMost: 1.2,
          });
        }
        return figures;
      },
      async dispose() {
        folder.remove();
      },
    };
  },
};

export const jobs: readonly Job[] = [small, growth];
