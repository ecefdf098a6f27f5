import fs from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

export type Entry =
  | { readonly content: string; readonly mode: number }
  | { readonly target: string }
  | 'directory';

/** What lies in a folder, by path. */
export type Tree = Readonly<Record<string, Entry>>;

export function file(content: string, mode = 0o644): Entry {
  return { content, mode };
}

/** Makes `folder` and what is to lie in it, parents first. */
export function plantTree(folder: string, tree: Tree): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [path, entry] of Object.entries(tree)) {
    const at = join(folder, path);
    if (entry === 'directory') fs.mkdirSync(at);
    else if ('target' in entry) fs.symlinkSync(entry.target, at);
    else {
      fs.writeFileSync(at, entry.content);
      fs.chmodSync(at, entry.mode);
    }
  }
}

export function readTree(folder: string): Tree {
  const tree: Record<string, Entry> = {};
  const visit = (path: string): void => {
    for (const entry of fs.readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = join(path, entry.name);
      tree[inner] = readEntry(join(folder, inner), entry);
      if (entry.isDirectory()) visit(inner);
    }
  };
  if (fs.existsSync(folder)) visit('');
  return tree;
}

function readEntry(path: string, entry: fs.Dirent): Entry {
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return { target: fs.readlinkSync(path) };
  return { content: fs.readFileSync(path, 'utf8'), mode: fs.statSync(path).mode & 0o7777 };
}

export function isSameTree(one: Tree, other: Tree): boolean {
  return isDeepStrictEqual({ ...one }, { ...other });
}

/** Whether everything is as it was or as it is to be, and nothing else is there. */
export function isPartly(before: Tree, after: Tree): (tree: Tree) => boolean {
  return (tree) =>
    [...new Set([before, after, tree].flatMap(Object.keys))].every(
      (path) => isDeepStrictEqual(tree[path], before[path]) || isDeepStrictEqual(tree[path], after[path]),
    );
}

/** Whether every file of `before` is still somewhere. */
export function hasAllOf(before: Tree): (tree: Tree) => boolean {
  const contents = (tree: Tree): string[] =>
    Object.values(tree).flatMap((entry) =>
      entry !== 'directory' && 'content' in entry ? [entry.content] : [],
    );
  return (tree) => contents(before).every((content) => contents(tree).includes(content));
}

/** A tree in few words, for a message. */
export function describeTree(tree: Tree): string {
  const describe = (entry: Entry): string => {
    if (entry === 'directory') return 'directory';
    if ('target' in entry) return `-> ${entry.target}`;
    const start = JSON.stringify(entry.content.slice(0, 24));
    return `${entry.mode.toString(8)} ${entry.content.length} bytes ${start}`;
  };
  return Object.entries(tree)
    .map(([path, entry]) => `${path}: ${describe(entry)}`)
    .join('; ');
}
