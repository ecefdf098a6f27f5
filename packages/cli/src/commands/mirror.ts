import { type FileBackend, type MirrorOptions, type MirrorResult, mirror, subdirectory } from '@f9/core';
import { isWithin } from '@f9/core/driver';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { Invoke } from '../invoke.ts';
import { UsageError } from '../terminal/errors.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { withExamples } from '../terminal/help.ts';
import { collect, positiveInteger } from '../terminal/option-values.ts';
import { progressText, reportMirror } from '../transfer/mirror-report.ts';
import { asOneChange } from '../vaults/one-change.ts';
import type { Place } from '../vaults/vaults.ts';

interface MirrorCommandOptions {
  readonly glob?: string;
  readonly ignore?: readonly string[];
  readonly compare: NonNullable<MirrorOptions['compare']>;
  readonly prune?: boolean;
  readonly pruneEvenIfEmpty?: boolean;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly verbose?: boolean;
}

export function addMirror(program: Command, invoke: Invoke): void {
  const command = program
    .command('mirror')
    .summary('make one vault the same as another')
    .description(
      'Make the files of one vault, or of a directory in it, those of another, moving only what changed. Each file is replaced whole and ' +
        'verified; one that fails does not stop the others. Stopped at any moment, it can be run again. Dotfiles are included.',
    )
    .argument('<source>', 'where the files are')
    .argument('<target>', 'where they are to be')
    .option('-g, --glob <pattern>', 'only files that match')
    .option('-i, --ignore <pattern>', 'leave alone what matches, on both sides; can be given again', collect)
    .option('-p, --prune', 'delete what the source does not have; an empty source is refused')
    .option('--prune-even-if-empty', 'the same, and an empty source is meant')
    .option('-n, --dry-run', 'only tell what would be done')
    .addOption(
      new Option('-c, --compare <how>', 'what makes two files the same')
        .choices(['checksum', 'etag', 'size'])
        .default('checksum'),
    )
    .option('-j, --concurrency <count>', 'files in work at the same time (default: 8)', positiveInteger)
    .option('-v, --verbose', 'list each change')
    .action(
      invoke('mirror', async (context, from: string, to: string, options: MirrorCommandOptions) => {
        return await context.attempt([from, to], async () => {
          const source = await context.vaults.open(from, 'tree');
          const target = await context.vaults.open(to, 'new tree');
          assertApart(source, target, options);
          const startedAt = performance.now();
          const result = await runMirror(context, source, target, options);
          context.progress[Symbol.dispose]();
          const { dryRun = false, verbose = false } = options;
          const seconds = (performance.now() - startedAt) / 1000;
          await reportMirror(context, target, result, { dryRun, verbose, seconds });
          return result.failed.length === 0 ? EXIT.ok : EXIT.partly;
        });
      }),
    );
  withExamples(
    command,
    [
      ['f9 mirror notes: store:', 'bring a vector store up to date with a git repository'],
      ['f9 mirror -n --prune ./docs backup:docs', 'tell what would be copied and deleted'],
      ["f9 mirror . backup: -i '.git/**' -i 'node_modules/**'", 'leave some of it out'],
      ["f9 mirror notes: ./out -g '**/*.md' --json", 'a part, and what was done for a program'],
    ],
    'Exit code 5 says that some files failed and the rest is done.',
  );
}

/** Whoever leaves something out may well mean it. @throws `UsageError` */
function assertApart(
  source: Place,
  target: Place,
  { ignore = [], prune, pruneEvenIfEmpty }: MirrorCommandOptions,
): void {
  const [from, to] = [source.addressOf(source.path), target.addressOf(target.path)];
  if (from === to) throw new UsageError('source and target are the same');
  if (ignore.length > 0) return;
  if (isWithin(to, from)) {
    const inner = to.slice(from.length + 1);
    throw new UsageError(
      `the target lies in the source and would be copied into itself; leave it out: --ignore '${inner}/**'`,
    );
  }
  if (isWithin(from, to) && (prune === true || pruneEvenIfEmpty === true)) {
    const inner = from.slice(to.length + 1);
    throw new UsageError(
      `the source lies in the target and would be pruned; leave it out: --ignore '${inner}/**'`,
    );
  }
}

async function runMirror(
  context: Context,
  source: Place,
  target: Place,
  options: MirrorCommandOptions,
): Promise<MirrorResult> {
  const { signal, progress } = context;
  const {
    glob,
    ignore = [],
    compare,
    prune = false,
    pruneEvenIfEmpty = false,
    dryRun = false,
    concurrency,
  } = options;
  let last = '';
  const work = (): Promise<MirrorResult> =>
    mirror(treeOf(source), treeOf(target), {
      ignore,
      compare,
      prune: pruneEvenIfEmpty ? 'even-if-empty' : prune,
      dryRun,
      signal,
      onProgress: (now) => {
        last = now.path ?? last;
        progress.show(() => progressText(now, last));
      },
      ...(glob === undefined ? {} : { glob }),
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  return dryRun ? await work() : await asOneChange(target.backend, signal, work);
}

function treeOf({ backend, path }: Place): FileBackend {
  return path === '/' ? backend : subdirectory(backend, path);
}
