import type { GitProcess, GitRunOptions } from '../process/git-process.ts';

/** The id of the empty tree, which git knows without having it stored. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** One version of a file, as a tree or an index holds it. */
export interface TreeEntry {
  /** git's octal mode: `100644`, `100755`, `120000` (symlink), `160000` (gitlink: a repository inside this one). */
  readonly mode: string;
  readonly oid: string;
  readonly path: string;
}

export const EXECUTABLE = '100755';
export const GITLINK = '160000';

/** The entries of a commit or tree at `path` and below it; without a path all of them. */
export async function listTree(
  git: GitProcess,
  commit: string,
  path?: string,
  options?: GitRunOptions,
): Promise<TreeEntry[]> {
  const below = path === undefined ? [] : ['--', path];
  const output = await git.run(['ls-tree', '-r', '-z', '--full-tree', commit, ...below], options);
  return output
    .toString()
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const [, mode, oid, name] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line)!;
      return { mode: mode!, oid: oid!, path: name! };
    });
}
