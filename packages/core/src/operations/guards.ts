import type { Capabilities } from '../capabilities.ts';
import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';

/** Promises of the vault at a path. */
export function capabilitiesAt(driver: BackendDriver, path: BackendPath): Capabilities {
  return driver.capabilitiesAt?.(path) ?? driver.capabilities;
}

/** The etag that keeps a write or removal at `path` to the version that was seen, as far as the vault can tell there. */
export function versionGuard(
  driver: BackendDriver,
  path: BackendPath,
  seen: FileInfo | undefined,
): string | undefined {
  return capabilitiesAt(driver, path).ifMatch === false ? undefined : seen?.etag;
}

/** Turns a failed condition into `BUSY` where core set it, not the caller: somebody else was at work. */
export async function busyIfChanged<T>(path: BackendPath, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!isFileBackendError(error, 'PRECONDITION_FAILED')) throw error;
    throw somebodyWrote(path);
  }
}

/** `BUSY` */
export function somebodyWrote(path: BackendPath): Error {
  return backendError('BUSY', `Somebody else wrote ${JSON.stringify(path)} at the same time; try again`, {
    path,
  });
}

/** Options for calls below: the signal and the session, without the rest, which was meant for the call above. */
export function passOn({ signal, session }: DriverOptions): DriverOptions {
  return { signal, session };
}
