import type { FileBackend } from '../backend.ts';
import type { FileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { type BackendPath, parentPath, ROOT } from '../paths/path.ts';
import { type CompareOptions, findDifferences, infos, type Pair } from './compare.ts';
import { foldedNames } from './folded-names.ts';
import { IgnoreRules } from './ignore-files.ts';
import { isFree, occupiedByDevice, replacedLinks } from './in-the-way.ts';
import { type Listing, listSource, listTarget, walk } from './listing.ts';
import type { CompareVaultsOptions, MirrorChange, SkippedEntry } from './options.ts';
import { hasOtherPermissions } from './permissions.ts';
import type { ProgressCounter } from './progress.ts';
import { findRenames, type Rename } from './renames.ts';
import { Selection } from './selection.ts';

/** A file to be written to the target. */
export interface PlannedCopy extends MirrorChange {
  /** The file as the source listed it. */
  readonly file: FileInfo;
  /** The file that it replaces, as the target listed it. */
  readonly replaced?: FileInfo;
  /** Whether the content is the same already. */
  readonly permissionsOnly?: boolean;
}

/** A file to be deleted from the target. */
export interface PlannedDeletion extends MirrorChange {
  /** The file that was seen there: no other is deleted. `undefined` for a symlink. */
  readonly seen: FileInfo | undefined;
}

/** Everything that has to happen in the target; nothing of it has happened yet. */
export interface MirrorPlan {
  /** Symlinks of the target where a file or a directory of the source belongs: two names for one file would hold one content. */
  readonly links: readonly string[];
  readonly moves: readonly Rename[];
  readonly copies: readonly PlannedCopy[];
  readonly updates: readonly PlannedCopy[];
  readonly deletions: readonly PlannedDeletion[];
  /** Directories that the source does not have and that may be left empty, each behind those in it. */
  readonly directories: readonly string[];
  readonly unchanged: readonly string[];
  /** Files that are in the target and that its search does not find. */
  readonly notSearchable: readonly string[];
  readonly skipped: readonly SkippedEntry[];
  readonly failed: ReadonlyMap<string, FileBackendError>;
}

export interface PlanOptions extends CompareVaultsOptions {
  /** Whether to look for files that only the target has. */
  readonly extra: boolean;
  /** Whether to look for files that only changed their name. */
  readonly renames: boolean;
}

/** Compares two vaults; reads no content where checksums or etags are known. */
export async function planMirror(
  source: FileBackend,
  target: FileBackend,
  options: PlanOptions,
  compareOptions: CompareOptions,
  progress: ProgressCounter,
): Promise<MirrorPlan> {
  progress.start('listing');
  const [before, after] = await listBoth(source, target, options, compareOptions);
  const { maxFileSize } = target.capabilities;
  const tooLarge = (file: FileInfo): boolean =>
    maxFileSize !== undefined && file.size !== undefined && file.size > maxFileSize;
  const folded = foldedNames(before.files.keys(), target);
  const wanted = [...before.files.values()].filter((file) => !folded.has(file.path) && !tooLarge(file));

  const links = replacedLinks(wanted, after.links);
  const pairs: Pair[] = [];
  const added: FileInfo[] = [];
  const inTheWay = new Map<string, FileBackendError>();
  for (const file of wanted) {
    const there = after.files.get(file.path);
    if (there === undefined) added.push(file);
    else if (there.fileType !== 'file') inTheWay.set(file.path, occupiedByDevice(file.path));
    else pairs.push({ path: file.path, source: file, target: there });
  }
  progress.start('comparing', pairs);
  const { compare = 'checksum' } = options;
  const { differing, failed } = await findDifferences(source, target, pairs, compare, compareOptions);

  const isSame = ({ path }: Pair): boolean => !differing.has(path) && !failed.has(path);
  const [same, permitted] = [pairs.filter(isSame), new Set<string>()];
  for (const pair of same) if (hasOtherPermissions(pair.source, pair.target)) permitted.add(pair.path);
  const extra = options.extra ? [...after.files.values()].filter(({ path }) => !before.files.has(path)) : [];
  const seen = [...(await infos(target, extra, 'etag', compareOptions)).values()];
  const free = added.filter(({ path }) => isFree(path, after));
  const moves = options.renames ? await findRenames(source, target, free, seen, compareOptions) : [];
  const moved = new Set(moves.map(({ path }) => path));
  const movedFrom = new Set(moves.map(({ from }) => from));
  const extraLinks = options.extra
    ? [...after.selectedLinks].filter((path) => !links.has(path) && !before.files.has(path))
    : [];
  const deletions: PlannedDeletion[] = [
    ...seen.filter(({ path }) => !movedFrom.has(path)).map((info) => ({ path: info.path, seen: info })),
    ...extraLinks.map((path) => ({ path, seen: undefined })),
  ].map((deletion) => ({ ...deletion, reason: 'the source does not have it' }));

  return {
    links: [...links],
    moves,
    copies: added
      .filter(({ path }) => !moved.has(path) && !after.links.has(path))
      .map((file) => ({ path: file.path, reason: 'the target does not have it', file })),
    updates: [
      ...added
        .filter(({ path }) => after.links.has(path))
        .map((file) => ({ path: file.path, reason: 'the target has a symlink there', file })),
      ...pairs
        .filter(({ path }) => differing.has(path))
        .map((pair) => ({
          path: pair.path,
          reason: differing.get(pair.path)!,
          file: pair.source,
          replaced: pair.target,
        })),
      ...same
        .filter(({ path }) => permitted.has(path))
        .map((pair) => ({
          path: pair.path,
          reason: 'its permissions differ',
          file: pair.source,
          replaced: pair.target,
          permissionsOnly: true,
        })),
    ],
    deletions,
    directories: emptied(before, after, deletions, moves, options),
    unchanged: same.map(({ path }) => path).filter((path) => !permitted.has(path)),
    notSearchable: same.filter(({ target }) => target.searchable === false).map(({ path }) => path),
    skipped: [
      ...before.skipped,
      ...[...before.files.values()]
        .filter(tooLarge)
        .map(({ path }) => ({ path, reason: 'too-large' }) as const),
    ],
    failed: new Map([...before.failed, ...after.failed, ...folded, ...inTheWay, ...failed]),
  };
}

async function listBoth(
  source: FileBackend,
  target: FileBackend,
  options: CompareVaultsOptions,
  { concurrency, ...operation }: CompareOptions,
): Promise<[Listing, Listing]> {
  const selection = new Selection(options);
  const [ofSource, ofTarget] = await Promise.all([walk(source, operation), walk(target, operation)]);
  const files = ofSource.entries.filter(({ isDir }) => !isDir).map(({ path }) => path);
  const isRepository = ofSource.entries.some(({ path }) => path === '.git');
  const { ignoreFiles = isRepository ? ['.gitignore', '.f9ignore'] : ['.f9ignore'] } = options;
  selection.rules = await IgnoreRules.read(source, files, ignoreFiles, operation);
  const listed = await listSource(source, ofSource, selection, { ...operation, concurrency });
  return [listed, listTarget(ofTarget, selection, listed)];
}

/**
 * Directories to remove once they are empty: all that the source does not have, or, with patterns, only those that the plan empties.
 */
function emptied(
  source: Listing,
  target: Listing,
  deletions: readonly PlannedDeletion[],
  moves: readonly Rename[],
  options: PlanOptions,
): string[] {
  if (!options.extra) return [];
  const candidates = new Set<string>();
  if (new Selection(options).isWhole) for (const path of target.directories) candidates.add(path);
  for (const path of [...deletions.map((each) => each.path), ...moves.map(({ from }) => from)]) {
    for (let parent = parentPath(path as BackendPath); parent !== ROOT; parent = parentPath(parent))
      candidates.add(parent);
  }
  // Pre-order backwards: what is inside before what it is in.
  return [...target.directories]
    .filter((path) => candidates.has(path) && !source.directories.has(path))
    .reverse();
}
