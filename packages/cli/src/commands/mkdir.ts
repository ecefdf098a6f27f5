import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';

interface MkdirOptions {
  readonly force?: boolean;
}

export function addMkdir(program: Command, invoke: Invoke): void {
  const command = program
    .command('mkdir')
    .summary('make directories')
    .description('Make directories, and those above them. Writing a file makes its directories by itself.')
    .argument('<location...>', 'directories')
    .option('-f, --force', 'a directory that is there already is no failure')
    .action(
      invoke('mkdir', async (context, locations: string[], { force = false }: MkdirOptions) => {
        const { output, signal } = context;
        return await context.each(locations, 'entry', async ({ backend, path, nameOf }) => {
          const info = await backend.create(path, { isDirectory: true, overwrite: force, signal });
          await output.item({ location: nameOf(path), ...info.toJSON() });
        });
      }),
    );
  withExamples(command, [
    ['f9 mkdir notes:2026/autumn', 'with the directory above it'],
    ['f9 mkdir -f notes:inbox', 'whether it is there or not'],
  ]);
}
