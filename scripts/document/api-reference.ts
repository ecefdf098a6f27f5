import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One public name of a package. */
interface Entry {
  readonly name: string;
  readonly documentation: string;
  readonly declaration: string;
}

/** The API of a package as a page, from the declarations that `tsc` wrote to `dist`. */
export function apiReference(folder: string): string {
  const { name, description } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    description: string;
  };
  const entries = publicEntries(join(folder, 'dist'), 'index.d.ts').sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const contents = entries.map((entry) => `[\`${entry.name}\`](#${entry.name.toLowerCase()})`).join(' · ');
  const sections = entries.map(
    ({ name, documentation, declaration }) =>
      `## ${name}\n\n${documentation === '' ? '' : `${documentation}\n\n`}\`\`\`ts declaration\n${declaration}\n\`\`\``,
  );
  const origin = 'Generated from the declarations by `pnpm document`; do not edit.';
  return [`# ${name}`, description, `<!-- ${origin} -->`, contents, ...sections].join('\n\n').concat('\n');
}

function publicEntries(dist: string, file: string): Entry[] {
  const index = readFileSync(join(dist, file), 'utf8');
  const entries: Entry[] = [];
  for (const [, names, source] of index.matchAll(/export (?:type )?\{([^}]+)\} from '([^']+)'/g)) {
    const declarations = readFileSync(join(dist, source!.replace(/\.[jt]s$/, '.d.ts')), 'utf8');
    for (const exported of names!.split(',')) {
      const [original, renamed] = exported
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      if (original === undefined || original === '') continue;
      entries.push(findEntry(declarations, original, renamed ?? original, `${dist}/${source}`));
    }
  }
  return entries;
}

function findEntry(declarations: string, original: string, name: string, source: string): Entry {
  const start = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:class|function|const|let|interface|type|enum) ${original.replaceAll('$', '\\$')}\\b`,
    'm',
  ).exec(declarations);
  if (start === null) throw new Error(`${source} does not declare ${original}`);
  return {
    name,
    documentation: documentationBefore(declarations, start.index),
    declaration: withoutPrivate(
      declarations.slice(start.index, endOfDeclaration(declarations, start.index, original)),
    ),
  };
}

/** The text of the comment that ends right before `index`. */
function documentationBefore(declarations: string, index: number): string {
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(declarations.slice(0, index));
  return (comment?.[1] ?? '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trim()
    .replace(/@throws/g, 'Throws')
    .replace(/@param (\w+)/g, '`$1`:');
}

/** Where a declaration ends: at the `;` or `}` outside of all brackets; overloads of a function belong together. */
function endOfDeclaration(declarations: string, from: number, name: string): number {
  let depth = 0;
  for (let i = from; i < declarations.length; i++) {
    const character = declarations[i]!;
    if (declarations.startsWith('/*', i)) i = declarations.indexOf('*/', i) + 1;
    else if (character === "'" || character === '"') i = declarations.indexOf(character, i + 1);
    else if ('{([<'.includes(character)) depth++;
    else if ('})]'.includes(character) || (character === '>' && declarations[i - 1] !== '=')) depth--;
    const endsBlock = character === '}' && depth === 0 && /^(?:\n|$)/.test(declarations.slice(i + 1));
    if (endsBlock || (character === ';' && depth === 0)) {
      const overload = new RegExp(`^\\s*export declare function ${name}\\b`).exec(declarations.slice(i + 1));
      if (overload === null) return i + 1;
      i += overload[0].length;
    }
  }
  return declarations.length;
}

/** Private and protected members are nobody's business. */
function withoutPrivate(declaration: string): string {
  return declaration
    .replace(/^ {4}(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?(?:#private|private |protected )[^;]*;\n/gm, '')
    .trim();
}
