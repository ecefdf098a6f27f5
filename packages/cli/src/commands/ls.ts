import type { ListedInfo } from '@f9/core';
import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { entryName } from '../terminal/entry-name.ts';
import { withExamples } from '../terminal/help.ts';
import { formatBytes } from '../terminal/text.ts';
import { entriesAt, withDetails } from '../vaults/entries.ts';

interface LsOptions {
  readonly long?: boolean;
  readonly recursive?: boolean;
}

export function addLs(program: Command, invoke: Invoke): void {
  const command = program
    .command('ls')
    .summary('list a directory')
    .description(
      'List a directory: its names in the order of their bytes, directories with a "/" at their end.',
    )
    .argument('[location...]', 'directories or files (default: ".")')
    .option('-l, --long', 'also type, size and time of change')
    .option('-r, --recursive', 'all that lies below')
    .action(
      invoke('ls', async (context, locations: string[], { long = false, recursive = false }: LsOptions) => {
        const { output, signal } = context;
        return await context.each(locations.length === 0 ? ['.'] : locations, 'tree', async (place) => {
          const entries = entriesAt(place, { recursive, signal });
          for await (const { info, name } of long ? withDetails(place, entries, { signal }) : entries) {
            const shown = entryName(info, name, output.colors);
            await output.item(
              { location: place.nameOf(info.path), ...info.toJSON() },
              long ? `${details(info)}  ${shown}` : shown,
            );
          }
        });
      }),
    );
  withExamples(command, [
    ['f9 ls', 'the working directory'],
    ['f9 ls -l notes:projects', 'a directory of the vault "notes", with sizes and times'],
    ["f9 ls -r 'git+https://example.org/me/notes@main'", 'all of a git repository'],
    ['f9 ls notes: --json', 'one JSON document a line'],
  ]);
}

function details({ fileType, size, modifiedAt }: ListedInfo): string {
  const time = modifiedAt === undefined ? '-' : modifiedAt.toISOString().slice(0, 19).replace('T', ' ');
  const bytes = size === undefined || fileType === 'directory' ? '-' : formatBytes(size);
  return `${fileType.padEnd(9)} ${bytes.padStart(9)}  ${time.padEnd(19)}`;
}
