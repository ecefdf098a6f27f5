import { subdirectory } from '@f9/core';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { UsageError } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { collect } from '../terminal/option-values.ts';
import { visibleLine } from '../terminal/text.ts';
import { textOf } from '../vaults/file-content.ts';
import type { Place } from '../vaults/vaults.ts';

interface GrepOptions {
  readonly ignoreCase?: boolean;
  readonly fixedStrings?: boolean;
  readonly filesWithMatches?: boolean;
  readonly glob?: readonly string[];
}

export function addGrep(program: Command, invoke: Invoke): void {
  const command = program
    .command('grep')
    .summary('find lines that match')
    .description(
      'Print the lines of text files that match a regular expression (of JavaScript), below a directory. Files that are not UTF-8 are passed ' +
        'over. Exit code 0 says that something was found, 1 that nothing was.',
    )
    .argument('<pattern>', 'a regular expression')
    .argument('[location...]', 'files or directories (default: the working directory)')
    .option('-i, --ignore-case', 'upper and lower case are the same')
    .option('-F, --fixed-strings', 'the pattern is a text as it is')
    .option('-l, --files-with-matches', 'only the names of files')
    .option('-g, --glob <pattern>', 'only files that match; can be given again', collect)
    .action(
      invoke('grep', async (context, pattern: string, locations: string[], options: GrepOptions) => {
        const expression = expressionOf(pattern, options);
        let found = false;
        const code = await context.each(locations.length === 0 ? ['.'] : locations, 'tree', async (place) => {
          found = (await grep(context, place, expression, options)) || found;
        });
        return code === EXIT.ok && !found ? EXIT.failed : code;
      }),
    );
  withExamples(command, [
    ['f9 grep TODO notes:', 'every line that holds it'],
    ["f9 grep -i 'apple|pear' notes:garden -g '**/*.md'", 'in Markdown files below a directory'],
    ['f9 grep -lF "a.b(c)" .', 'names of files that hold a text'],
  ]);
}

/** @throws `UsageError` for a pattern that is no regular expression */
function expressionOf(pattern: string, { ignoreCase, fixedStrings }: GrepOptions): RegExp {
  const source = fixedStrings === true ? pattern.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&') : pattern;
  try {
    return new RegExp(source, ignoreCase === true ? 'iu' : 'u');
  } catch (error) {
    throw new UsageError(`the pattern is no regular expression: ${(error as Error).message}`);
  }
}

async function grep(
  context: Context,
  { backend, path, nameOf }: Place,
  expression: RegExp,
  { filesWithMatches = false, glob = ['**'] }: GrepOptions,
): Promise<boolean> {
  const { output, signal } = context;
  let found = false;
  for (const file of await filesAt({ backend, path }, glob, signal)) {
    const text = textOf(await backend.read(file, { signal }));
    const lines = text?.split(/\r?\n/) ?? [];
    for (const [i, line] of lines.entries()) {
      if (!expression.test(line)) continue;
      found = true;
      const location = nameOf(file);
      const { magenta, green } = output.colors;
      if (filesWithMatches) {
        await output.item({ location, path: file }, magenta(visibleLine(location)));
        break;
      }
      await output.item(
        { location, path: file, line: i + 1, text: line },
        `${magenta(visibleLine(location))}:${green(String(i + 1))}: ${visibleLine(line)}`,
      );
    }
  }
  return found;
}

/** The file itself, or the files below a directory that match one of the patterns. */
async function filesAt(
  { backend, path }: Pick<Place, 'backend' | 'path'>,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  if (path !== '/' && !(await backend.info(path, { signal })).isDir) return [path];
  const tree = path === '/' ? backend : subdirectory(backend, path);
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const match of await tree.globFiles(pattern, { dot: true, signal })) found.add(match);
  }
  return [...found].sort().map((match) => (path === '/' ? match : `${path}/${match}`));
}
