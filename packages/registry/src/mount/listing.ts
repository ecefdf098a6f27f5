import { FileInfo, isFileBackendError } from '@f9/core';
import {
  type BackendPath,
  compareTreeOrder,
  depthBelow,
  type ListOptions,
  ROOT,
  type SkippedName,
} from '@f9/core/driver';
import { toldInTree, vaultOf } from './parts.ts';
import { inTree, inVault, type MountTable } from './table.ts';

/** Entries per batch of a listing. */
const BATCH = 256;

/** A directory of the tree that need not be in any vault: a mount point, or one that leads to it. */
export function fixedDirectory(path: BackendPath): FileInfo {
  return new FileInfo({ path, fileType: 'directory' });
}

/** The entries of the tree below a directory: those of its vault, with the directories of mounts in their places. */
export async function* listTree(
  table: MountTable,
  path: BackendPath,
  options: ListOptions,
): AsyncGenerator<FileInfo[], void, void> {
  if (options.maxDepth !== 0) yield* inBatches(entriesBelow(table, path, options));
}

async function* entriesBelow(
  table: MountTable,
  path: BackendPath,
  options: ListOptions,
): AsyncGenerator<FileInfo, void, void> {
  const most = options.recursive ? (options.maxDepth ?? Number.POSITIVE_INFINITY) : 1;
  const fixed = table.fixedBelow(path).filter((each) => depthBelow(path, each) <= most);
  const own = ownEntries(table, path, options);
  yield* fixed.length === 0 ? own : merged(own, fixedEntries(table, fixed, path, options));
}

async function* ownEntries(
  table: MountTable,
  path: BackendPath,
  { recursive, maxDepth, etags, onSkipped, signal, ...call }: ListOptions,
): AsyncGenerator<FileInfo, void, void> {
  const located = table.locate(path);
  if (located === undefined) return;
  const { mount } = located;
  const how = {
    signal,
    recursive,
    maxDepth,
    etags,
    onSkipped:
      onSkipped && ((entry: SkippedName) => onSkipped({ ...entry, path: inTree(mount, entry.path) })),
  };
  try {
    for await (const entry of vaultOf(mount, call).list(inVault(located), how)) {
      const shown = inTree(mount, entry.path);
      if (table.isVisible(shown, mount)) yield new FileInfo({ ...entry, path: shown });
    }
  } catch (error) {
    // A directory that leads to a mount point need not be in the vault around it; a vault's own root is there, if it can be opened.
    const isNoDirectory =
      isFileBackendError(error, 'NOT_FOUND') || isFileBackendError(error, 'NOT_DIRECTORY');
    if (!(isNoDirectory && located.path !== ROOT && table.isFixed(path))) throw toldInTree(mount, how, error);
  }
}

async function* fixedEntries(
  table: MountTable,
  fixed: readonly BackendPath[],
  above: BackendPath,
  options: ListOptions,
): AsyncGenerator<FileInfo, void, void> {
  for (const path of fixed) {
    yield fixedDirectory(path);
    const isPoint = table.locate(path)?.path === ROOT;
    const maxDepth = options.maxDepth && options.maxDepth - depthBelow(above, path);
    const isEntered = options.recursive && isPoint && maxDepth !== 0;
    if (isEntered) yield* entriesBelow(table, path, { ...options, maxDepth });
  }
}

/** Merges two listings, each in tree order. */
async function* merged(
  a: AsyncIterable<FileInfo>,
  b: AsyncIterable<FileInfo>,
): AsyncGenerator<FileInfo, void, void> {
  const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()];
  try {
    let [x, y] = [await left.next(), await right.next()];
    while (x.done !== true || y.done !== true) {
      if (y.done === true || (x.done !== true && compareTreeOrder(x.value.path, y.value.path) < 0)) {
        yield x.value;
        x = await left.next();
      } else {
        yield y.value;
        y = await right.next();
      }
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

async function* inBatches(entries: AsyncIterable<FileInfo>): AsyncGenerator<FileInfo[], void, void> {
  let batch: FileInfo[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
