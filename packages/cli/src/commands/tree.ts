import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { entryName } from '../terminal/entry-name.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { positiveInteger } from '../terminal/option-values.ts';
import { plural, visibleLine } from '../terminal/text.ts';
import { type Entry, entriesAt } from '../vaults/entries.ts';

interface TreeOptions {
  readonly depth?: number;
}

export function addTree(program: Command, invoke: Invoke): void {
  const command = program
    .command('tree')
    .summary('show a directory as a tree')
    .description('Show all that lies below a directory, as a tree.')
    .argument('[location]', 'a directory', '.')
    .option('-d, --depth <levels>', 'how deep to go', positiveInteger)
    .action(
      invoke('tree', async (context, location: string, { depth = Number.POSITIVE_INFINITY }: TreeOptions) => {
        const { output, signal } = context;
        return await context.at(location, 'tree', async (place) => {
          const entries: Entry[] = [];
          for await (const entry of entriesAt(place, { recursive: depth > 1, signal })) {
            if (levelOf(entry) <= depth) entries.push(entry);
          }
          if (output.json) {
            for (const { info } of entries)
              await output.item({ location: place.nameOf(info.path), ...info.toJSON() });
            return EXIT.ok;
          }
          await output.write(`${output.colors.bold(visibleLine(place.nameOf(place.path)))}\n`);
          for (const line of drawTree(entries)) {
            const { info, name } = line.entry;
            const shown = entryName(info, name.slice(name.lastIndexOf('/') + 1), output.colors);
            await output.write(`${output.colors.dim(line.branches)}${shown}\n`);
          }
          const directories = entries.filter(({ info }) => info.isDir).length;
          const files = entries.length - directories;
          const summary = `${plural(directories, 'directory', 'directories')}, ${plural(files, 'file')}`;
          await output.write(`\n${output.colors.dim(summary)}\n`);
          return EXIT.ok;
        });
      }),
    );
  withExamples(command, [
    ['f9 tree notes:', 'all of the vault "notes"'],
    ['f9 tree -d 2 ./docs', 'two levels of a folder'],
  ]);
}

interface TreeLine {
  readonly branches: string;
  readonly entry: Entry;
}

/** @param entries in pre-order */
function drawTree(entries: readonly Entry[]): TreeLine[] {
  const lines: TreeLine[] = [];
  // Going backwards it is known, at every level, whether a later sibling is on the same branch.
  let open: boolean[] = [];
  for (const entry of [...entries].reverse()) {
    const level = levelOf(entry);
    const branches = Array.from({ length: level - 1 }, (_, i) => (open[i] === true ? '│   ' : '    ')).join(
      '',
    );
    lines.push({ branches: `${branches}${open[level - 1] === true ? '├── ' : '└── '}`, entry });
    open = [...Array.from({ length: level - 1 }, (_, i) => open[i] === true), true];
  }
  return lines.reverse();
}

function levelOf({ name }: Entry): number {
  return name.split('/').length;
}
