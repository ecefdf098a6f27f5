import { type CommandTree, commandTree, type Term, type Verb } from './command-tree.ts';
import { table } from './markers.ts';

/** The pages of the command, by file name: one of all verbs, and one for each, from what its help says. */
export function commandPages(tree: CommandTree = commandTree()): Map<string, string> {
  const pages = new Map([['README.md', overview(tree)]]);
  for (const verb of tree.verbs) pages.set(`${verb.name}.md`, `${page(verb, tree.options)}\n`);
  return pages;
}

function overview({ description, verbs, notes, options }: CommandTree): string {
  const groups = [...new Set(verbs.map(({ group }) => group))];
  return `${[
    '# The command',
    `\`f9\`: ${lowerFirst(description)} Each page here says what \`f9 help VERB\` says, and so does \`man f9\`. How it is installed, and what its exit ` +
      'codes and its config file are: [the package](../../packages/cli/README.md).',
    ...groups.flatMap((group) => [
      `## ${group}`,
      table(
        ['verb', ''],
        verbs
          .filter((verb) => verb.group === group)
          .map(({ name, summary }) => [`[\`${name}\`](${name}.md)`, cell(summary)]),
      ),
    ]),
    '## Locations',
    block('text', notes ?? ''),
    '## Options of every verb',
    terms('option', options),
  ].join('\n\n')}\n`;
}

function page(verb: Verb, everywhere: readonly Term[]): string {
  return [
    `# f9 ${verb.name}`,
    ...sections(verb),
    ...verb.verbs.flatMap((inner) => [`## f9 ${inner.name}`, ...sections(inner)]),
    ...(verb.examples.length === 0 ? [] : ['## Examples', examples(verb)]),
    ...(verb.notes === undefined ? [] : [prose(verb.notes)]),
    '## Options of every verb',
    terms('option', everywhere),
  ].join('\n\n');
}

function sections({ name, usage, description, arguments: given, options }: Verb): string[] {
  return [
    prose(description),
    block('text', `f9 ${name} ${usage}`.trimEnd()),
    ...(given.length === 0 ? [] : [terms('argument', given)]),
    ...(options.length === 0 ? [] : [terms('option', options)]),
  ];
}

function examples({ examples: all }: Verb): string {
  return block('sh', all.map(([line, meaning]) => `# ${meaning}\n${line}`).join('\n\n'));
}

function terms(what: string, all: readonly Term[]): string {
  return table(
    [what, ''],
    all.map(({ term, description }) => [`\`${term.replaceAll('|', '\\|')}\``, cell(description)]),
  );
}

/** What markdown would take for a tag or a new cell. */
function cell(text: string): string {
  return prose(text).replaceAll('|', '\\|');
}

function prose(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*');
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
