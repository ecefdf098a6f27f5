import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { searchable } from '../search/searchable.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { positiveInteger } from '../terminal/option-values.ts';
import { shortened, visibleLine } from '../terminal/text.ts';

interface SearchOptions {
  readonly limit: number;
  readonly full?: boolean;
}

export function addSearch(program: Command, invoke: Invoke): void {
  const command = program
    .command('search')
    .summary('find what is said of something')
    .description(
      'Search a vault by words, and by meaning where there is a model (see f9 embed), best answer first. A vault that cannot do it by itself, a ' +
        'folder or a git repository, gets an index on this machine: the first search reads all of it, later ones only what changed.',
    )
    .argument('<query>', 'a question, or a few words')
    .argument('<location>', 'a vault, or a directory in it')
    .option('-n, --limit <count>', 'answers at most', positiveInteger, 10)
    .option('-f, --full', 'all of each passage, not its first line')
    .action(
      invoke(
        'search',
        async (context, first: string, second: string, { limit, full = false }: SearchOptions) => {
          const { output, signal } = context;
          const isTurned = (await namesVault(context, first)) && !(await namesVault(context, second));
          const [query, location] = isTurned ? [second, first] : [first, second];
          return await context.at(location, 'tree', async (place) => {
            const { path, nameOf } = place;
            const below = path === '/' ? {} : { path };
            await using found = await searchable(context, place);
            for (const { path: file, score, snippet, line, heading } of await found.vault.search(query, {
              limit,
              signal,
              ...below,
            })) {
              const { bold, dim } = output.colors;
              const where = nameOf(file);
              const passage = full
                ? snippet.trim().split(/\s*\n\s*/)
                : [shortened(snippet.trim().replaceAll(/\s+/g, ' '), (context.io.stdout.columns || 100) - 2)];
              await output.item(
                { location: where, path: file, score, snippet, line, heading },
                [
                  [bold(visibleLine(where)), dim(score.toFixed(2)), dim(placeOf(line, heading))]
                    .join('  ')
                    .trimEnd(),
                  ...passage.map((line) => `  ${visibleLine(line)}`),
                ].join('\n'),
              );
            }
            return EXIT.ok;
          });
        },
      ),
    );
  withExamples(command, [
    ["f9 search 'when do the apples ripen?' index:", 'the ten best answers'],
    ['f9 search apples .', 'in a folder'],
    ['f9 search index: apples', 'a vault by its name may also come first'],
    ['f9 search apples index:garden -n 3 --json', 'three, below a directory, for a program'],
  ]);
}

/** Whether a text can only be a location, which many people write first. */
async function namesVault({ vaults }: Context, text: string): Promise<boolean> {
  // A question such as "What is it: a fruit?" is no location.
  const location = await vaults.locate(text).catch(() => undefined);
  if (location?.kind === 'uri') return true;
  return location?.kind === 'vault' && Object.hasOwn((await vaults.config()).vaults, location.name);
}

/** The place of a passage in its file, as far as it is known. */
function placeOf(line: number | undefined, heading: string | undefined): string {
  return [line === undefined ? '' : `line ${line}`, visibleLine(heading ?? '')]
    .filter((part) => part !== '')
    .join(': ');
}
