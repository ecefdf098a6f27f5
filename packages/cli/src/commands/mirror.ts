import { type Command, Option } from 'commander';
import type { Invoke } from '../invoke.ts';
import { type MirrorCommandOptions, mirrorOnce, openPlaces } from '../mirror/once.ts';
import { exitCodeOf, reportMirror } from '../mirror/report.ts';
import { addSelectionOptions } from '../mirror/selection.ts';
import { mirrorForever } from '../mirror/watch.ts';
import { UsageError } from '../terminal/errors.ts';
import { withExamples } from '../terminal/help.ts';
import { LOG_FORMATS, Log, type LogFormat } from '../terminal/log.ts';
import { byteRate, countOrShare, duration, positiveInteger } from '../terminal/option-values.ts';

interface Options extends MirrorCommandOptions {
  readonly watch?: boolean;
  readonly interval: number;
  readonly logFormat?: LogFormat;
}

/** Milliseconds. */
const DEFAULT_INTERVAL = 60_000;

export function addMirror(program: Command, invoke: Invoke): void {
  const command = program
    .command('mirror')
    .summary('make one vault the same as another')
    .description(
      'Make the files of one vault, or of a directory in it, those of another, moving only what changed. A source that has a remote is ' +
        'pulled once first, and one version of it is read throughout. Each file is replaced whole and verified; one that fails does not ' +
        'stop the others. Stopped at any moment, it can be run again. Dotfiles are included.',
    )
    .argument('<source>', 'where the files are')
    .argument('<target>', 'where they are to be')
    .option('-p, --prune', 'delete what the source does not have; an empty source is refused')
    .option('--prune-even-if-empty', 'the same, and an empty source is meant')
    .option('--max-delete <count>', 'do nothing at all where more would be deleted: 20, or 10%', countOrShare)
    .option('--backup-dir <location>', 'put there first what is replaced or deleted')
    .option('-n, --dry-run', 'only tell what would be done')
    .option('--no-pull', 'do not ask the remote of the source')
    .option('--offline-ok', 'where the remote cannot be reached, what was pulled last is good enough');
  addSelectionOptions(command)
    .option('-w, --watch', 'and again when something changed, or time is up, until it is told to end')
    .addOption(
      new Option('--interval <time>', 'with --watch: how long to wait in between')
        .argParser(duration)
        .default(DEFAULT_INTERVAL, '60s'),
    )
    .option('--bwlimit <rate>', 'bytes read of the source in a second, on average: 500k, 2M', byteRate)
    .option('-j, --concurrency <count>', 'files in work at the same time (default: 8)', positiveInteger)
    .option(
      '-v, --verbose',
      'tell of each file when it is done, on standard error, and list what was skipped',
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'the form of what -v and --watch tell; without either, as -v',
      ).choices(LOG_FORMATS),
    )
    .action(
      invoke('mirror', async (context, from: string, to: string, options: Options) => {
        const { watch = false, interval, logFormat, dryRun = false } = options;
        if (watch && dryRun) throw new UsageError('--dry-run once is enough: leave out --watch');
        if (watch && options.filesFrom === '-') throw new UsageError('standard input can be read only once');
        const log = new Log(context.io.stderr, logFormat ?? (context.output.json ? 'json' : 'text'));
        const tellsFiles = !dryRun && (options.verbose === true || (logFormat !== undefined && !watch));
        if (watch || tellsFiles) context.logTo(log);
        return await context.attempt([from, to], async () => {
          const places = await openPlaces(context, from, to, options);
          if (watch) return await mirrorForever(context, places, options, interval, log);
          const run = await context.patiently(places.target, () =>
            mirrorOnce(context, places, options, tellsFiles ? log : undefined),
          );
          await reportMirror(context, places, run, options);
          return exitCodeOf(context, places, run, options);
        });
      }),
    );
  withExamples(
    command,
    [
      ['f9 mirror notes: store:', 'bring a vector store up to date with a git repository'],
      ['f9 mirror -n --prune ./docs backup:docs', 'tell what would be copied and deleted'],
      ['f9 mirror notes: store: --prune --max-delete 10%', 'for a job that runs unattended'],
      ['f9 mirror notes: store: --prune --watch', 'again each minute'],
      ["f9 mirror . backup: -i 'node_modules/**'", 'leave some of it out'],
      ["f9 mirror notes: ./out -g '**/*.md' --json", 'a part, and what was done for a program'],
    ],
    'Exit code 5 says that some files failed and the rest is done, 7 that the remote could not be asked. Left out without being told: .git, ' +
      '.f9, and what .f9ignore says, and .gitignore where the source is the folder of a repository.',
  );
}
