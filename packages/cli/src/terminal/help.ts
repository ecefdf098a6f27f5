import type { Command, HelpConfiguration } from 'commander';
import picocolors from 'picocolors';

// Commander takes the colours away where they are not wanted.
const colors = picocolors.createColors(true);

/** A command line, and what it does. */
export type Example = readonly [commandLine: string, meaning: string];

/** What the help of a verb has below its options. */
export interface HelpDetails {
  readonly examples: readonly Example[];
  readonly notes: string | undefined;
}

/** Kept beside each command, so that its page in the documents says the same. */
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

/** How help looks. */
export const HELP_STYLE: HelpConfiguration = {
  showGlobalOptions: true,
  styleTitle: colors.bold,
  styleCommandText: colors.cyan,
  styleSubcommandText: colors.cyan,
  styleOptionText: colors.green,
  styleArgumentText: colors.yellow,
  subcommandTerm: (command) => `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`.trimEnd(),
};
