import { isFileBackendError } from '@f9/core';
import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { asOneChange } from '../vaults/one-change.ts';

interface RmOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

export function addRm(program: Command, invoke: Invoke): void {
  const command = program
    .command('rm')
    .summary('delete files and directories')
    .description('Delete files, and directories that are empty.')
    .argument('<location...>', 'files or directories')
    .option('-r, --recursive', 'delete directories with all that is in them')
    .option('-f, --force', 'what is not there is no failure')
    .action(
      invoke('rm', async (context, locations: string[], { recursive = false, force = false }: RmOptions) => {
        const { output, signal } = context;
        return await context.each(locations, 'entry', async ({ backend, path, nameOf }) => {
          let deleted = true;
          try {
            await asOneChange(backend, signal, () => backend.delete(path, { recursive, signal }));
          } catch (error) {
            if (!force || !isFileBackendError(error, 'NOT_FOUND')) throw error;
            deleted = false;
          }
          await output.item({ location: nameOf(path), deleted });
        });
      }),
    );
  withExamples(command, [
    ['f9 rm notes:old.md', 'one file'],
    ['f9 rm -r notes:2019', 'a directory with all that is in it'],
    ['f9 rm -f notes:a.md notes:b.md', 'those that are there'],
  ]);
}
