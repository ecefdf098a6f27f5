import type { OperationOptions } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type {
  DriverOptions,
  FileToRemove,
  FileToWrite,
  RemoveResults,
  WriteResults,
} from '../driver/options.ts';
import { type ErrorCode, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';

// Many files at once: by the driver where it can do better than one call a file.

/** Files in work at the same time. */
export const CONCURRENCY = 8;

/** Errors which mean that a path is none of this vault's: nothing is there, a symlink leads out, or nobody may ask for it. */
const NOT_OURS: readonly ErrorCode[] = ['NOT_FOUND', 'PATH_OUTSIDE_ROOT', 'INVALID_PATH'];

/** Information on a path, symlinks followed; `undefined` where nothing is there, or nothing of this vault. */
export async function statIfOurs(
  driver: BackendDriver,
  path: BackendPath,
  options: DriverOptions,
): Promise<FileInfo | undefined> {
  try {
    return await driver.stat(path, options);
  } catch (error) {
    if (isFileBackendError(error) && NOT_OURS.includes(error.code)) return undefined;
    throw error;
  }
}

/** `statIfOurs` of each path, in their order. */
export async function statMany(
  driver: BackendDriver,
  paths: readonly BackendPath[],
  options: DriverOptions,
): Promise<readonly (FileInfo | undefined)[]> {
  if (driver.statMany !== undefined) return await driver.statMany(paths, options);
  const infos = new Array<FileInfo | undefined>(paths.length);
  await forEachConcurrently(paths.entries(), CONCURRENCY, async ([at, path]) => {
    infos[at] = await statIfOurs(driver, path, options);
  });
  return infos;
}

/** Writes each file; one that fails hinders no other. */
export async function writeMany(
  driver: BackendDriver,
  files: readonly FileToWrite[],
  options: DriverOptions,
): Promise<WriteResults> {
  if (driver.writeMany !== undefined) return await driver.writeMany(files, options);
  return await settleEach(files, options, CONCURRENCY, ({ path, source, ...conditions }) =>
    driver.write(path, source, { ...options, ...conditions }),
  );
}

/** Removes each file; one that fails hinders no other. */
export async function removeMany(
  driver: BackendDriver,
  files: readonly FileToRemove[],
  options: DriverOptions,
): Promise<RemoveResults> {
  if (driver.removeMany !== undefined) return await driver.removeMany(files, options);
  return await settleEach(files, options, CONCURRENCY, ({ path, ifMatch }) =>
    driver.remove(path, { ...options, ifMatch }),
  );
}

/** Outcomes of `many` on the files that `assert` lets through, and what it throws of each of the others, in their order. */
export async function settleAllowed<F, R>(
  files: readonly F[],
  assert: (file: F) => void,
  many: (allowed: readonly F[]) => Promise<readonly PromiseSettledResult<R>[]>,
): Promise<PromiseSettledResult<R>[]> {
  const refusals = files.map((file): PromiseRejectedResult | undefined => {
    try {
      assert(file);
      return undefined;
    } catch (reason) {
      return { status: 'rejected', reason };
    }
  });
  const allowed = files.filter((_, at) => refusals[at] === undefined);
  const results = allowed.length === 0 ? [] : await many(allowed);
  let at = 0;
  return refusals.map((refusal) => refusal ?? results[at++]!);
}

/** Outcomes of `work` on each item, in their order. @throws `signal.reason` */
export async function settleEach<T, R>(
  items: readonly T[],
  { signal }: OperationOptions,
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results = new Array<PromiseSettledResult<R>>(items.length);
  await forEachConcurrently(items.entries(), concurrency, async ([at, item]) => {
    signal?.throwIfAborted();
    try {
      results[at] = { status: 'fulfilled', value: await work(item) };
    } catch (reason) {
      results[at] = { status: 'rejected', reason };
    }
  });
  signal?.throwIfAborted();
  return results;
}

/** Throws the first failure of many, if any; the others were done all the same. */
export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
