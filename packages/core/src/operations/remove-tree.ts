import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions, FileToRemove, RemoveResults } from '../driver/options.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import { deepestFirst } from '../paths/levels.ts';
import type { BackendPath } from '../paths/path.ts';
import { removeMany, throwFirst } from './bulk.ts';
import { capabilitiesAt } from './guards.ts';

/**
 * Removes a directory with all that is in it; a path that somebody else removes meanwhile counts as removed. One that cannot be
 * removed hinders no other, and its error is thrown at the end.
 */
export async function removeTree(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<void> {
  try {
    await removeAll(driver, path, options);
  } catch (error) {
    if (!isFileBackendError(error, 'DIRECTORY_NOT_EMPTY')) throw error;
    throw backendError(
      'DIRECTORY_NOT_EMPTY',
      `The directory ${JSON.stringify(error.path ?? path)} is not empty, though all that the vault has in it was deleted: ` +
        'it holds names that no path can say, or somebody wrote to it meanwhile; look at the folder itself',
      { path: error.path ?? path },
    );
  }
}

async function removeAll(driver: BackendDriver, path: BackendPath, options: DriverOptions): Promise<void> {
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
  throwUnlessGone(await removeMany(driver, files, options));
  await removeDirectories(driver, directories, options);
}

/**
 * Removes a directory, the first, and those in it once they are empty. Directories that somebody else removed, or that went with
 * their files, count as removed.
 */
export async function removeDirectories(
  driver: BackendDriver,
  directories: readonly BackendPath[],
  options: DriverOptions,
): Promise<void> {
  const [around] = directories;
  // Directories that only their files imply went with them: there is no need to ask for each.
  if (!capabilitiesAt(driver, around!).emptyDirectories) {
    const [result] = await removeMany(driver, [{ path: around! }], options);
    if (result!.status === 'fulfilled' || isFileBackendError(result!.reason, 'NOT_FOUND')) return;
  }
  for (const level of deepestFirst(directories)) {
    const empty = level.map((path) => ({ path }));
    throwUnlessGone(await removeMany(driver, empty, options));
  }
}

function throwUnlessGone(results: RemoveResults): void {
  throwFirst(
    results.filter(
      (result) => result.status === 'rejected' && !isFileBackendError(result.reason, 'NOT_FOUND'),
    ),
  );
}
