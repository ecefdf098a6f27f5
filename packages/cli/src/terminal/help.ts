import type { Command, HelpConfiguration } from 'commander';
import picocolors from 'picocolors';

// Commander takes the colours away where they are not wanted.
const colors = picocolors.createColors(true);

/** A command line, and its effect. */
export type Example = readonly [commandLine: string, meaning: string];

/** Parts of a verb's help below its options. */
export interface HelpDetails {
  readonly examples: readonly Example[];
  readonly notes: string | undefined;
}

/** Help by command, from which the documents are derived too. */
const details = new WeakMap<Command, HelpDetails>();

export function helpDetailsOf(command: Command): HelpDetails {
  return details.get(command) ?? { examples: [], notes: undefined };
}

/** Shows examples below the options. */
export function withExamples(command: Command, examples: readonly Example[], notes?: string): Command {
  details.set(command, { examples, notes });
  const width = Math.max(...examples.map(([commandLine]) => commandLine.length));
  const lines = examples.map(([commandLine, meaning]) => `  ${commandLine.padEnd(width)}  ${meaning}`);
  return command.addHelpText(
    'after',
    `\n${colors.bold('Examples:')}\n${lines.join('\n')}${notes === undefined ? '' : `\n\n${notes}`}`,
  );
}

/** Style of the help. */
export const HELP_STYLE: HelpConfiguration = {
  showGlobalOptions: true,
  styleTitle: colors.bold,
  styleCommandText: colors.cyan,
  styleSubcommandText: colors.cyan,
  styleOptionText: colors.green,
  styleArgumentText: colors.yellow,
  subcommandTerm: (command) => `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`.trimEnd(),
};
