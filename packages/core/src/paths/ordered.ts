import { compareTreeOrder } from './path.ts';

/** A store that lists by the bytes of whole keys. */
export interface ByteOrderedStore<T> {
  /** Pages of the entries whose paths begin with `prefix`, by UTF-8 bytes; those up to and including `after` are not needed. */
  list(prefix: string, after: string | undefined): AsyncIterable<readonly T[]>;
}

/** Anything with a path. */
interface Located {
  readonly path: string;
}

/** Entries held back at most before the store is asked about the directory that they wait for. */
const MOST_HELD = 5000;

/** Above every name: nothing of `dir` sorts behind `dir/` and this. */
const END = '\u{10ffff}'.repeat(64);

const SLASH = 0x2f;

/**
 * Puts what a store lists by bytes (`a`, `a-b`, `a/c`) in the order of the tree (`a`, `a/c`, `a-b`), in bounded memory: an entry that
 * sorts between `dir` and `dir/` is held back until `dir/` has passed.
 *
 * @param prefix the beginning of all paths: empty, or a directory with its slash
 */
export async function* ordered<T extends Located>(
  store: ByteOrderedStore<T>,
  prefix: string,
  options: { readonly mostHeld?: number } = {},
): AsyncGenerator<T, void, void> {
  const cursor = new Cursor(store, prefix);
  try {
    yield* inTreeOrder(store, cursor, prefix.length, () => true, options.mostHeld ?? MOST_HELD);
  } finally {
    await cursor.end();
  }
}

/** Entries one by one, seen before they are taken. */
interface Entries<T> {
  peek(): Promise<T | undefined>;
  /** The entry that was seen last. */
  take(): T;
  /** Skips the entries left that begin with `directory`. */
  leap(directory: string): Promise<void>;
}

/** The listing of a store, a page at a time. */
class Cursor<T extends Located> implements Entries<T> {
  readonly #store: ByteOrderedStore<T>;
  readonly #prefix: string;
  #pages: AsyncIterator<readonly T[]> | undefined;
  #page: readonly T[] = [];
  #at = 0;
  #isOver = false;

  constructor(store: ByteOrderedStore<T>, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  async peek(): Promise<T | undefined> {
    while (this.#at >= this.#page.length && !this.#isOver) {
      this.#pages ??= this.#store.list(this.#prefix, undefined)[Symbol.asyncIterator]();
      const { value, done } = await this.#pages.next();
      this.#isOver = done === true;
      this.#page = done === true ? [] : value;
      this.#at = 0;
    }
    return this.#page[this.#at];
  }

  take(): T {
    return this.#page[this.#at++]!;
  }

  async leap(directory: string): Promise<void> {
    while (this.#page[this.#at]?.path.startsWith(directory)) this.#at++;
    if (this.#at < this.#page.length || this.#isOver) return;
    await this.end();
    this.#pages = this.#store.list(this.#prefix, directory + END)[Symbol.asyncIterator]();
  }

  async end(): Promise<void> {
    await this.#pages?.return?.();
  }
}

async function* inTreeOrder<T extends Located>(
  store: ByteOrderedStore<T>,
  entries: Entries<T>,
  from: number,
  isWithin: (entry: T) => boolean,
  mostHeld: number,
): AsyncGenerator<T, void, void> {
  for (
    let entry = await entries.peek();
    entry !== undefined && isWithin(entry);
    entry = await entries.peek()
  ) {
    const directory = precedingDirectory(entry.path, from);
    if (directory === undefined) {
      yield entries.take();
      continue;
    }
    const isBefore = ({ path }: T): boolean =>
      path.startsWith(directory) && path.charCodeAt(directory.length) < SLASH;
    const isBelow = ({ path }: T): boolean => path.startsWith(`${directory}/`);
    const inside = directory.length + 1;
    const held: T[] = [];
    for (let next = entry as T | undefined; held.length < mostHeld; next = await entries.peek()) {
      if (next === undefined || !isBefore(next)) break;
      held.push(entries.take());
    }
    if (held.length < mostHeld) {
      yield* inTreeOrder(store, entries, inside, isBelow, mostHeld);
      yield* held.sort((a, b) => compareTreeOrder(a.path, b.path));
      continue;
    }
    const contents = new Cursor(store, `${directory}/`);
    try {
      yield* inTreeOrder(store, contents, inside, () => true, mostHeld);
    } finally {
      await contents.end();
    }
    yield* inTreeOrder(store, joined(held, entries), inside, isBefore, mostHeld);
    const next = await entries.peek();
    if (next !== undefined && isBelow(next)) await entries.leap(`${directory}/`);
  }
}

/** The shortest directory whose contents come before `path` in the tree, and behind it by bytes: `a` for `a-b`. */
function precedingDirectory(path: string, from: number): string | undefined {
  for (let at = Math.max(from, 1); at < path.length; at++) {
    if (path.charCodeAt(at) < SLASH && path.charCodeAt(at - 1) !== SLASH) return path.slice(0, at);
  }
  return undefined;
}

/** Entries that were held, then those that follow. */
function joined<T>(held: readonly T[], rest: Entries<T>): Entries<T> {
  let at = 0;
  return {
    peek: async () => (at < held.length ? held[at] : await rest.peek()),
    take: () => (at < held.length ? held[at++]! : rest.take()),
    leap: (directory) => rest.leap(directory),
  };
}
