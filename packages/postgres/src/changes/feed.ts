import type { VaultChange, VaultChanges } from '@f9/core';
import { type DriverOptions, ROOT } from '@f9/core/driver';
import { pathOf } from '../files/entries.ts';
import type { OpenVault } from '../vault/open-vault.ts';

/**
 * A snapshot as the server writes it: it holds all transactions before the first number, and none that is listed behind the second
 * colon.
 */
const CURSOR = /^\d{1,20}:\d{1,20}:(?:\d{1,20}(?:,\d{1,20})*)?$/;

const MISSED: VaultChange = { path: ROOT, kind: 'overflow' };

/**
 * Whether a removal may be forgotten that the cursor's snapshot did not hold: the last one that is, or one of a transaction that went on
 * then and has ended since. Whoever still goes on, in whatever database of the server, has removed nothing yet.
 */
const IS_TOO_OLD = `NOT pg_visible_in_snapshot(changes_known_from, seen)
  OR EXISTS (SELECT FROM pg_snapshot_xip(seen) AS open
    WHERE open < changes_known_from AND pg_visible_in_snapshot(open, pg_current_snapshot()))`;

/**
 * The changes since the cursor, which is the snapshot of the last look: exactly those that were committed since, in whatever order
 * their transactions ended.
 */
export async function changesSince(
  vault: OpenVault,
  cursor: string | undefined,
  options: DriverOptions,
): Promise<VaultChanges> {
  if (cursor === undefined || !CURSOR.test(cursor)) {
    const [row] = await vault.read('SELECT pg_current_snapshot()::text AS cursor', [], options);
    // For a cursor of another feed, nobody knows what changed since.
    return { changes: cursor === undefined ? [] : [MISSED], cursor: String(row!.cursor) };
  }
  const rows = await vault.read(
    `WITH since AS (SELECT $1::text::pg_snapshot AS seen)
     SELECT NULL AS key, NULL AS version, false AS "isRemoved", pg_current_snapshot()::text AS cursor,
       (${IS_TOO_OLD}) AS "isTooOld" FROM since, vault
     UNION ALL SELECT key, CASE WHEN content IS NULL THEN NULL ELSE version END, false, NULL, NULL FROM entries, since
       WHERE changed >= pg_snapshot_xmin(seen) AND NOT pg_visible_in_snapshot(changed, seen)
     UNION ALL SELECT key, NULL, true, NULL, NULL FROM removed, since
       WHERE changed >= pg_snapshot_xmin(seen) AND NOT pg_visible_in_snapshot(changed, seen)
         AND NOT EXISTS (SELECT FROM entries WHERE entries.key = removed.key)`,
    [cursor],
    options,
  );
  const now = rows.find((row) => row.cursor !== null)!;
  const missed = now.isTooOld === true ? [MISSED] : [];
  const changes = rows.flatMap(({ key, version, isRemoved }): VaultChange[] => {
    if (key === null) return [];
    const path = pathOf(key);
    if (isRemoved === true) return [{ path, kind: 'removed' }];
    return [{ path, kind: 'written', ...(version === null ? {} : { etag: String(version) }) }];
  });
  return { changes: [...missed, ...changes], cursor: String(now.cursor) };
}
