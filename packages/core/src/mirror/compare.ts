import type { FileBackend, OperationOptions } from '../backend.ts';
import { isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import { forEachConcurrently } from '../pool.ts';
import { knownEtags } from './known-etags.ts';
import type { MirrorComparison } from './options.ts';

export interface CompareOptions extends OperationOptions {
  readonly concurrency: number;
}

/** Why the files at `paths`, which both sides have, are not the same; those that are, are not in it. */
export async function findDifferences(
  source: FileBackend,
  target: FileBackend,
  paths: readonly string[],
  compare: MirrorComparison,
  options: CompareOptions,
): Promise<Map<string, string>> {
  if (compare === 'size') return await compareSizes(source, target, paths, options);
  if (compare === 'checksum') return await compareChecksums(source, target, paths, options);
  return await compareEtags(source, target, paths, options);
}

async function compareChecksums(
  source: FileBackend,
  target: FileBackend,
  paths: readonly string[],
  options: CompareOptions,
): Promise<Map<string, string>> {
  const [before, after] = await Promise.all([
    source.checksumMany(paths, options),
    target.checksumMany(paths, options),
  ]);
  const differing = new Map<string, string>();
  for (const path of paths) {
    if (before.get(path) !== after.get(path)) differing.set(path, 'its content differs');
  }
  return differing;
}

async function compareSizes(
  source: FileBackend,
  target: FileBackend,
  paths: readonly string[],
  options: CompareOptions,
): Promise<Map<string, string>> {
  const [before, after] = await Promise.all([infos(source, paths, options), infos(target, paths, options)]);
  const differing = new Map<string, string>();
  for (const path of paths) {
    const sizes = [before.get(path)?.size, after.get(path)?.size];
    if (sizes[0] !== sizes[1]) differing.set(path, `its size is ${sizes[0]} bytes, not ${sizes[1]}`);
  }
  return differing;
}

async function compareEtags(
  source: FileBackend,
  target: FileBackend,
  paths: readonly string[],
  options: CompareOptions,
): Promise<Map<string, string>> {
  const [before, after] = await Promise.all([infos(source, paths, options), infos(target, paths, options)]);
  const pairs = knownEtags(source, target);
  const unknown: string[] = [];
  for (const path of paths) {
    const pair = pairs.get(path);
    const same =
      pair !== undefined && pair.source === before.get(path)?.etag && pair.target === after.get(path)?.etag;
    if (!same) unknown.push(path);
  }
  const differing = await compareChecksums(source, target, unknown, options);
  for (const path of unknown) {
    const [sourceEtag, targetEtag] = [before.get(path)?.etag, after.get(path)?.etag];
    const isSame = !differing.has(path) && sourceEtag !== undefined && targetEtag !== undefined;
    // The etags were taken before the bytes were compared: a later change shows as another etag.
    if (isSame) pairs.set(path, { source: sourceEtag, target: targetEtag });
    else pairs.delete(path);
  }
  return differing;
}

/** What is at each path; what is gone by now is left out. */
export async function infos(
  backend: FileBackend,
  paths: readonly string[],
  { concurrency, ...options }: CompareOptions,
): Promise<Map<string, FileInfo>> {
  const found = new Map<string, FileInfo>();
  await forEachConcurrently(paths, concurrency, async (path) => {
    try {
      found.set(path, await backend.info(path, options));
    } catch (error) {
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
    }
  });
  return found;
}
