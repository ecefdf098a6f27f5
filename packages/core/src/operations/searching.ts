import type { BackendDriver } from '../driver/driver.ts';
import type { DriverOptions } from '../driver/options.ts';
import { backendError } from '../errors.ts';
import { isNameable, normalizePath } from '../paths/path.ts';
import type { SearchOptions, SearchResult } from '../search.ts';
import { assertFilter, assertPositiveInteger } from './arguments.ts';

/** Files that answer a query, best first. @throws `INVALID_ARGUMENT` */
export async function searchFiles(
  driver: BackendDriver,
  query: string,
  { limit, path, filters }: SearchOptions,
  call: DriverOptions,
): Promise<SearchResult[]> {
  if (typeof query !== 'string' || query.trim() === '') {
    throw backendError('INVALID_ARGUMENT', 'A search needs a query: a string that is not blank');
  }
  assertPositiveInteger('limit', limit);
  if (filters !== undefined) await assertFilter(filters);
  const below = path === undefined ? undefined : normalizePath(path);
  const found = await driver.search!(query, { ...call, limit, path: below, filters });
  // An index that somebody else made may hold names that lead out of the vault.
  return found.filter((result) => isNameable(result.path));
}
