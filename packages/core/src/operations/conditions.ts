import type { CreateOptions } from '../backend.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions, WriteOptions } from '../driver/options.ts';
import { isDirectory } from '../driver/path-errors.ts';
import { backendError } from '../errors.ts';
import { type BackendPath, ROOT, saysDirectory } from '../paths/path.ts';
import { assertPermissions, assertVersion } from './arguments.ts';
import { capabilitiesAt } from './guards.ts';

// Checks of a request against what the vault can do and what a path can name.

/** @throws `UNSUPPORTED` */
export function assertSupport(
  driver: BackendDriver,
  capability: 'append' | 'ifMatch' | 'search' | 'emptyDirectories' | 'changes',
  path: BackendPath,
): void {
  if (capabilitiesAt(driver, path)[capability] === false) {
    throw backendError('UNSUPPORTED', `The ${driver.name} backend does not support ${capability}`);
  }
}

/** @throws `UNSUPPORTED` where no versions are kept, `INVALID_ARGUMENT` for a version that is none; `undefined` passes */
export function assertVersionKept(
  driver: BackendDriver,
  path: BackendPath,
  version: string | undefined,
): void {
  if (version === undefined) return;
  assertVersions(driver, path);
  assertVersion(version);
}

/** @throws `UNSUPPORTED` */
export function assertVersions(driver: BackendDriver, path: BackendPath): void {
  if (capabilitiesAt(driver, path).versions) return;
  throw backendError(
    'UNSUPPORTED',
    `The ${driver.name} backend keeps no older versions of files; git vaults do, and those in SQLite or PostgreSQL that keep their history`,
  );
}

/** Conditions on which a new version of a file is written. @throws `INVALID_ARGUMENT`, `UNSUPPORTED` */
export function writeOptions(
  driver: BackendDriver,
  path: BackendPath,
  call: DriverOptions,
  { overwrite = false, ifMatch, permissions }: Pick<CreateOptions, 'overwrite' | 'ifMatch' | 'permissions'>,
): WriteOptions {
  assertPermissions(permissions);
  return {
    ...call,
    ifExists: overwrite ? 'replace' : 'fail',
    ifMissing: 'create',
    ifMatch: conditionToReplace(driver, path, overwrite, ifMatch),
    permissions,
  };
}

/** Condition of an operation that may replace a file. @throws `INVALID_ARGUMENT`, `UNSUPPORTED` */
export function conditionToReplace(
  driver: BackendDriver,
  path: BackendPath,
  overwrite: boolean,
  ifMatch: string | undefined,
): string | undefined {
  if (ifMatch !== undefined && !overwrite) {
    throw backendError(
      'INVALID_ARGUMENT',
      'ifMatch needs overwrite: true, since it asks for a file that exists',
    );
  }
  return condition(driver, path, ifMatch);
}

/** @throws `INVALID_ARGUMENT`, `UNSUPPORTED` */
export function condition(
  driver: BackendDriver,
  path: BackendPath,
  ifMatch: string | undefined,
): string | undefined {
  if (ifMatch === undefined) return undefined;
  assertSupport(driver, 'ifMatch', path);
  if (typeof ifMatch !== 'string') {
    throw backendError('INVALID_ARGUMENT', 'ifMatch must be the etag of a FileInfo, a string');
  }
  return ifMatch;
}

/** @throws `INVALID_PATH` */
export function assertNotRoot(path: BackendPath): void {
  if (path === ROOT) {
    throw backendError(
      'INVALID_PATH',
      'The root of a vault cannot be created, written, copied, moved or deleted',
      { path: '/' },
    );
  }
}

/** Drivers are never asked to read or write what can only be a directory. @throws `IS_DIRECTORY`, `INVALID_PATH` */
export function assertNamesFile(given: string, path: BackendPath): void {
  if (path === ROOT) throw isDirectory('/', 'be read as a file');
  if (!saysDirectory(given)) return;
  throw backendError(
    'INVALID_PATH',
    `${JSON.stringify(given)} names a directory, since it ends in a separator; the file is ${JSON.stringify(path)}`,
    { path: given },
  );
}

/** @throws `INVALID_ARGUMENT` */
export function assertUpdate(
  append: boolean,
  create: boolean,
  ifMatch: string | undefined,
  permissions: number | undefined,
): void {
  if (create && !append) {
    throw backendError(
      'INVALID_ARGUMENT',
      'create goes with append: true; to replace or make a file, use create with overwrite',
    );
  }
  if (create && ifMatch !== undefined) {
    throw backendError(
      'INVALID_ARGUMENT',
      'ifMatch asks for a file that exists, create for one that may not',
    );
  }
  if (append && !create && permissions !== undefined) {
    throw backendError('INVALID_ARGUMENT', 'append leaves the permissions of a file as they are');
  }
}
