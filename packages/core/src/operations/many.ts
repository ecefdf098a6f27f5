import type { FileBackend, OperationOptions } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import { explain } from '../driver/explain.ts';
import type {
  DriverOptions,
  FileToRemove,
  FileToWrite,
  RemoveResults,
  WriteResults,
} from '../driver/options.ts';
import { isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';
import { removeMany, settleEach, statMany, writeMany } from './bulk.ts';
import { type Operations, operationsOf } from './operations.ts';

// Many files of a vault in few calls, as `info`, `create` and `delete` do one; their paths are those of a listing.

/** The operations of a vault that takes many files in one call. */
export function operationsOnMany(
  vault: FileBackend,
  member: 'statMany' | 'writeMany' | 'removeMany',
): Operations | undefined {
  const operations = operationsOf(vault);
  return operations?.driver[member] === undefined ? undefined : operations;
}

/** Files in work at a time where a vault takes one a call. */
interface ManyOptions extends OperationOptions {
  readonly concurrency: number;
}

/** Information on each path, `undefined` where nothing is there. @throws `signal.reason` */
export async function infoMany(
  vault: FileBackend,
  paths: readonly string[],
  { concurrency, ...options }: ManyOptions,
): Promise<readonly PromiseSettledResult<FileInfo | undefined>[]> {
  const operations = operationsOnMany(vault, 'statMany');
  if (operations !== undefined) {
    try {
      const infos = await operations.run('info', undefined, options, (_, call) =>
        statMany(operations.driver, paths as readonly BackendPath[], call),
      );
      return infos.map((value) => ({ status: 'fulfilled', value }));
    } catch (error) {
      options.signal?.throwIfAborted();
      // One path failed the call for all: asked one by one, they show which.
      if (!isFileBackendError(error)) throw error;
    }
  }
  return await settleEach(paths, options, concurrency, async (path) => {
    try {
      return await vault.info(path, options);
    } catch (error) {
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
      return undefined;
    }
  });
}

/** Writes each file; where the call fails as a whole, all fail. @throws `signal.reason` */
export async function createMany(
  operations: Operations,
  files: readonly FileToWrite[],
  options: OperationOptions,
): Promise<WriteResults> {
  return await settled(operations, 'create', files, options, writeMany);
}

/** Removes each file; where the call fails as a whole, all fail. @throws `signal.reason` */
export async function deleteMany(
  operations: Operations,
  files: readonly FileToRemove[],
  options: OperationOptions,
): Promise<RemoveResults> {
  return await settled(operations, 'delete', files, options, removeMany);
}

type ManyOf<F, T> = (
  driver: BackendDriver,
  files: readonly F[],
  options: DriverOptions,
) => Promise<readonly PromiseSettledResult<T>[]>;

async function settled<F extends { readonly path: BackendPath }, T>(
  operations: Operations,
  operation: 'create' | 'delete',
  files: readonly F[],
  options: OperationOptions,
  many: ManyOf<F, T>,
): Promise<readonly PromiseSettledResult<T>[]> {
  if (files.length === 0) return [];
  try {
    return await operations.run(operation, undefined, options, async (_, call) => {
      const results = await many(operations.driver, files, call);
      return results.map((result, at) =>
        result.status === 'fulfilled' ? result : rejected(explain(result.reason, operation, files[at]!.path)),
      );
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    return files.map(() => rejected(error));
  }
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}
