import { readFileSync } from 'node:fs';

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
    const { code } = error as NodeJS.ErrnoException;
    // A directory where the ref should be: other refs lie below its name.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
