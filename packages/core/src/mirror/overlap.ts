import type { FileBackend } from '../backend.ts';
import { openWhole } from '../driver/driver-state.ts';
import { type Extent, extentsOf, pathBelow } from '../driver/innermost.ts';
import { backendError } from '../errors.ts';
import { isWithin, joinPath } from '../paths/path.ts';
import type { Selection } from './selection.ts';

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

/**
 * Refuses two vaults whose folders are the same, or of which one lies in the other: a target in the source would be copied into
 * itself, and pruning a target around the source would delete the source. What the selection leaves out may overlap. Opens both, since
 * their folders are known only then.
 *
 * @param prunes whether the target loses files that the source does not have
 * @throws `INVALID_ARGUMENT`
 */
export async function assertFoldersApart(
  source: FileBackend,
  target: FileBackend,
  {
    selection,
    prunes,
    signal,
  }: {
    readonly selection: Selection;
    readonly prunes: boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  for (const { driver } of [source, target]) await openWhole(driver, signal);
  const pairs = pairsOf(source, target);
  const isIn = reachableIn(selection);
  if (pairs.some(([from, to]) => isIn(to, from))) {
    throw backendError(
      'INVALID_ARGUMENT',
      'The target of the mirror lies in its source, and would be copied into itself; take a folder beside it, or leave it out by ignore',
      { operation: 'mirror' },
    );
  }
  if (prunes && pairs.some(([from, to]) => isIn(from, to))) {
    throw backendError(
      'INVALID_ARGUMENT',
      'The source of the mirror lies in its target, and would be pruned; take a folder beside it, or leave it out by ignore',
      { operation: 'mirror' },
    );
  }
}

/**
 * Refuses a backup that lies in a vault of a mirror, which would copy or prune what is kept, or around one. What the selection leaves
 * out may overlap.
 *
 * @throws `INVALID_ARGUMENT`
 */
export async function assertBackupApart(
  backup: FileBackend,
  vaults: readonly FileBackend[],
  { selection, signal }: { readonly selection: Selection; readonly signal: AbortSignal | undefined },
): Promise<void> {
  await openWhole(backup.driver, signal);
  const isIn = reachableIn(selection);
  for (const vault of vaults) {
    if (!pairsOf(backup, vault).some(([kept, other]) => isIn(kept, other) || isIn(other, kept))) continue;
    throw backendError(
      'INVALID_ARGUMENT',
      'The backup lies in the source or the target of the mirror, or one of them in the backup; take a folder beside them, or leave it out by ignore',
      { operation: 'mirror' },
    );
  }
}

function pairsOf(one: FileBackend, other: FileBackend): (readonly [Extent, Extent])[] {
  return extentsOf(one.driver).flatMap((a) => extentsOf(other.driver).map((b) => [a, b] as const));
}

/** Whether an extent lies in another one, at a path that a mirror looks at. */
function reachableIn(selection: Selection): (inner: Extent, around: Extent) => boolean {
  return ({ place }, around) => {
    if (place === undefined || around.place === undefined || !isWithin(place, around.place)) return false;
    return selection.reaches(joinPath(around.at, pathBelow(around.place, place)));
  };
}
