import fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { forEachConcurrently } from '@f9/core/driver';

/** Files that are flushed at once: the disk joins what comes together. */
const AT_ONCE = 32;

/** Has the disk keep what was written to an open file. */
export const syncFile: (fd: number) => Promise<void> = promisify(fs.fsync);

/** Has the disk keep the names in a directory. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows keeps them by itself, and flushes no directory.
  if (process.platform !== 'win32') await syncAt(path);
}

/** Has the disk keep files and the directories that lead to them from `root`. */
export async function syncTree(root: string, paths: readonly string[]): Promise<void> {
  const directories = new Set([root]);
  for (const path of paths) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent))
      directories.add(`${root}/${parent}`);
  }
  await forEachConcurrently(paths, AT_ONCE, async (path) => await syncAt(`${root}/${path}`));
  await forEachConcurrently([...directories], AT_ONCE, syncDirectory);
}

async function syncAt(path: string): Promise<void> {
  // Windows flushes only what may be written.
  const handle = await fs.promises.open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await syncFile(handle.fd);
  } finally {
    await handle.close();
  }
}
