import fs from 'node:fs';
import { join } from 'node:path';
import { plantTree, type Tree } from '../tree.ts';

// Swaps a directory and a file of a vault for symlinks that lead out of it, and back, again and again until it is killed.

export interface Swapping {
  /** Holds `vault`, with `directory` and `file.txt` in it, and `outside`. */
  readonly folder: string;
  /** What `directory` is to hold whenever it comes back. */
  readonly directory: Tree;
}

const { folder, directory: tree }: Swapping = JSON.parse(process.argv[2]!);
const directory = join(folder, 'vault/directory');
const file = join(folder, 'vault/file.txt');
const outside = join(folder, 'outside');
/** The same when they are not there. */
const [kept, keptFile, link, next] = ['directory', 'file.txt', 'link', 'next'].map((name) =>
  join(folder, 'aside', name),
) as [string, string, string, string];

fs.mkdirSync(join(folder, 'aside'));
fs.linkSync(file, keptFile);
process.stdout.write('swapping\n');
// Whoever started it may be gone.
process.stdin.on('end', () => process.exit()).resume();

while (true) {
  for (let i = 0; i < 50; i++) {
    swapDirectory();
    swapFile();
  }
  await new Promise(setImmediate);
}

/** Whoever works in the vault may remove and make what is swapped, too. */
function swapDirectory(): void {
  if (!fs.existsSync(link)) fs.symlinkSync(outside, link);
  if (!put(directory, kept)) plantTree(kept, tree);
  put(link, directory);
  linger();
  if (isLink(directory)) put(directory, link);
  put(kept, directory);
  linger();
}

/** Never missing: each takes the place of the other in one step. */
function swapFile(): void {
  fs.symlinkSync(join(outside, 'file.txt'), next);
  fs.renameSync(next, file);
  linger();
  fs.linkSync(keptFile, next);
  fs.renameSync(next, file);
  linger();
}

/** Renames, whatever is in the way; false if there is nothing to rename. */
function put(from: string, to: string): boolean {
  for (;;) {
    try {
      fs.renameSync(from, to);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      removeTree(to);
    }
  }
}

/** Somebody may put more into it in the meantime; it is tried again. */
function removeTree(path: string): void {
  try {
    fs.rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

function isLink(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** For up to 50 microseconds, so that others meet every state. */
function linger(): void {
  const until = performance.now() + Math.random() * 0.05;
  while (performance.now() < until);
}
