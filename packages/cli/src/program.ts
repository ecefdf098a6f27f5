import { Command } from 'commander';
import { addCat } from './commands/cat.ts';
import { addCheck } from './commands/check.ts';
import { addChecksum } from './commands/checksum.ts';
import { addComplete } from './commands/complete.ts';
import { addCompletion } from './commands/completion.ts';
import { addConflicts } from './commands/conflicts.ts';
import { addCp } from './commands/cp.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEdit } from './commands/edit.ts';
import { addEmbed } from './commands/embed.ts';
import { addGlob } from './commands/glob.ts';
import { addGrep } from './commands/grep.ts';
import { addInfo } from './commands/info.ts';
import { addInit } from './commands/init.ts';
import { addLog } from './commands/log.ts';
import { addLs } from './commands/ls.ts';
import { addMcp } from './commands/mcp.ts';
import { addMirror } from './commands/mirror.ts';
import { addMkdir } from './commands/mkdir.ts';
import { addMv } from './commands/mv.ts';
import { addPull } from './commands/pull.ts';
import { addPush } from './commands/push.ts';
import { addRestore } from './commands/restore.ts';
import { addRm } from './commands/rm.ts';
import { addSearch } from './commands/search.ts';
import { addSync } from './commands/sync.ts';
import { addTree } from './commands/tree.ts';
import { addVaults } from './commands/vaults.ts';
import { addWrite } from './commands/write.ts';
import type { Invoke } from './invoke.ts';
import { colorsFor } from './terminal/colors.ts';
import { HELP_STYLE, withExamples } from './terminal/help.ts';
import type { Io } from './terminal/io.ts';
import { collectPackage } from './terminal/option-values.ts';
import { NOTATION } from './vaults/location.ts';

const GROUPS: readonly (readonly [string, readonly ((program: Command, invoke: Invoke) => void)[]])[] = [
  ['Files:', [addLs, addTree, addCat, addWrite, addEdit, addCp, addMv, addRm, addMkdir, addInfo]],
  ['Many files:', [addGlob, addGrep, addChecksum, addSearch, addEmbed, addMirror, addCheck]],
  ['Versions:', [addLog, addRestore]],
  ['In step with a remote:', [addPull, addPush, addSync, addConflicts]],
  ['Set-up:', [addInit, addVaults, addMcp, addDoctor, addCompletion, addComplete]],
];

/** The command line of f9, for one run. */
export function buildProgram(io: Io, invoke: Invoke): Command {
  const program = new Command('f9')
    .usage('<verb> [options] | --version')
    .description(
      'One file interface over a folder, a git repository, a SQLite file, a vector store, a database, a bucket, and what plugins add.',
    )
    .option('--json', 'print JSON, one document a line; errors too, on standard error')
    .option('--plugin <package>', 'also open the URIs of this package; can be given again', collectPackage)
    .option('--config <file>', 'the config file (default: F9_CONFIG, or what f9 doctor shows)')
    .exitOverride()
    .configureHelp(HELP_STYLE)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // Errors are reported once they are caught.
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns || 100,
      getErrHelpWidth: () => io.stderr.columns || 100,
      getOutHasColors: () => colorsFor(io.stdout, io.env).isColorSupported,
      getErrHasColors: () => colorsFor(io.stderr, io.env).isColorSupported,
    })
    .addHelpCommand(
      new Command('help').argument('[verb]').description('tell more about a verb').helpGroup('Set-up:'),
    );
  for (const [heading, verbs] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of verbs) add(program, invoke);
  }
  return withExamples(
    program,
    [
      ["f9 vaults add notes 'git+ssh://git@example.org/me/notes@main'", 'give a repository a name'],
      ['f9 tree notes:', 'look at it'],
      ['f9 mirror notes: ./copy', 'bring a folder up to date with it'],
    ],
    NOTATION,
  );
}
