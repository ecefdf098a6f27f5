import type { FileBackend } from '../backend.ts';
import type { FileInfo } from '../file-info.ts';
import { type CompareOptions, sums } from './compare.ts';
import type { MirrorMove } from './options.ts';

/** A file that only changed its name. */
export interface Rename extends MirrorMove {
  /** The file as the source listed it. */
  readonly file: FileInfo;
  /** The sha256 of both names. */
  readonly checksum: string;
  /** The file that was seen at the old name: no other is moved. */
  readonly seen: FileInfo;
}

/**
 * Files that only changed their name: the same bytes, gone under one name and new under another. Only files of equal size are read.
 */
export async function findRenames(
  source: FileBackend,
  target: FileBackend,
  added: readonly FileInfo[],
  extra: readonly FileInfo[],
  options: CompareOptions,
): Promise<Rename[]> {
  const [candidates, old] = [sameSize(added, extra), sameSize(extra, added)];
  if (candidates.length === 0) return [];
  const [addedSums, oldSums] = await Promise.all([
    sums(
      source,
      candidates.map(({ path }) => path),
      options,
    ),
    sums(
      target,
      old.map(({ path }) => path),
      options,
    ),
  ]);
  const bySum = Map.groupBy(old, ({ path }) => oldSums.found.get(path));
  const renames: Rename[] = [];
  for (const file of candidates) {
    const checksum = addedSums.found.get(file.path);
    const seen = checksum === undefined ? undefined : bySum.get(checksum)?.shift();
    if (checksum === undefined || seen === undefined) continue;
    const reason = `it was ${JSON.stringify(seen.path)}`;
    renames.push({ path: file.path, from: seen.path, reason, file, checksum, seen });
  }
  return renames;
}

/** The files whose size one of the others has too, or whose size is not known. */
function sameSize(files: readonly FileInfo[], others: readonly FileInfo[]): FileInfo[] {
  const sizes = new Set(others.map(({ size }) => size));
  const anySize = sizes.has(undefined);
  return files.filter(({ size }) => others.length > 0 && (anySize || size === undefined || sizes.has(size)));
}
