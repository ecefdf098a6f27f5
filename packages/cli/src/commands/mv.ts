import type { Command } from 'commander';
import type { Invoke } from '../invoke.ts';
import { withExamples } from '../terminal/help.ts';
import { copyOrMove } from '../transfer/copy-or-move.ts';

interface MvOptions {
  readonly force?: boolean;
}

export function addMv(program: Command, invoke: Invoke): void {
  const command = program
    .command('mv')
    .summary('move or rename files, also from one vault to another')
    .description(
      'Move files and directories, within a vault or from one to another. Each file is where it was until it is whole where it goes. ' +
        'A target that is a directory, or ends with "/", takes them in.',
    )
    .usage('[options] <source...> <target>')
    .argument('<location...>', 'what to move, and where to')
    .option('-f, --force', 'replace files that are there, and add to directories that are there')
    .action(
      invoke('mv', (context, locations: string[], { force = false }: MvOptions) =>
        copyOrMove(context, locations, { move: true, force, recursive: true, pull: false }),
      ),
    );
  withExamples(command, [
    ['f9 mv notes:draft.md notes:final.md', 'rename'],
    ['f9 mv notes:a.md notes:b.md work:archive/', 'several, into a directory of another vault'],
  ]);
}
