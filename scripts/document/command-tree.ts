import { PassThrough } from 'node:stream';
import { buildProgram } from '../../packages/cli/src/program.ts';
import { type HelpDetails, helpDetailsOf } from '../../packages/cli/src/terminal/help.ts';

type Command = ReturnType<typeof buildProgram>;
type Argument = Command['registeredArguments'][number];

/** A verb as its help tells of it. */
export interface Verb extends HelpDetails {
  /** `mirror`, `vaults add`. */
  readonly name: string;
  /** What stands behind the name: `[options] <source> <target>`. */
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  readonly group: string;
  readonly arguments: readonly Term[];
  readonly options: readonly Term[];
  readonly verbs: readonly Verb[];
}

export interface Term {
  readonly term: string;
  readonly description: string;
}

export interface CommandTree extends Omit<Verb, 'group' | 'name' | 'summary'> {
  /** The options that every verb takes. */
  readonly options: readonly Term[];
}

/** The command line of f9, from the same objects that print its help. */
export function commandTree(): CommandTree {
  const stream = (): PassThrough => new PassThrough();
  const io = {
    stdin: stream(),
    stdout: stream(),
    stderr: stream(),
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
  };
  const program = buildProgram(io, () => async () => undefined);
  const { group: _, name: __, summary: ___, ...tree } = verbOf(program, '');
  return { ...tree, options: optionsOf(program) };
}

function verbOf(command: Command, prefix: string): Verb {
  const help = command.createHelp();
  const name = `${prefix}${command.name()}`;
  const isProgram = prefix === '' && command.parent === null;
  return {
    name,
    usage: command.usage(),
    summary: command.summary() || command.description(),
    description: command.description(),
    group: command.helpGroup().replace(/:$/, ''),
    arguments: command.registeredArguments
      .filter((argument) => help.argumentDescription(argument) !== '')
      .map((argument) => ({ term: termOf(argument), description: help.argumentDescription(argument) })),
    options: optionsOf(command),
    verbs: help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map((each) => verbOf(each, isProgram ? '' : `${name} `)),
    ...helpDetailsOf(command),
  };
}

function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionsOf(command: Command): Term[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help')
    .map((option) => ({ term: option.flags, description: help.optionDescription(option) }));
}
