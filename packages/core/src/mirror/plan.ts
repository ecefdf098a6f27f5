import type { FileBackend } from '../backend.ts';
import { backendError, type FileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type CompareOptions, findDifferences, infos } from './compare.ts';
import type { MirrorChange, MirrorMove, MirrorOptions } from './options.ts';
import type { ProgressCounter } from './progress.ts';

/** What has to happen in the target; nothing has happened yet. */
export interface MirrorPlan {
  /** With the sha256 that both names have. */
  readonly moves: readonly (MirrorMove & { readonly checksum: string })[];
  readonly copies: readonly MirrorChange[];
  readonly updates: readonly MirrorChange[];
  /** With what was seen there: only that is deleted. */
  readonly deletions: readonly (MirrorChange & { readonly info: FileInfo })[];
  readonly unchanged: readonly string[];
  readonly refused: readonly { readonly path: string; readonly error: FileBackendError }[];
}

/** Compares two vaults; reads no content where checksums or etags are known. */
export async function planMirror(
  source: FileBackend,
  target: FileBackend,
  options: MirrorOptions,
  compareOptions: CompareOptions,
  progress: ProgressCounter,
): Promise<MirrorPlan> {
  const { glob = '**', ignore = [], compare = 'checksum', prune = false } = options;
  progress.start('listing', 0);
  const { concurrency: _, ...operation } = compareOptions;
  const listing = { ...operation, dot: true, ignore };
  const [listed, there] = await Promise.all([
    source.globFiles(glob, listing),
    target.globFiles(glob, listing),
  ]);
  if (prune === true && listed.length === 0 && there.length > 0) {
    throw backendError(
      'INVALID_ARGUMENT',
      `The source has no file that matches ${JSON.stringify(glob)}, and pruning would delete all ${there.length} of the target; ` +
        "if that is meant, say prune: 'even-if-empty'",
    );
  }
  const refused = foldedNames(listed, target);
  const wanted = listed.filter((path) => !refused.has(path));

  const inTarget = new Set(there);
  const inSource = new Set(listed);
  const shared = wanted.filter((path) => inTarget.has(path));
  const added = wanted.filter((path) => !inTarget.has(path));
  const extra = prune === false ? [] : there.filter((path) => !inSource.has(path));

  progress.start('comparing', shared.length);
  const differing = await findDifferences(source, target, shared, compare, compareOptions);
  const extraInfos = await infos(target, extra, compareOptions);
  const moves = await findMoves(source, target, added, [...extraInfos.keys()], compareOptions);
  const moved = new Set(moves.map(({ path }) => path));
  const movedFrom = new Set(moves.map(({ from }) => from));

  return {
    moves,
    copies: added
      .filter((path) => !moved.has(path))
      .map((path) => ({ path, reason: 'the target does not have it' })),
    updates: Array.from(differing, ([path, reason]) => ({ path, reason })),
    deletions: [...extraInfos.values()]
      .filter(({ path }) => !movedFrom.has(path))
      .map((info) => ({ path: info.path, reason: 'the source does not have it', info })),
    unchanged: shared.filter((path) => !differing.has(path)),
    refused: Array.from(refused, ([path, error]) => ({ path, error })),
  };
}

/** Files that only changed their name: same bytes, gone under one name, new under another. */
async function findMoves(
  source: FileBackend,
  target: FileBackend,
  added: readonly string[],
  extra: readonly string[],
  options: CompareOptions,
): Promise<MirrorPlan['moves']> {
  if (added.length === 0 || extra.length === 0) return [];
  const [addedSums, extraSums] = await Promise.all([
    source.checksumMany(added, options),
    target.checksumMany(extra, options),
  ]);
  const bySum = new Map<string, string[]>();
  for (const [path, sum] of extraSums) bySum.set(sum, [...(bySum.get(sum) ?? []), path]);
  const moves: (MirrorMove & { checksum: string })[] = [];
  for (const path of added) {
    const checksum = addedSums.get(path);
    const from = checksum === undefined ? undefined : bySum.get(checksum)?.shift();
    if (checksum !== undefined && from !== undefined) {
      moves.push({ path, from, reason: `it was ${JSON.stringify(from)}`, checksum });
    }
  }
  return moves;
}

/** Paths that the target cannot tell apart: writing both would lose one. */
function foldedNames(paths: readonly string[], target: FileBackend): Map<string, FileBackendError> {
  const refused = new Map<string, FileBackendError>();
  if (target.capabilities.caseSensitive) return refused;
  const byFolded = Map.groupBy(paths, (path) => path.normalize('NFC').toLowerCase());
  for (const group of byFolded.values()) {
    if (group.length === 1) continue;
    for (const path of group) {
      const others = group.filter((other) => other !== path).map((other) => JSON.stringify(other));
      const message = `The target takes ${JSON.stringify(path)} and ${others.join(', ')} for the same name; rename one of them`;
      refused.set(path, backendError('ALREADY_EXISTS', message, { operation: 'mirror', path }));
    }
  }
  return refused;
}
