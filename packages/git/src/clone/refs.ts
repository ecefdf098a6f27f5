import { readFileSync } from 'node:fs';
import { hasErrno } from '../errors.ts';

/** The commit that a ref names, read from the files that git keeps it in; `undefined` where there is no such ref. */
export function readRef(gitDirectory: string, ref: string): string | undefined {
  const loose = readIfThere(`${gitDirectory}/${ref}`)?.trim();
  if (loose !== undefined && loose !== '') return loose;
  const packed = readIfThere(`${gitDirectory}/packed-refs`);
  return packed
    ?.split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A directory instead of the ref: other refs lie below its name.
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}
