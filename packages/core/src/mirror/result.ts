import type { FileBackendError } from '../errors.ts';
import { compareBytes } from '../paths/path.ts';
import type { MirrorFailure, MirrorResult, VaultDifferences } from './options.ts';
import type { MirrorPlan } from './plan.ts';

/** A plan in the words of a result, as it was, or would be, carried out. */
export function toResult(plan: MirrorPlan, version: string | undefined, bytes: number): MirrorResult {
  return {
    copied: plan.copies.map(told).sort(byPath),
    updated: plan.updates.map(told).sort(byPath),
    moved: plan.moves.map(({ path, from, reason }) => ({ path, from, reason })).sort(byPath),
    deleted: plan.deletions.map(told).sort(byPath),
    unchanged: plan.unchanged.toSorted(compareBytes),
    skipped: plan.skipped.toSorted(byPath),
    failed: failures(plan.failed),
    notSearchable: plan.notSearchable.toSorted(compareBytes),
    version,
    bytes,
  };
}

/** A plan as the differences that it would remove. */
export function toDifferences(plan: MirrorPlan): VaultDifferences {
  const { copies, updates, deletions, skipped, failed } = plan;
  return {
    inStep: copies.length + updates.length + deletions.length + skipped.length + failed.size === 0,
    missing: copies.map(({ path }) => path).sort(compareBytes),
    differing: updates.map(told).sort(byPath),
    extra: deletions.map(({ path }) => path).sort(compareBytes),
    same: plan.unchanged.toSorted(compareBytes),
    skipped: skipped.toSorted(byPath),
    failed: failures(failed),
  };
}

function failures(failed: ReadonlyMap<string, FileBackendError>): MirrorFailure[] {
  return Array.from(failed, ([path, error]) => ({ path, reason: error.message, error })).sort(byPath);
}

function told({ path, reason }: { readonly path: string; readonly reason: string }): {
  readonly path: string;
  readonly reason: string;
} {
  return { path, reason };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return compareBytes(a.path, b.path);
}
