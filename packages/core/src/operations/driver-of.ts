import type { BackendDriver } from '../driver/driver.ts';
import { backendError } from '../errors.ts';

/**
 * The driver of what is said to be a backend.
 *
 * @param user what was to be done with it, for people: `'subdirectory'`
 * @throws `INVALID_ARGUMENT`
 */
export function driverOf(backend: unknown, user: string): BackendDriver {
  const driver = (backend as { readonly driver?: Partial<BackendDriver> } | null | undefined)?.driver;
  if (typeof driver?.stat === 'function') return driver as BackendDriver;
  throw backendError('INVALID_ARGUMENT', `${user} needs a backend, such as new MemoryFileBackend()`);
}
