import { STATE } from './operations.ts';

/**
 * What a power cut could lose of an operation that made these calls and was acknowledged: bytes that were not synced before their file
 * got its name, and names that were not synced in their directory at all.
 */
export function lostInPowerCut(calls: readonly string[]): string[] {
  const lost: string[] = [];
  const dirtyFiles = new Set<string>();
  const dirtyDirectories = new Set<string>();
  const changeName = (path: string): void => {
    if (!isState(path)) dirtyDirectories.add(parentOf(path));
  };
  for (const call of calls) {
    const [name, path, to] = call.split(' ') as [string, string, string?];
    if (/write|truncate/.test(name)) dirtyFiles.add(path);
    else if (/^f(data)?sync$/.test(name)) {
      dirtyFiles.delete(path);
      dirtyDirectories.delete(path);
    } else if (name === 'rename' || name === 'link') {
      if (dirtyFiles.has(path) && !isState(to!))
        lost.push(`the bytes of ${to}, which were not synced before ${name}`);
      dirtyFiles.delete(path);
      if (name === 'rename') changeName(path);
      changeName(to!);
    } else if (/^(open|unlink|mkdir|rmdir|symlink)/.test(name)) {
      changeName(path);
      // What is gone needs no sync of its own.
      if (/^(unlink|rmdir)/.test(name)) {
        dirtyFiles.delete(path);
        dirtyDirectories.delete(path);
      }
    }
  }
  return [
    ...lost,
    ...[...dirtyFiles].filter((path) => !isState(path)).map((path) => `the bytes of ${path}`),
    ...[...dirtyDirectories].map((path) => `the last names in ${path}`),
  ];
}

function isState(path: string): boolean {
  return path.split('/').includes(STATE);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
