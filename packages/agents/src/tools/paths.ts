/** A path as a model sees it: from the root, with control characters as `\u….`, so that a line stays one line. */
export function shownPath(path: string): string {
  return `/${path}`.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/**
 * The vault's path for one that a model gave. `/` is the root; an absolute path below a folder in `hostRoots`, as clients of a
 * filesystem server send it, becomes the path in the vault. The vault itself checks all others.
 * @param hostRoots folders of this machine, with their paths in the vault; the longest match counts
 */
export function pathFrom(given: string, hostRoots: ReadonlyMap<string, string>): string {
  const path = given.replace(/^file:\/\//, '');
  let best: string | undefined;
  for (const root of hostRoots.keys()) {
    const isBelow = path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
    if (isBelow && (best === undefined || root.length > best.length)) best = root;
  }
  const inside = best === undefined ? path : `${hostRoots.get(best)!}/${path.slice(best.length)}`;
  return inside.replace(/^\/+/, '');
}

/** Like `pathFrom`, for a directory, which may end with a slash. */
export function directoryFrom(path: string): string {
  return path.replace(/\/+$/, '');
}

/** A pattern below a directory, whose own name is matched literally. */
export function belowDirectory(base: string, pattern: string): string {
  if (base === '') return pattern.replace(/^\/+/, '');
  return `${base.replace(/[\\*?[\]{}()!]/g, '\\$&')}/${pattern.replace(/^\/+/, '')}`;
}
