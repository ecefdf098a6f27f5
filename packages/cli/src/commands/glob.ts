import { subdirectory } from '@f9/core';
import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { collect } from '../terminal/option-values.ts';
import { visibleLine } from '../terminal/text.ts';

interface GlobOptions {
  readonly dot?: boolean;
  readonly dirs?: boolean;
  readonly ignore?: readonly string[];
}

export function addGlob(program: Command, invoke: Invoke): void {
  const command = program
    .command('glob')
    .summary('find files by a pattern')
    .description('Find files by a pattern of their paths, below a directory; the paths are relative to it.')
    .argument('<pattern>', "* ? [a-z] [!a] ** {a,b}; quote it, for the shell's sake")
    .argument('[location]', 'a directory', '.')
    .option('--dot', 'let wildcards match a leading dot')
    .option('-d, --dirs', 'also directories')
    .option('-i, --ignore <pattern>', 'leave out what matches; can be given again', collect)
    .action(
      invoke('glob', async (context, pattern: string, location: string, options: GlobOptions) => {
        const { dot = false, dirs = false, ignore = [] } = options;
        const { output, signal } = context;
        return await context.at(location, 'tree', async ({ backend, path, nameOf }) => {
          const vault = path === '/' ? backend : subdirectory(backend, path);
          const found = await vault.glob(pattern, { dot, ignore, includeDirs: dirs, signal });
          for (const match of found) {
            const full = path === '/' ? match : `${path}/${match}`;
            await output.item({ location: nameOf(full), path: full }, visibleLine(match));
          }
          return EXIT.ok;
        });
      }),
    );
  withExamples(command, [
    ["f9 glob '**/*.md' notes:", 'every Markdown file'],
    ["f9 glob '*.{jpg,png}' notes:photos", 'pictures directly in a directory'],
    ["f9 glob '**' notes: -i 'drafts/**'", 'all files but the drafts'],
  ]);
}
