import type { FileVersion } from '@f9/core';
import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import type { Colors } from '../terminal/colors.ts';
import { withExamples } from '../terminal/help.ts';
import { positiveInteger } from '../terminal/option-values.ts';
import { formatBytes, visibleLine } from '../terminal/text.ts';

interface LogOptions {
  readonly limit?: number;
  readonly follow?: boolean;
}

export function addLog(program: Command, invoke: Invoke): void {
  const command = program
    .command('log')
    .summary('list the versions of a file')
    .description(
      'List the versions of files, newest first, also of files that are gone. Only vaults that keep them: git repositories.',
    )
    .argument('<location...>', 'files')
    .option('-n, --limit <count>', 'versions at most', positiveInteger)
    .option('--follow', 'go on under the name that a file had before it was renamed')
    .action(
      invoke('log', async (context, locations: string[], { limit, follow = false }: LogOptions) => {
        const { output, signal } = context;
        return await context.each(locations, 'entry', async ({ backend, path, nameOf }) => {
          for await (const version of backend.history(path, { limit, followRenames: follow, signal })) {
            await output.item(
              { location: nameOf(version.path), ...version },
              describe(version, path, output.colors),
            );
          }
        });
      }),
    );
  withExamples(command, [
    ['f9 log notes:today.md', 'every version'],
    ['f9 log -n 3 --follow notes:today.md', 'the last three, also under an earlier name'],
    ['f9 cat notes:today.md --version 1a2b3c4d5e', 'one of them'],
  ]);
}

function describe(
  { version, at, author, message, size, deleted, path }: FileVersion,
  now: string,
  colors: Colors,
): string {
  const what = deleted ? colors.red('deleted') : size === undefined ? '' : formatBytes(size);
  const parts = [
    colors.yellow(visibleLine(version.slice(0, 12))),
    at.toISOString().slice(0, 16).replace('T', ' '),
    what,
    visibleLine(author ?? ''),
    visibleLine(message?.split('\n')[0] ?? ''),
    path === now ? '' : colors.dim(`as ${visibleLine(path)}`),
  ];
  return parts.filter((part) => part !== '').join('  ');
}
