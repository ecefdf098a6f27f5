import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

/** The place of a commit in the history. */
export interface LooseCommit {
  readonly tree: string;
  readonly parents: readonly string[];
}

/**
 * A commit from a file of its own, where git puts it first: reading that costs a hundredth of asking git. `undefined` where it is
 * packed by now, or missing; then git has to be asked.
 */
export function looseCommit(gitDirectory: string, oid: string): LooseCommit | undefined {
  let text: string;
  try {
    text = inflateSync(readFileSync(`${gitDirectory}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`)).toString();
  } catch {
    return undefined;
  }
  const [header = ''] = text.split('\n\n', 1);
  const [, tree, lines = ''] =
    /^commit \d+\0tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)/.exec(header) ?? [];
  return tree === undefined
    ? undefined
    : { tree, parents: lines.split('\n').flatMap((line) => /^parent (.*)/.exec(line)?.[1] ?? []) };
}
