import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { copyOrMove } from '../transfer/copy-or-move.ts';

interface CpOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly pull: boolean;
  readonly offlineOk?: boolean;
}

export function addCp(program: Command, invoke: Invoke): void {
  const command = program
    .command('cp')
    .summary('copy files, also from one vault to another')
    .description(
      'Copy files and directories, within a vault or from one to another. A target that is a directory, or ends with "/", takes them in. ' +
        'A directory of a vault that has a remote is pulled once before it is copied to another vault.',
    )
    .usage('[options] <source...> <target>')
    .argument('<location...>', 'what to copy, and where to')
    .option('-r, --recursive', 'copy directories with all that is in them')
    .option('-f, --force', 'replace files that are there, and add to directories that are there')
    .option('--no-pull', 'with --recursive: do not ask the remote of a source')
    .option('--offline-ok', 'where the remote cannot be reached, what was pulled last is good enough')
    .action(
      invoke(
        'cp',
        (context, locations: string[], { recursive = false, force = false, ...fresh }: CpOptions) =>
          copyOrMove(context, locations, { move: false, force, recursive, ...fresh }),
      ),
    );
  withExamples(command, [
    ['f9 cp notes:a.md notes:b.md', 'within a vault'],
    ['f9 cp photo.jpg notes:pictures/', 'from this machine into a vault'],
    ['f9 cp -r notes: ./backup', 'all of a vault into a folder; to do it again: f9 mirror'],
  ]);
}
