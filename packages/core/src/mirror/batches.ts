/** Most files of one call that writes or removes many. */
export const MOST_FILES = 1000;

/** Files that are moved before another look at whether they are still the right ones. */
export const MOST_MOVES = 100;

/** Most bytes of one call that writes many; a file that is larger goes alone. */
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
