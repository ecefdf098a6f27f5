import { type ChecksumAlgorithm, checksumOf } from './checksum.ts';
import type { BackendDriver, DriverChecksumManyOptions, DriverGlobOptions, DriverOptions } from './driver.ts';
import { isFileBackendError } from './errors.ts';
import type { FileInfo } from './file-info.ts';
import type { GlobPattern } from './glob/pattern.ts';
import type { BackendPath } from './path.ts';
import { forEachConcurrently } from './pool.ts';

// What a driver may do better by itself, derived from what every driver does.

const DEFAULT_CONCURRENCY = 8;

export async function checksumFile(
  driver: BackendDriver,
  path: BackendPath,
  algorithm: ChecksumAlgorithm,
  options: DriverOptions,
): Promise<string> {
  if (driver.checksum !== undefined) return await driver.checksum(path, algorithm, options);
  return await checksumOf(driver.read(path, options), algorithm);
}

export async function checksumFiles(
  driver: BackendDriver,
  paths: readonly BackendPath[],
  algorithm: ChecksumAlgorithm,
  options: DriverChecksumManyOptions,
): Promise<Map<BackendPath, string>> {
  if (driver.checksumMany !== undefined) return await driver.checksumMany(paths, algorithm, options);
  const sums = new Map<BackendPath, string>();
  await forEachConcurrently(paths, options.concurrency ?? DEFAULT_CONCURRENCY, async (path) => {
    try {
      sums.set(path, await checksumFile(driver, path, algorithm, options));
    } catch (error) {
      if (!isFileBackendError(error, 'NOT_FOUND') && !isFileBackendError(error, 'IS_DIRECTORY')) throw error;
    }
  });
  return sums;
}

export async function globPaths(
  driver: BackendDriver,
  pattern: GlobPattern,
  options: DriverGlobOptions,
): Promise<BackendPath[]> {
  if (driver.glob !== undefined) return await driver.glob(pattern, options);
  const { files, directories, ...rest } = options;
  const base = await driver.stat(pattern.base, rest);
  if (base === undefined || !base.isDir) return [];
  const found: BackendPath[] = [];
  for await (const batch of driver.list(pattern.base, { ...rest, recursive: pattern.depth > 1 })) {
    for (const entry of batch) {
      if (!pattern.matches(entry.path)) continue;
      const isDirectory =
        entry.fileType === 'symlink' ? await targetIsDirectory(driver, entry, rest) : entry.isDir;
      if (isDirectory === undefined) continue;
      if (isDirectory ? directories : files) found.push(entry.path as BackendPath);
    }
  }
  return found;
}

/** `undefined` for a symlink that leads nowhere, or out of the vault. */
async function targetIsDirectory(
  driver: BackendDriver,
  entry: FileInfo,
  options: DriverOptions,
): Promise<boolean | undefined> {
  try {
    return (await driver.stat(entry.path as BackendPath, options))?.isDir;
  } catch (error) {
    if (isFileBackendError(error, 'PATH_OUTSIDE_ROOT') || isFileBackendError(error, 'NOT_FOUND'))
      return undefined;
    throw error;
  }
}

export async function removeRecursively(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<void> {
  if (driver.removeTree !== undefined) return await driver.removeTree(path, options);
  const inside: BackendPath[] = [];
  for await (const batch of driver.list(path, { ...options, recursive: true })) {
    for (const entry of batch) inside.push(entry.path as BackendPath);
  }
  // Pre-order backwards: children before their directory.
  for (const entry of [...inside.reverse(), path]) {
    try {
      await driver.remove(entry, options);
    } catch (error) {
      // Somebody else was quicker.
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
    }
  }
}
