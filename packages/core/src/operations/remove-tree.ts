import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions, FileToRemove } from '../driver/options.ts';
import { isFileBackendError } from '../errors.ts';
import type { BackendPath } from '../paths/path.ts';
import { removeMany, throwFirst } from './bulk.ts';

/**
 * Removes a directory with all that is in it; what somebody else removes meanwhile counts as removed. What cannot be removed hinders
 * nothing else, and is thrown at the end.
 */
export async function removeTree(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<void> {
  if (driver.removeTree !== undefined) return await driver.removeTree(path, options);
  const files: FileToRemove[] = [];
  const directories: BackendPath[] = [path];
  for await (const batch of driver.list(path, { ...options, recursive: true })) {
    for (const entry of batch) {
      const below = entry.path as BackendPath;
      if (entry.isDir) directories.push(below);
      else files.push({ path: below });
    }
  }
  const results = await removeMany(driver, files, options);
  throwFirst(results.filter((result) => result.status === 'rejected' && !isGone(result.reason)));
  // Pre-order backwards: what is inside before what it is in.
  for (const directory of directories.reverse()) await removeDirectory(driver, directory, options);
}

/** Removes an empty directory; one that somebody else removed, or that went with its files, counts as removed. */
export async function removeDirectory(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<void> {
  try {
    await driver.remove(path, options);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return isFileBackendError(error, 'NOT_FOUND');
}
