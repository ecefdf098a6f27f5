import type { FileBackend, OperationOptions } from '../backend.ts';
import { type FileBackendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { forEachConcurrently } from '../tasks/for-each-concurrently.ts';
import { knownEtags } from './known-etags.ts';
import { isOfOneEntry } from './listing.ts';
import type { MirrorComparison } from './options.ts';

export interface CompareOptions extends OperationOptions {
  readonly concurrency: number;
}

/** A file that both sides have, as each side listed it. */
export interface Pair {
  readonly path: string;
  readonly source: FileInfo;
  readonly target: FileInfo;
}

/** The result of a comparison. */
export interface Differences {
  /** Files that are not the same, by path, and why. */
  readonly differing: Map<string, string>;
  /** Files of the source that cannot be read. */
  readonly failed: ReadonlyMap<string, FileBackendError>;
}

/** Compares the files that both sides have. */
export async function findDifferences(
  source: FileBackend,
  target: FileBackend,
  pairs: readonly Pair[],
  compare: MirrorComparison,
  options: CompareOptions,
): Promise<Differences> {
  if (compare === 'size') return await compareSizes(source, target, pairs, options);
  if (compare === 'checksum') return await compareChecksums(source, target, pairs, options);
  return await compareEtags(source, target, pairs, options);
}

async function compareChecksums(
  source: FileBackend,
  target: FileBackend,
  pairs: readonly Pair[],
  options: CompareOptions,
): Promise<Differences> {
  const differing = new Map<string, string>();
  const alike: Pair[] = [];
  for (const pair of pairs) {
    const { source: before, target: after } = pair;
    const isOther = before.size !== undefined && after.size !== undefined && before.size !== after.size;
    if (isOther) differing.set(pair.path, 'its content differs');
    else alike.push(pair);
  }
  const [before, after] = await Promise.all([
    sumsOfListed(
      source,
      alike.map((pair) => pair.source),
      options,
    ),
    sumsOfListed(
      target,
      alike.map((pair) => pair.target),
      options,
    ),
  ]);
  for (const { path } of alike) {
    const broken = after.failed.get(path);
    if (broken !== undefined) differing.set(path, `the target cannot read it: ${broken.message}`);
    else if (before.found.get(path) !== after.found.get(path)) differing.set(path, 'its content differs');
  }
  for (const path of before.failed.keys()) differing.delete(path);
  return { differing, failed: before.failed };
}

async function compareSizes(
  source: FileBackend,
  target: FileBackend,
  pairs: readonly Pair[],
  options: CompareOptions,
): Promise<Differences> {
  const [before, after] = await bothInfos(source, target, pairs, 'size', options);
  const differing = new Map<string, string>();
  for (const { path } of pairs) {
    const sizes = [before.get(path)?.size, after.get(path)?.size];
    if (sizes[0] !== sizes[1]) differing.set(path, `its size is ${sizes[0]} bytes, not ${sizes[1]}`);
  }
  return { differing, failed: new Map() };
}

async function compareEtags(
  source: FileBackend,
  target: FileBackend,
  pairs: readonly Pair[],
  options: CompareOptions,
): Promise<Differences> {
  const [before, after] = await bothInfos(source, target, pairs, 'etag', options);
  const known = knownEtags(source, target);
  const unknown = pairs.filter(({ path }) => {
    const pair = known.get(path);
    return (
      pair?.source !== before.get(path)?.etag || pair?.target !== after.get(path)?.etag || pair === undefined
    );
  });
  const differences = await compareChecksums(source, target, unknown, options);
  for (const { path } of unknown) {
    const [sourceEtag, targetEtag] = [before.get(path)?.etag, after.get(path)?.etag];
    const isSame = !differences.differing.has(path) && !differences.failed.has(path);
    // The etags were taken before the bytes were compared: a later change shows as another etag.
    if (isSame && sourceEtag !== undefined && targetEtag !== undefined) {
      known.set(path, { source: sourceEtag, target: targetEtag });
    } else known.delete(path);
  }
  return differences;
}

async function bothInfos(
  source: FileBackend,
  target: FileBackend,
  pairs: readonly Pair[],
  wanted: 'etag' | 'size',
  options: CompareOptions,
): Promise<[Map<string, FileInfo>, Map<string, FileInfo>]> {
  const ask = (vault: FileBackend, side: 'source' | 'target'): Promise<Map<string, FileInfo>> =>
    infos(
      vault,
      pairs.map((pair) => pair[side]),
      wanted,
      options,
    );
  return await Promise.all([ask(source, 'source'), ask(target, 'target')]);
}

/** The files with the wanted field, asked for where the listing did not give it. Files that cannot be asked about are left out. */
export async function infos(
  vault: FileBackend,
  files: readonly FileInfo[],
  wanted: 'etag' | 'size',
  { concurrency, ...options }: CompareOptions,
): Promise<Map<string, FileInfo>> {
  const found = new Map<string, FileInfo>();
  await forEachConcurrently(files, concurrency, async (file) => {
    try {
      const info = file[wanted] === undefined ? await vault.info(file.path, options) : file;
      if (!info.isDir) found.set(file.path, info);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isOfOneEntry(error)) throw error;
    }
  });
  return found;
}

/** The sha256 of each file, or why it cannot be read. Files that are gone by now are in neither. */
export interface Sums {
  readonly found: ReadonlyMap<string, string>;
  readonly failed: ReadonlyMap<string, FileBackendError>;
}

/** The sums of files that were listed, some of them with their sums. @throws as `sums` */
async function sumsOfListed(
  vault: FileBackend,
  files: readonly FileInfo[],
  options: CompareOptions,
): Promise<Sums> {
  const told = new Map<string, string>();
  const others: string[] = [];
  for (const { path, checksum } of files) {
    if (checksum === undefined) others.push(path);
    else told.set(path, checksum);
  }
  if (others.length === 0) return { found: told, failed: new Map() };
  const asked = await sums(vault, others, options);
  return told.size === 0 ? asked : { ...asked, found: new Map([...told, ...asked.found]) };
}

/** Sums files. @throws errors that are not about one file; `signal.reason` */
export async function sums(
  vault: FileBackend,
  paths: readonly string[],
  options: CompareOptions,
): Promise<Sums> {
  const failed = new Map<string, FileBackendError>();
  try {
    return { found: await vault.checksumMany(paths, options), failed };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isOfOneEntry(error)) throw error;
  }
  // One file failed the call for all: asked one by one, they show which.
  const { concurrency, ...operation } = options;
  const found = new Map<string, string>();
  await forEachConcurrently(paths, concurrency, async (path) => {
    try {
      found.set(path, await vault.checksum(path, operation));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isFileBackendError(error, 'NOT_FOUND')) return;
      if (!isOfOneEntry(error)) throw error;
      failed.set(path, error);
    }
  });
  return { found, failed };
}

/** Like `sums`, but gives an error that it throws for all of them. @throws `signal.reason` */
export async function sumsOrFailure(
  vault: FileBackend,
  paths: readonly string[],
  options: CompareOptions,
): Promise<Sums | FileBackendError> {
  try {
    return await sums(vault, paths, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFileBackendError(error)) throw error;
    return error;
  }
}
