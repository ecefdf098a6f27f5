/** Arguments that ask for the differences from the last commit: paths literally, every untracked file, no ignored ones. */
export const STATUS: readonly string[] = [
  'status',
  '--porcelain=v2',
  '-z',
  '--untracked-files=all',
  '--no-renames',
  '--ignore-submodules=all',
];

/** The paths in git's answer. Repositories inside this one are left out, submodules or not. */
export function changedPaths(output: string): string[] {
  const paths: string[] = [];
  for (const line of output.split('\0')) {
    if (line.startsWith('? ')) paths.push(line.slice(2));
    // The fields are kind, states, submodule, modes and objects of two or three versions; then the path, which may hold spaces.
    const [, submodule, path] =
      /^1 \S+ (\S)\S* (?:\S+ ){5}(.*)$/s.exec(line) ?? /^u \S+ (\S)\S* (?:\S+ ){7}(.*)$/s.exec(line) ?? [];
    if (submodule === 'N') paths.push(path!);
  }
  return paths.filter((path) => !path.endsWith('/'));
}

/** Whether another tool left a merge in the index that nobody finished. */
export function hasUnmerged(output: string): boolean {
  return output.split('\0').some((line) => line.startsWith('u '));
}
