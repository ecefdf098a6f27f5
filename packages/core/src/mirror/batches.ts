/** Files of one call that writes or removes many, at most. */
export const MOST_FILES = 1000;

/** Files that are moved before one looks whether they were the right ones. */
export const MOST_MOVES = 100;

/** Bytes of one call that writes many, at most, but for a file that is larger by itself. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Items in groups, each of one call. */
export function* batches<T>(
  items: readonly T[],
  most: number,
  sizeOf: (item: T) => number = () => 0,
): Generator<readonly T[], void, void> {
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (batch.length === most || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
