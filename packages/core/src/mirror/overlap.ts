import type { FileBackend } from '../backend.ts';
import { innermost } from '../driver/driver-state.ts';
import { backendError } from '../errors.ts';
import { isWithin } from '../paths/path.ts';

/**
 * Refuses two parts of one vault of which one lies in the other: what a mirror wrote or deleted in one would be a change of the other.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function assertApart(one: FileBackend, other: FileBackend, what: string): void {
  const [a, b] = [innermost(one.driver), innermost(other.driver)];
  if (a.driver !== b.driver || !(isWithin(a.base, b.base) || isWithin(b.base, a.base))) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `${what} are one vault, or one lies in the other; take two vaults, or two folders that lie apart`,
    { operation: 'mirror' },
  );
}
