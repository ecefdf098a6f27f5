import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, publicEntries } from './declarations.ts';

/** Every name that a package exports, and every member of its interfaces and classes, over which an editor would show nothing but a type. */
export function silentHovers(folders: readonly string[]): string[] {
  const doors = folders.flatMap((folder) => doorsOf(folder));
  const entries = doors.flatMap(({ folder, file, name }) =>
    publicEntries(join(folder, 'dist'), file).map((entry) => ({ ...entry, door: name })),
  );
  // An editor shows what a class inherits: the text of the interface it implements, or of the class it extends.
  const told = new Set(
    entries.flatMap((entry) => membersOf(entry).flatMap(({ name, isTold }) => (isTold ? [name] : []))),
  );
  return entries.flatMap((entry) => {
    const inherits = /^export (?:declare )?(?:abstract )?class .*\b(?:implements|extends)\b/.test(
      entry.declaration,
    );
    const silent = membersOf(entry).filter(
      ({ name, isTold }) => !isTold && !isNodes(entry) && !(inherits && told.has(name)),
    );
    return [
      ...(entry.documentation === '' && !isNodes(entry) ? [`${entry.door}: ${entry.name}`] : []),
      ...silent.map(({ name }) => `${entry.door}: ${entry.name}.${name}`),
    ];
  });
}

/** Faces of Node's own interface: its members are Node's, and Node tells of them. */
function isNodes({ door }: { readonly door: string }): boolean {
  return door === '@f9/compat';
}

interface Member {
  readonly name: string;
  readonly isTold: boolean;
}

/** What everybody knows without a word. */
const KNOWN =
  /^(?:constructor|\[Symbol\.(?:asyncDispose|dispose|asyncIterator|iterator|toStringTag)\]|#private|toJSON|then)$/;

/** The members of an interface or a class; overloads count once. */
function membersOf({ declaration }: Entry): Member[] {
  if (!/^export (?:declare )?(?:abstract )?(?:class|interface) /.test(declaration)) return [];
  const members = new Map<string, boolean>();
  let isTold = false;
  let depth = 0;
  for (const line of declaration.split('\n').slice(1)) {
    const text = line.trim();
    if (text.startsWith('/**') || text.startsWith('*')) {
      isTold = true;
      continue;
    }
    const name = depth === 0 ? nameOf(text) : undefined;
    if (name !== undefined && !KNOWN.test(name)) members.set(name, members.get(name) === true || isTold);
    depth += count(text, /[{(]/g) - count(text, /[})]/g);
    if (depth <= 0) isTold = false;
    depth = Math.max(depth, 0);
  }
  return Array.from(members, ([name, told]) => ({ name, isTold: told }));
}

function nameOf(text: string): string | undefined {
  return /^(?:static |readonly |abstract |get |set |async |declare )*(#?[\w$]+|\[Symbol\.\w+\])[?!]?\s*[:(<;]/.exec(
    text,
  )?.[1];
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function doorsOf(
  folder: string,
): { readonly folder: string; readonly file: string; readonly name: string }[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, { types?: string } | string>;
  };
  return Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === 'string' || target.types === undefined
      ? []
      : [{ folder, file: target.types.replace('./dist/', ''), name: join(manifest.name, path) }],
  );
}
