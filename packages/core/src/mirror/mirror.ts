import type { FileBackend } from '../backend.ts';
import { type FileBackendError, isFileBackendError } from '../errors.ts';
import { assertPositiveInteger, refusalOf } from '../operations/arguments.ts';
import { driverOf } from '../operations/driver-of.ts';
import { Backup } from './backup.ts';
import type { CompareOptions } from './compare.ts';
import { holding } from './hold.ts';
import type { CompareVaultsOptions, MirrorOptions, MirrorResult, VaultDifferences } from './options.ts';
import { assertApart, assertBackupApart, assertFoldersApart } from './overlap.ts';
import { type MirrorPlan, planMirror } from './plan.ts';
import { ProgressCounter } from './progress.ts';
import { assertPrunable } from './prune-bounds.ts';
import { toDifferences, toResult } from './result.ts';
import { MirrorRun } from './run.ts';
import { Selection } from './selection.ts';

const DEFAULT_CONCURRENCY = 8;

/**
 * Makes the files of `target` those of `source`, moving only what changed. Each file is replaced whole and verified; a file that
 * fails does not stop the others. Interrupted at any moment, it can be run again. A vault with a remote is held in one session:
 * it is pulled at most once and read as one version, and what is written to it is published in one piece.
 *
 * @throws `INVALID_ARGUMENT` for vaults that overlap, pruning by an empty source, or more deletions than `maxDelete`; whatever listing
 * or comparing throws; `signal.reason`
 */
export async function mirror(
  source: FileBackend,
  target: FileBackend,
  options: MirrorOptions = {},
): Promise<MirrorResult> {
  const refusal = refusalOf('mirror', options);
  if (refusal !== undefined) throw await refusal;
  for (const vault of [source, target]) driverOf(vault, 'mirror');
  const { dryRun = false, prune = false, maxDelete, backup, ...compare } = options;
  const operation = operationOf(options);
  assertApart(source, target, 'The source and the target of the mirror');
  if (backup !== undefined) {
    driverOf(backup, 'backup');
    assertApart(backup, source, 'The source of the mirror and its backup');
    assertApart(backup, target, 'The target of the mirror and its backup');
  }
  const { signal } = options;
  const selection = new Selection(options);
  await assertFoldersApart(source, target, { selection, prunes: prune !== false, signal });
  if (backup !== undefined) await assertBackupApart(backup, [source, target], { selection, signal });
  const progress = new ProgressCounter(options.onProgress);
  let done: MirrorPlan | undefined;
  let version: string | undefined;
  try {
    await holding(source, target, compare, async (heldSource, heldTarget) => {
      version = versionOf(heldSource);
      const planned = { ...compare, extra: prune !== false, renames: true };
      const plan = await planMirror(heldSource, heldTarget, planned, operation, progress);
      assertPrunable(plan, prune, maxDelete);
      if (!dryRun) {
        const kept = backup === undefined ? undefined : new Backup(heldTarget, backup);
        const run = new MirrorRun(heldSource, heldTarget, plan, { ...operation, backup: kept }, progress);
        done = await run.execute();
      } else done = plan;
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    // The files are in place and only publishing them failed, so that what was done is told all the same.
    if (done === undefined || !isFileBackendError(error)) throw error;
    done = withFailure(done, error);
  }
  return toResult(done!, version, progress.bytes);
}

/** Tells how two vaults differ, changing neither. @throws whatever listing or comparing throws; `signal.reason` */
export async function compareVaults(
  source: FileBackend,
  target: FileBackend,
  options: CompareVaultsOptions = {},
): Promise<VaultDifferences> {
  const refusal = refusalOf('compareVaults', options);
  if (refusal !== undefined) throw await refusal;
  for (const vault of [source, target]) driverOf(vault, 'compareVaults');
  const operation = operationOf(options);
  const progress = new ProgressCounter(options.onProgress);
  return await holding(source, target, options, async (heldSource, heldTarget) => {
    const planned = { ...options, extra: true, renames: false };
    const plan = await planMirror(heldSource, heldTarget, planned, operation, progress);
    progress.start('done');
    return toDifferences(plan);
  });
}

function operationOf({ concurrency = DEFAULT_CONCURRENCY, signal }: CompareVaultsOptions): CompareOptions {
  assertPositiveInteger('concurrency', concurrency);
  return signal === undefined ? { concurrency } : { concurrency, signal };
}

/** The version that a session reads. */
function versionOf(vault: FileBackend): string | undefined {
  return 'version' in vault && typeof vault.version === 'string' ? vault.version : undefined;
}

/** The plan with a failure of the whole target. */
function withFailure(plan: MirrorPlan, error: FileBackendError): MirrorPlan {
  return { ...plan, failed: new Map([...plan.failed, ['', error]]) };
}
