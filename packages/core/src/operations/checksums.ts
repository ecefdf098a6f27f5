import { type ChecksumAlgorithm, checksumOf } from '../contents/checksum.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverChecksumManyOptions, DriverOptions } from '../driver/options.ts';
import { type ErrorCode, isFileBackendError } from '../errors.ts';
import type { BackendPath } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import { CONCURRENCY } from './bulk.ts';

/** Errors which mean that no file is at a path. */
const NO_FILE: readonly ErrorCode[] = ['NOT_FOUND', 'IS_DIRECTORY', 'NOT_DIRECTORY'];

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
  if (paths.length === 0) return new Map();
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
