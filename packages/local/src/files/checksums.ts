import { hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { ChecksumAlgorithm } from '@f9/core';
import { type BackendPath, baseName, createHasher, type Hasher, joinPath, parentPath } from '@f9/core/driver';
import type { OpenDirectory } from '../confined/open-directory.ts';
import { hasErrno } from '../errors.ts';
import { allocate, BLOCK } from '../io/blocks.ts';
import type { Operation } from '../io/runner.ts';
import { close, fstat, lstat, readLater, SMALL, waitFor } from '../io/system-calls.ts';
import type { KnownChecksums } from './known-checksums.ts';
import type { OpenFolder } from './open-folder.ts';
import { readInto, withFile } from './reading.ts';

/** The checksum of a file; `undefined` if it has more than `limit` bytes. */
export function checksum(
  { root, checksums }: OpenFolder,
  path: BackendPath,
  algorithm: ChecksumAlgorithm,
  limit: number,
  signal: AbortSignal | undefined,
): Operation<string | undefined> {
  return withFile(root, path, function* (fd, stats) {
    const { size } = stats;
    if (size > limit) return undefined;
    return yield* unlessKnown(checksums, path, stats, algorithm, () =>
      size > SMALL
        ? waitFor(() => hashFile(fd, size, algorithm, signal))
        : hashSmall(fd, allocate(size), algorithm),
    );
  });
}

function* unlessKnown(
  checksums: KnownChecksums,
  path: BackendPath,
  stats: Stats,
  algorithm: ChecksumAlgorithm,
  compute: () => Operation<string>,
): Operation<string> {
  if (algorithm !== 'sha256') return yield* compute();
  const known = yield* checksums.recall(path, stats);
  if (known !== undefined) return known;
  const begun = Date.now();
  const sum = yield* compute();
  checksums.remember(path, stats, sum, begun);
  return sum;
}

/**
 * Adds to `sums` the checksums of small files, with one look at a directory for all those in it; missing files and directories are
 * left out. Gives the paths that have to be looked at one by one.
 */
export function* checksumSmallOnes(
  folder: OpenFolder,
  paths: readonly BackendPath[],
  algorithm: ChecksumAlgorithm,
  sums: Map<BackendPath, string>,
): Operation<BackendPath[]> {
  const { root } = folder;
  // Without /proc an open directory is not tied to its place.
  if (!root.hasProc) return [...paths];
  const others: BackendPath[] = [];
  const scratch = allocate(SMALL);
  for (const [parent, names] of byParent(paths)) {
    const directory = yield* root.openDirectoryIfThere(parent);
    if (directory === undefined) continue;
    try {
      for (const name of names) {
        const path = joinPath(parent, name);
        const sum = yield* checksumInside(folder, directory, path, algorithm, scratch);
        if (sum === 'other') others.push(path);
        else if (sum !== undefined) sums.set(path, sum);
      }
    } finally {
      yield* directory.close();
    }
  }
  return others;
}

/** Groups of neighbours with the same parent, in their order. */
function* byParent(paths: readonly BackendPath[]): Iterable<[parent: BackendPath, names: string[]]> {
  let group: [BackendPath, string[]] | undefined;
  for (const path of paths) {
    const parent = parentPath(path);
    if (group?.[0] !== parent) {
      if (group !== undefined) yield group;
      group = [parent, []];
    }
    group[1].push(baseName(path));
  }
  if (group !== undefined) yield group;
}

/**
 * The checksum of an entry; `undefined` where it can have none, `'other'` for a large file, a symlink or another entry that is not
 * plain.
 */
function* checksumInside(
  { root, checksums }: OpenFolder,
  directory: OpenDirectory,
  path: BackendPath,
  algorithm: ChecksumAlgorithm,
  scratch: Uint8Array,
): Operation<string | undefined> {
  if (algorithm === 'sha256') {
    const known = yield* recallEntry(checksums, directory, path);
    if (known !== undefined) return known;
  }
  let fd: number;
  try {
    fd = yield* root.openEntry(directory, baseName(path));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    if (hasErrno(error, 'ELOOP', 'ENXIO')) return 'other';
    throw error;
  }
  try {
    const stats = yield* fstat(fd);
    if (stats.isDirectory()) return undefined;
    if (!stats.isFile() || stats.size > SMALL) return 'other';
    return yield* unlessKnown(checksums, path, stats, algorithm, () =>
      hashSmall(fd, scratch.subarray(0, stats.size), algorithm),
    );
  } finally {
    yield* close(fd);
  }
}

/** The known checksum of an entry, without opening it. */
function* recallEntry(
  checksums: KnownChecksums,
  directory: OpenDirectory,
  path: BackendPath,
): Operation<string | undefined> {
  if (!(yield* checksums.mayKnow(path))) return undefined;
  const stats = yield* lstat(directory.entry(baseName(path)));
  return stats?.isFile() === true ? yield* checksums.recall(path, stats) : undefined;
}

function* hashSmall(fd: number, buffer: Uint8Array, algorithm: ChecksumAlgorithm): Operation<string> {
  const bytes = buffer.subarray(0, yield* readInto(buffer, fd, 0));
  if (algorithm !== 'blake3') return hash(algorithm, bytes, 'hex');
  const hasher = yield* waitFor(() => createHasher(algorithm));
  hasher.update(bytes);
  return hasher.digest();
}

/** Hashes one block while the next is read. */
async function hashFile(
  fd: number,
  size: number,
  algorithm: ChecksumAlgorithm,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hasher: Hasher = await createHasher(algorithm);
  let [current, other] = [allocate(BLOCK), allocate(BLOCK)];
  let position = 0;
  const readNext = (): Promise<number> => readLater(fd, other, 0, Math.min(BLOCK, size - position), position);
  for (let reading = readNext(); ; ) {
    const count = await reading;
    signal?.throwIfAborted();
    if (count === 0) return hasher.digest();
    [current, other] = [other, current];
    position += count;
    reading = readNext();
    hasher.update(current.subarray(0, count));
  }
}
