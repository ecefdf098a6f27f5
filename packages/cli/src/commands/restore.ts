import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { visibleLine } from '../terminal/text.ts';
import { asOneChange } from '../vaults/one-change.ts';

interface RestoreOptions {
  readonly version: string;
  readonly ifMatch?: string;
}

export function addRestore(program: Command, invoke: Invoke): void {
  const command = program
    .command('restore')
    .summary('bring back a version of a file')
    .description(
      'Write a version of a file as its present, also of a file that is gone. Nothing is lost: what it replaces stays a version.',
    )
    .argument('<location>', 'a file')
    .requiredOption('--version <version>', 'which one (see: f9 log)')
    .option('--if-match <etag>', 'only where the file still has this etag (see: f9 info)')
    .action(
      invoke('restore', async (context, location: string, { version, ifMatch }: RestoreOptions) => {
        const { output, signal } = context;
        return await context.each([location], 'entry', async ({ backend, path, nameOf }) => {
          const condition = ifMatch === undefined ? {} : { ifMatch };
          const info = await asOneChange(backend, signal, () =>
            backend.restore(path, { version, signal, ...condition }),
          );
          await output.item(
            { location: nameOf(path), version, ...info.toJSON() },
            `${visibleLine(nameOf(path))}: restored from ${visibleLine(version)}`,
          );
        });
      }),
    );
  withExamples(command, [['f9 restore notes:today.md --version 1a2b3c4d5e', 'as it was then']]);
}
