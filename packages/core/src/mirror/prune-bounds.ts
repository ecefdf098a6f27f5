import { backendError } from '../errors.ts';
import type { MirrorPlan } from './plan.ts';

/** @throws `INVALID_ARGUMENT` where pruning would delete more than was meant */
export function assertPrunable(
  plan: MirrorPlan,
  prune: boolean | 'even-if-empty',
  maxDelete: number | string | undefined,
): void {
  const { deletions, copies, updates, unchanged, moves, failed } = plan;
  const inSource = copies.length + updates.length + unchanged.length + moves.length + failed.size;
  if (prune === true && inSource === 0 && deletions.length > 0) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The source has no file to mirror, and pruning would delete all ${deletions.length} of the target; ` +
        "if that is meant, say prune: 'even-if-empty'",
      { operation: 'mirror' },
    );
  }
  const inTarget = deletions.length + updates.length + unchanged.length + moves.length;
  const most = maxDeletions(maxDelete, inTarget);
  if (deletions.length <= most) return;
  throw backendError(
    'INVALID_ARGUMENT',
    `Pruning would delete ${deletions.length} of ${inTarget} files, and maxDelete allows ${most}; nothing was changed. ` +
      'Look at what a dry run says, and raise maxDelete if it is meant',
    { operation: 'mirror' },
  );
}

function maxDeletions(maxDelete: number | string | undefined, files: number): number {
  if (maxDelete === undefined) return Number.POSITIVE_INFINITY;
  const percent = typeof maxDelete === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(maxDelete)?.[1] : undefined;
  if (percent !== undefined) return Math.floor((Number(percent) * files) / 100);
  if (typeof maxDelete === 'number' && maxDelete >= 0) return maxDelete;
  throw backendError('INVALID_ARGUMENT', "maxDelete must be a number of files, 0 or more, or like '10%'");
}
