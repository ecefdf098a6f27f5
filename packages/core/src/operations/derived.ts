import { type ChecksumAlgorithm, checksumOf } from '../contents/checksum.ts';
import type {
  BackendDriver,
  DriverChecksumManyOptions,
  DriverGlobOptions,
  DriverOptions,
} from '../driver/driver.ts';
import { type ErrorCode, isFileBackendError } from '../errors.ts';
import type { GlobPattern } from '../glob/pattern.ts';
import type { BackendPath } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';

// What a driver may do better by itself, derived from what every driver does.

/** Files in work at the same time. */
const CONCURRENCY = 8;

/** What it means that there is no file at a path. */
const NO_FILE: readonly ErrorCode[] = ['NOT_FOUND', 'IS_DIRECTORY', 'NOT_DIRECTORY'];

/** What it means that a directory is none of this vault's: a symlink leads out of it, or nobody may ask for it. */
const NOT_OURS: readonly ErrorCode[] = ['NOT_FOUND', 'PATH_OUTSIDE_ROOT', 'INVALID_PATH'];

/** The checksum of one file, by the driver where it can. */
export async function checksumFile(
  driver: BackendDriver,
  path: BackendPath,
  algorithm: ChecksumAlgorithm,
  options: DriverOptions,
): Promise<string> {
  if (driver.checksum !== undefined) return await driver.checksum(path, algorithm, options);
  return await checksumOf(driver.read(path, options), algorithm);
}

/** The checksums of many, keyed by path; what is missing or a directory is left out. */
export async function checksumFiles(
  driver: BackendDriver,
  paths: readonly BackendPath[],
  algorithm: ChecksumAlgorithm,
  options: DriverChecksumManyOptions,
): Promise<Map<BackendPath, string>> {
  if (driver.checksumMany !== undefined) return await driver.checksumMany(paths, algorithm, options);
  const sums = new Map<BackendPath, string>();
  await forEachConcurrently(paths, options.concurrency ?? CONCURRENCY, async (path) => {
    try {
      sums.set(path, await checksumFile(driver, path, algorithm, options));
    } catch (error) {
      if (!isFileBackendError(error) || !NO_FILE.includes(error.code)) throw error;
    }
  });
  return sums;
}

/** What matches, in no order; a symlink counts as what it points to and is not descended into. */
export async function globPaths(
  driver: BackendDriver,
  pattern: GlobPattern,
  options: DriverGlobOptions,
): Promise<BackendPath[]> {
  if (driver.glob !== undefined) return await driver.glob(pattern, options);
  const { files, directories, ...rest } = options;
  if ((await isDirectory(driver, pattern.base, rest)) !== true) return [];
  const found: BackendPath[] = [];
  for await (const batch of driver.list(pattern.base, { ...rest, recursive: pattern.depth > 1 })) {
    for (const entry of batch) {
      if (!pattern.matches(entry.path)) continue;
      const path = entry.path as BackendPath;
      const isDir = entry.fileType === 'symlink' ? await isDirectory(driver, path, rest) : entry.isDir;
      if (isDir !== undefined && (isDir ? directories : files)) found.push(path);
    }
  }
  return found;
}

/** Symlinks followed; `undefined` where there is nothing, or nothing of this vault. */
async function isDirectory(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<boolean | undefined> {
  try {
    return (await driver.stat(path, options))?.isDir;
  } catch (error) {
    if (isFileBackendError(error) && NOT_OURS.includes(error.code)) return undefined;
    throw error;
  }
}

/** Removes a directory with all that is in it; what somebody else removes meanwhile counts as removed. */
export async function removeRecursively(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<void> {
  if (driver.removeTree !== undefined) return await driver.removeTree(path, options);
  const files: BackendPath[] = [];
  const directories: BackendPath[] = [path];
  for await (const batch of driver.list(path, { ...options, recursive: true })) {
    for (const entry of batch) (entry.isDir ? directories : files).push(entry.path as BackendPath);
  }
  await forEachConcurrently(files, CONCURRENCY, (file) => removeIfThere(driver, file, options));
  // Pre-order backwards: what is inside before what it is in.
  for (const directory of directories.reverse()) await removeIfThere(driver, directory, options);
}

async function removeIfThere(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<void> {
  try {
    await driver.remove(path, options);
  } catch (error) {
    // Somebody else was quicker, or the directory went with its files.
    if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
  }
}
