import fs from 'node:fs';
import { dirname } from 'node:path';
import { hasErrno } from '../errors.ts';
import type { Durability } from '../options.ts';

/** Makes the folder of a vault with its parents, durably, so that its files are not lost with it. */
export async function makeRoot(path: string, durability: Durability): Promise<void> {
  const topmost = await makeDirectories(path);
  if (topmost === undefined || durability === 'none') return;
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === topmost) return;
  }
}

/** Makes a directory with its parents; gives the topmost one that was made. */
async function makeDirectories(path: string): Promise<string | undefined> {
  try {
    return await fs.promises.mkdir(path, { recursive: true });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    // Node gives the same error for those that it does not know; without `recursive` the true one comes.
    await fs.promises.mkdir(path);
    return path;
  }
}

/** Syncs a directory if the system can and this user may. */
async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await fs.promises.open(path, fs.constants.O_RDONLY);
    await directory.sync();
  } catch (error) {
    if (!hasErrno(error, 'EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'EBADF', 'ENOTSUP', 'ENOSYS')) throw error;
  }
}
