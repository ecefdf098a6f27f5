import type { FileBackend } from '../backend.ts';
import { extentsOf } from '../driver/innermost.ts';
import { backendError } from '../errors.ts';
import { isWithin } from '../paths/path.ts';

/**
 * Refuses two parts of one vault of which one lies in the other: what a mirror wrote or deleted in one would be a change of the other.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function assertApart(one: FileBackend, other: FileBackend, what: string): void {
  const others = extentsOf(other.driver);
  const overlaps = extentsOf(one.driver).some((a) =>
    others.some((b) => a.driver === b.driver && (isWithin(a.base, b.base) || isWithin(b.base, a.base))),
  );
  if (!overlaps) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `${what} are one vault, or one lies in the other; take two vaults, or two folders that lie apart`,
    { operation: 'mirror' },
  );
}
