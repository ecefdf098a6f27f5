import type { Argument, Command, Option } from 'commander';

/** Stands for files of this machine, which the shell itself completes. */
export const FILES = '<file>';

/** Candidates for the last of `words`: verbs, options, their values, and names of vaults. */
export function candidatesFor(
  program: Command,
  words: readonly string[],
  vaults: readonly string[],
): string[] {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  let command = program;
  const operands: string[] = [];
  let awaiting: Option | undefined;
  for (const previous of before) {
    if (awaiting !== undefined) {
      awaiting = undefined;
      continue;
    }
    const option = optionsOf(command).find(({ short, long }) => previous === short || previous === long);
    if (option !== undefined) awaiting = option.required ? option : undefined;
    else if (previous.startsWith('-')) continue;
    else {
      const verb = subcommand(command, previous);
      if (verb === undefined) operands.push(previous);
      else command = verb;
    }
  }
  const all =
    awaiting !== undefined
      ? (awaiting.argChoices ?? (awaiting.long === '--config' ? [FILES] : []))
      : candidatesOf(command, operands.length, word, vaults);
  return all.filter((candidate) => candidate.startsWith(word) || candidate === FILES);
}

function candidatesOf(command: Command, position: number, word: string, vaults: readonly string[]): string[] {
  if (word.startsWith('-')) {
    return optionsOf(command).flatMap(({ short, long }) =>
      [short, long].filter((flag) => flag !== undefined),
    );
  }
  const verbs = visibleCommands(command).map((verb) => verb.name());
  const argument = argumentAt(command, position);
  if (argument === undefined) return verbs;
  if (argument.argChoices !== undefined) return [...verbs, ...argument.argChoices];
  return [...verbs, ...candidatesOfArgument(argument, vaults)];
}

function argumentAt({ registeredArguments }: Command, position: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[position] ?? (last?.variadic === true ? last : undefined);
}

function candidatesOfArgument(argument: Argument, vaults: readonly string[]): string[] {
  switch (argument.name()) {
    case 'location':
    case 'source':
    case 'target':
      return [...vaults.map((name) => `${name}:`), FILES];
    case 'uri':
      return [FILES];
    case 'name':
      return [...vaults];
    default:
      return [];
  }
}

function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function visibleCommands(command: Command): Command[] {
  return [...command.createHelp().visibleCommands(command)];
}

function subcommand(command: Command, name: string): Command | undefined {
  return visibleCommands(command).find((candidate) => candidate.name() === name);
}
