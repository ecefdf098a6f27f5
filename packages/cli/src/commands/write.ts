import { type Command, Option } from 'commander';
import type { Invoke } from '../invoke.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';

interface WriteOptions {
  readonly text?: string;
  readonly force?: boolean;
  readonly append?: boolean;
  readonly ifMatch?: string;
}

export function addWrite(program: Command, invoke: Invoke): void {
  const command = program
    .command('write')
    .summary('write a file from standard input')
    .description(
      'Write standard input, or --text, to a file: all of it or, whatever fails, nothing. Missing directories are made.',
    )
    .argument('<location>', 'a file')
    .option('-t, --text <text>', 'write this instead of standard input')
    .option('-f, --force', 'replace a file that is there')
    .addOption(new Option('-a, --append', 'add to a file that may be there').conflicts('force'))
    .option('--if-match <etag>', 'replace only the version that has this etag (see: f9 info)')
    .action(
      invoke('write', async (context, location: string, options: WriteOptions) => {
        const { text, force = false, append = false, ifMatch } = options;
        const { output, signal, io } = context;
        return await context.at(location, 'entry', async ({ backend, path, nameOf }) => {
          if (text === undefined && io.stdin.isTTY === true)
            context.note('Reading from the terminal; end with Ctrl-D.');
          const data = text ?? io.stdin;
          const info =
            append || ifMatch !== undefined
              ? await backend.update(path, {
                  data,
                  append,
                  signal,
                  ...(ifMatch === undefined ? { create: append } : { ifMatch }),
                })
              : await backend.create(path, { data, overwrite: force, signal });
          await output.item({ location: nameOf(path), ...info.toJSON() });
          return EXIT.ok;
        });
      }),
    );
  withExamples(command, [
    ['date | f9 write notes:now.txt', 'a new file; one that is there is left alone'],
    ["f9 write -f notes:a.md --text '# A'", 'replace it'],
    ['echo more | f9 write -a notes:log.txt', 'add to it'],
    ['f9 write notes:photo.jpg < photo.jpg', 'bytes as they are'],
  ]);
}
