import assert from 'node:assert/strict';
import { isSyncFileBackend, type SyncConflict, type SyncFileBackend } from '@f9/core';
import type { CaseContext } from './case-context.ts';
import { snapshot } from './vault-contents.ts';

/** The vault of the case, and a second one on the same remote. */
export async function twoVaults(
  t: CaseContext,
): Promise<readonly [here: SyncFileBackend, there: SyncFileBackend]> {
  assert.ok(isSyncFileBackend(t.backend));
  return [t.backend, await t.clone()];
}

/** Two vaults that both changed `file` since they last met; `there` has published it. */
export async function inConflict(
  t: CaseContext,
): Promise<readonly [here: SyncFileBackend, there: SyncFileBackend]> {
  const [here, there] = await twoVaults(t);
  await here.create('file', { data: 'base' });
  await here.create('other', { data: 'other' });
  await here.push();
  await there.pull();
  await there.update('file', { data: 'theirs' });
  await there.push();
  await here.update('file', { data: 'ours' });
  return [here, there];
}

/** Checks that both vaults hold the same after a sync. */
export async function meet(here: SyncFileBackend, there: SyncFileBackend): Promise<Record<string, string>> {
  await here.sync();
  await there.sync();
  const files = await snapshot(here);
  assert.deepEqual(await snapshot(there), files, 'Both vaults hold the same');
  assert.deepEqual(await here.conflictReport(), []);
  return files;
}

export async function onlyConflict(backend: SyncFileBackend): Promise<SyncConflict> {
  const conflicts = await backend.conflictReport();
  assert.equal(
    conflicts.length,
    1,
    `One conflict, not ${conflicts.map(({ path }) => path).join() || 'none'}`,
  );
  return conflicts[0]!;
}

/** The three sides of a conflict as texts. */
export async function sides(conflict: SyncConflict): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (const side of ['base', 'local', 'remote'] as const) {
    const content = await conflict.read(side);
    texts.push(content && new TextDecoder().decode(content));
  }
  return texts;
}
