import fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { forEachConcurrently } from '@f9/core/driver';

/** Most files that are flushed at the same time: the disk joins their flushes. */
const AT_ONCE = 32;

/** Flushes the bytes of an open file to the disk. */
export const syncFile: (fd: number) => Promise<void> = promisify(fs.fsync);

/** Flushes the names in a directory to the disk. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows does so by itself, and cannot flush a directory.
  if (process.platform !== 'win32') await syncAt(path);
}

/** Flushes files to the disk, with the directories from `root` that lead to them. */
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
  // Windows flushes only files that are open for writing.
  const handle = await fs.promises.open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await syncFile(handle.fd);
  } finally {
    await handle.close();
  }
}
