import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { backendError } from '@f9/core/driver';

/** The use of a plain path by a verb: an entry in a folder, a folder as a vault, or such a folder that may have to be made. */
export type PathUse = 'entry' | 'tree' | 'new tree';

/** A folder of this machine, and a path below it with `/` between its names; `''` is the folder itself. */
export interface FolderPath {
  readonly folder: string;
  readonly path: string;
}

/**
 * Finds the folder that is the vault of a plain path: the nearest one at or above it with a `.f9`, in which f9 has written before.
 * Without one it is the folder itself where the verb takes a folder, else the nearest that exists.
 *
 * @throws `NOT_FOUND` for a tree that is not there
 */
export async function splitPlainPath(text: string, cwd: string, use: PathUse): Promise<FolderPath> {
  const full = resolve(cwd, text);
  const start = use === 'entry' || !(await isTree(full, text, use)) ? dirname(full) : full;
  const vault = await nearest(start, (folder) => isDirectory(join(folder, '.f9')));
  if (vault !== undefined) return below(vault, full);
  if (start === full) return { folder: full, path: '' };
  return below((await nearest(start, isDirectory)) ?? start, full);
}

/** The plain path as it is written in the working directory of f9. */
export function plainName({ folder, path }: FolderPath, cwd: string): string {
  const full = path === '' ? folder : join(folder, path);
  const near = relative(cwd, full);
  if (near === '') return '.';
  if (near === '..' || near.startsWith(`..${sep}`)) return full;
  return near.indexOf(':') > 1 ? `.${sep}${near}` : near;
}

/** False for a file, which lies in a tree but is none. */
async function isTree(full: string, text: string, use: 'tree' | 'new tree'): Promise<boolean> {
  const stats = await statIfThere(full);
  if (stats === undefined && use === 'tree') {
    throw backendError('NOT_FOUND', `There is nothing at ${JSON.stringify(text)}`, { path: text });
  }
  return stats?.isDirectory() ?? true;
}

async function nearest(
  start: string,
  fits: (folder: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    if (await fits(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function below(folder: string, full: string): FolderPath {
  return { folder, path: relative(folder, full).split(sep).join('/') };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() ?? false;
}

/** The stats of a path; `undefined` also where they cannot be read, since opening it tells why. */
async function statIfThere(path: string): Promise<Stats | undefined> {
  return await stat(path).catch(() => undefined);
}
