import { type Stats, statSync } from 'node:fs';

/** Milliseconds between two changes that may bear the same time: some systems count it in steps of two seconds. */
const TICK = 2000;

/** A value that was read from a file or directory, kept as long as its stats stay the same: a look costs a third of reading. */
export class Kept<T> {
  readonly #path: string;
  readonly #read: () => T;
  #kept: { readonly stats: Stats; readonly value: T } | undefined;

  constructor(path: string, read: () => T) {
    this.#path = path;
    this.#read = read;
  }

  get(): T {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (stats !== undefined && this.#kept !== undefined && isSame(stats, this.#kept.stats))
      return this.#kept.value;
    const value = this.#read();
    // A file that changed just now may change again and keep the same stats.
    const isOld = stats !== undefined && Date.now() - stats.ctimeMs > TICK;
    this.#kept = isOld ? { stats, value } : undefined;
    return value;
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return (
    one.ctimeMs === other.ctimeMs &&
    one.mtimeMs === other.mtimeMs &&
    one.ino === other.ino &&
    one.size === other.size
  );
}
