import { type CommandTree, commandTree, type Term, type Verb } from './command-tree.ts';

/** The manual of the command, as `man f9` shows it: the same that its help says, and the exit codes of its README. */
export function manPage(
  version: string,
  exitCodes: readonly Term[],
  tree: CommandTree = commandTree(),
): string {
  const lines = [
    '.\\" Written by `pnpm document` from what the help of each verb says.',
    `.TH F9 1 "" "f9 ${version}" "User Commands"`,
    '.SH NAME',
    `f9 \\- ${escaped(tree.description.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B f9',
    escaped(tree.usage),
    '.SH LOCATIONS',
    ...preformatted(tree.notes ?? ''),
    '.SH VERBS',
    ...tree.verbs.flatMap(verb),
    '.SH OPTIONS OF EVERY VERB',
    ...tree.options.flatMap(term),
    '.SH EXAMPLES',
    ...tree.examples.flatMap(([line, meaning]) => term({ term: line, description: meaning })),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(term),
    '.SH ENVIRONMENT',
    'f9 doctor tells which variables are read, and which of them are set.',
    '.SH SEE ALSO',
    '.UR https://github.com/f9\\-files/f9',
    '.UE',
  ];
  return `${lines.join('\n')}\n`;
}

function verb({
  name,
  usage,
  description,
  arguments: given,
  options,
  examples,
  notes,
  verbs,
}: Verb): string[] {
  return [
    `.SS "f9 ${name} ${escaped(usage).replaceAll('"', '\\(dq')}"`,
    escaped(description),
    ...given.flatMap(term),
    ...options.flatMap(term),
    ...examples.flatMap(([line, meaning]) => term({ term: line, description: meaning })),
    ...(notes === undefined ? [] : ['.PP', ...notes.split('\n').map(escaped)]),
    ...verbs.flatMap(verb),
  ];
}

function term({ term: what, description }: Term): string[] {
  return ['.TP', `.B ${escaped(what)}`, escaped(description)];
}

function preformatted(text: string): string[] {
  return ['.nf', ...text.split('\n').map(escaped), '.fi'];
}

/** What troff would take for a request, an escape, or a hyphen that is none. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(
      /[^\p{ASCII}]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
