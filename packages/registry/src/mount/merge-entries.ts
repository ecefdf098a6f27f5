import type { FileInfo } from '@f9/core';
import { compareTreeOrder } from '@f9/core/driver';

/** Two listings, each in tree order, as one. */
export async function* mergeEntries(
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

/** Entries in arrays of `size`, the last one maybe shorter. */
export async function* inBatches(
  entries: AsyncIterable<FileInfo>,
  size: number,
): AsyncGenerator<FileInfo[], void, void> {
  let batch: FileInfo[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
