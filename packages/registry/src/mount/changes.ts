import type { VaultChange, VaultChanges } from '@f9/core';
import {
  type BackendPath,
  backendError,
  type DriverOptions,
  type DriverWatchOptions,
  ROOT,
} from '@f9/core/driver';
import { runIn, toldInTree, vaultOf } from './parts.ts';
import { inTree, inVault, type Mount, type MountTable } from './table.ts';

/** The changes of every vault at and below a path, as they come. */
export async function* watchTree(
  table: MountTable,
  path: BackendPath,
  { onReady, ...call }: DriverWatchOptions,
): AsyncGenerator<VaultChange, void, void> {
  const parts = table.partsAt(path);
  let waiting = parts.length;
  const ready = (): void => {
    if (--waiting === 0) onReady();
  };
  if (waiting === 0) onReady();
  const iterators = parts.map((part) => {
    const { signal } = call;
    return vaultOf(part.mount, call).watch(inVault(part), { signal, onReady: ready })[Symbol.asyncIterator]();
  });
  const next = async (at: number): Promise<{ at: number; result: IteratorResult<VaultChange> }> => {
    try {
      return { at, result: await iterators[at]!.next() };
    } catch (error) {
      throw toldInTree(parts[at]!.mount, call, error);
    }
  };
  const pending = new Map(iterators.map((_, at) => [at, next(at)]));
  try {
    while (pending.size > 0) {
      const { at, result } = await Promise.race(pending.values());
      if (result.done === true) {
        pending.delete(at);
        continue;
      }
      pending.set(at, next(at));
      yield* shown(table, parts[at]!.mount, result.value);
    }
  } finally {
    for (const failed of pending.values()) failed.catch(() => undefined);
    await Promise.all(iterators.map((iterator) => iterator.return?.().catch(() => undefined)));
  }
}

/**
 * The changes of every vault since a cursor, which holds a cursor of each vault by its mount point. A vault that was mounted since is
 * an overflow, since all of it is new to the follower.
 *
 * @throws `INVALID_ARGUMENT` for a cursor of another feed
 */
export async function treeChangesSince(
  table: MountTable,
  cursor: string | undefined,
  call: DriverOptions,
): Promise<VaultChanges> {
  const known = cursor === undefined ? undefined : parseCursor(cursor);
  const found = await Promise.all(
    table.mounts.map(async (mount) => {
      const since = known?.[mount.point];
      const { signal } = call;
      const part = await runIn({ mount, path: ROOT }, call, (vault) => vault.changesSince(since, { signal }));
      const isNew = known !== undefined && since === undefined;
      const changes: VaultChange[] = isNew
        ? [{ path: mount.point, kind: 'overflow' }]
        : part.changes.flatMap((change) => shown(table, mount, change));
      return { point: mount.point, cursor: part.cursor, changes };
    }),
  );
  return {
    changes: found.flatMap(({ changes }) => changes),
    cursor: JSON.stringify(Object.fromEntries(found.map((part) => [part.point, part.cursor]))),
  };
}

function parseCursor(cursor: string): Readonly<Record<string, string | undefined>> {
  try {
    const parsed: unknown = JSON.parse(cursor);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, string>;
  } catch {
    // The error below tells it.
  }
  throw backendError('INVALID_ARGUMENT', 'The cursor is not one of this tree; ask without one to begin anew');
}

/** A change of a vault in paths of the tree; none where the tree does not show the path. */
function shown(table: MountTable, mount: Mount, change: VaultChange): VaultChange[] {
  const path = inTree(mount, change.path);
  // Changes missed at or above a mount point may be anywhere below it.
  return change.kind === 'overflow' || table.isVisible(path, mount) ? [{ ...change, path }] : [];
}
