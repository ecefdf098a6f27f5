import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, publicEntries } from './declarations.ts';

/** A door of a package: what one import specifier opens. */
interface Door {
  /** `@f9/core/driver` */
  readonly specifier: string;
  /** The file behind it, below `src` and `dist`, without its ending. */
  readonly file: string;
}

/** What the parts of a package are called on its pages, by where a name is declared; the first that fits counts. */
const HEADINGS: readonly (readonly [RegExp, string])[] = [
  [/^(vault-)?backend$|^compatible-file-backend$/, 'The vault and the options of its operations'],
  [/^driver\/driver$|^driver$|^operations\//, 'The driver, and the vault made of it'],
  [/^file-info$|^contents\//, 'What a file is: its data, information and checksums'],
  [/^search$|^search\//, 'Search'],
  [/^history|^changes|^watch/, 'Versions and changes'],
  [/^sync$/, 'Remotes and conflicts'],
  [/^mirror\//, 'Mirroring'],
  [/^layers\//, 'Layers: a vault around a vault'],
  [/^memory$/, 'A vault in memory'],
  [/^capabilities$/, 'What a backend promises'],
  [/errors?($|\/)|errno|explain$/, 'Errors'],
  [/plugin|uri-parameter/, 'Plugins'],
  [/^driver\//, 'What a driver is given, and answers with'],
  [/^process\//, 'Processes'],
  [/^paths\//, 'Paths'],
  [/^glob\//, 'Glob patterns'],
  [/^sessions\/|^state\/session/, 'Sessions'],
  [/^streams\//, 'Streams'],
  [/^tasks\//, 'Waiting, and doing things at once'],
  [/^options$/, 'Options'],
];

/** The pages of a package, by file name: one for each door that its package.json opens. */
export function apiPages(folder: string): Map<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    description: string;
    exports: Record<string, string | { default: string }>;
  };
  const pages = new Map<string, string>();
  for (const [path, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue; // ./package.json
    const specifier = join(manifest.name, path).replaceAll('\\', '/');
    const file = target.default.replace('./dist/', '').replace(/\.js$/, '');
    const name = specifier.replace('@f9/', '').replaceAll('/', '-');
    pages.set(`${name}.md`, page(folder, { specifier, file }, manifest.description));
  }
  return pages;
}

function page(folder: string, { specifier, file }: Door, description: string): string {
  const entries = publicEntries(join(folder, 'dist'), `${file}.d.ts`).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const door = readFileSync(join(folder, 'src', `${file}.ts`), 'utf8');
  // The words at the top of the door's file say whom it is for.
  const words = /^\/\*\*([\s\S]*?)\*\//
    .exec(door)?.[1]
    ?.replaceAll(/\s*\n\s*\*? ?/g, ' ')
    .trim();
  const groups = Map.groupBy(
    entries,
    ({ source }) => HEADINGS.find(([part]) => part.test(source))?.[1] ?? 'And',
  );
  const contents = [...HEADINGS.map(([, heading]) => heading), 'And'].flatMap((heading) => {
    const group = groups.get(heading);
    return group === undefined
      ? []
      : [[`## ${groups.size === 1 ? 'Contents' : heading}`, group.map(line).join('\n')].join('\n\n')];
  });
  return [
    `# ${specifier}`,
    [description, words].filter((text) => text !== undefined).join(' '),
    '<!-- Generated from the declarations by `pnpm document`; do not edit. -->',
    `\`\`\`ts declaration\nimport { ${shown(entries)} } from '${specifier}';\n\`\`\``,
    ...new Set(contents),
    '---',
    ...entries.map(section),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What somebody would import first: things that run, not types. */
function shown(entries: readonly Entry[]): string {
  const things = entries.filter(({ declaration }) => /^export declare (?:class|function)/.test(declaration));
  const first = (things.length === 0 ? entries : things)
    .filter(({ name }) => !name.endsWith('Error'))
    .slice(0, 3);
  return first.map(({ name }) => name).join(', ');
}

function line({ name, documentation }: Entry): string {
  const sentence = /^[\s\S]*?(?:[.:](?=\s|$)|$)/.exec(documentation)![0].replaceAll('\n', ' ').trim();
  return `- [\`${name}\`](#${name.toLowerCase()})${sentence === '' ? '' : `: ${sentence.replace(/:$/, '.')}`}`;
}

function section({ name, documentation, declaration }: Entry): string {
  return [
    `### ${name}`,
    ...(documentation === '' ? [] : [documentation]),
    `\`\`\`ts declaration\n${declaration}\n\`\`\``,
  ].join('\n\n');
}
