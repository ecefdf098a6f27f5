import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** One public name of a package. */
export interface Entry {
  readonly name: string;
  /** Where it is declared, below `dist`: `layers/read-only`. */
  readonly source: string;
  readonly documentation: string;
  readonly declaration: string;
}

/** All that a door exports, from the declarations that `tsc` wrote. @param door its file below `dist`: `driver/index.d.ts` */
export function publicEntries(dist: string, door: string): Entry[] {
  const index = readFileSync(join(dist, door), 'utf8');
  const entries: Entry[] = [];
  for (const [, names, source] of index.matchAll(/export (?:type )?\{([^}]+)\} from '([^']+)'/g)) {
    const module = normalize(join(door, '..', source!))
      .replaceAll('\\', '/')
      .replace(/\.[jt]s$/, '');
    const declarations = readFileSync(join(dist, `${module}.d.ts`), 'utf8');
    for (const exported of names!.split(',')) {
      const [original, renamed] = exported
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      if (original === undefined || original === '') continue;
      entries.push(findEntry(declarations, original, renamed ?? original, module));
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
    source,
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
