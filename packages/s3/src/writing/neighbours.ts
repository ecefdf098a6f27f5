import { type BackendPath, compareBytes, forEachConcurrently, parentPath, ROOT } from '@f9/core/driver';
import type { Listing } from '../listing/listing.ts';
import type { ObjectHead, Service } from '../service/service.ts';
import type { Keys } from '../vault/keys.ts';
import { SharedLooks } from './shared-looks.ts';

/** Looks at the same time. */
const LOOKS_AT_ONCE = 16;

/** A conflict of paths: a file where a directory is needed, or a directory where the file is. */
export interface Clash {
  readonly kind: 'parent is a file' | 'is a directory';
  readonly path: BackendPath;
}

/**
 * Keeps a path from being both file and directory. A store has no single step for that, so a writer looks after it has written: of
 * two that write and then look, one must see the other.
 */
export class Neighbours {
  readonly #listing: Listing;
  readonly #files: SharedLooks<ObjectHead | undefined>;
  readonly #keys: Keys;

  constructor(service: Service, keys: Keys, listing: Listing) {
    this.#listing = listing;
    this.#keys = keys;
    this.#files = new SharedLooks((key) => service.head(key, {}));
  }

  /** Conflicts of many files, where there are any, from a new listing of their directories. */
  async clashes(paths: readonly BackendPath[]): Promise<ReadonlyMap<BackendPath, Clash>> {
    const wanted = new Set<string>(paths);
    const above = new Map<string, BackendPath[]>();
    for (const path of paths) {
      for (const parent of parentsOf(path)) above.set(parent, [...(above.get(parent) ?? []), path]);
    }
    const clashes = new Map<BackendPath, Clash>();
    const meet = (parent: string): void => {
      const clash: Clash = { kind: 'parent is a file', path: parent as BackendPath };
      for (const path of above.get(parent) ?? []) clashes.set(path, clash);
    };
    const first = [...paths].sort(compareBytes)[0]!;
    const listed = await this.#listing.objectsAt(paths, {}, (path) => {
      meet(path);
      for (const parent of parentsOf(path as BackendPath)) {
        if (wanted.has(parent)) clashes.set(parent, { kind: 'is a directory', path: parent });
      }
    });
    if (listed === undefined) return await this.#each(paths);
    // Files of the batch may be in each other's way too.
    for (const path of listed.keys()) {
      meet(path);
      for (const parent of parentsOf(path as BackendPath)) {
        if (wanted.has(parent)) clashes.set(parent, { kind: 'is a directory', path: parent });
      }
    }
    const unseen = [...above.keys()].filter((parent) => compareBytes(parent, first) < 0);
    await forEachConcurrently(unseen, LOOKS_AT_ONCE, async (parent) => {
      if ((await this.#files.ask(this.#keys.of(parent as BackendPath))) !== undefined) meet(parent);
    });
    return clashes;
  }

  async #each(paths: readonly BackendPath[]): Promise<ReadonlyMap<BackendPath, Clash>> {
    const clashes = new Map<BackendPath, Clash>();
    await forEachConcurrently(paths, LOOKS_AT_ONCE, async (path) => {
      const clash = await this.clash(path);
      if (clash !== undefined) clashes.set(path, clash);
    });
    return clashes;
  }

  /** The conflict of the file at `path`, if any, from a new look. */
  async clash(path: BackendPath): Promise<Clash | undefined> {
    const looks = parentsOf(path).map(async (parent): Promise<Clash | undefined> => {
      const file = await this.#files.ask(this.#keys.of(parent));
      return file && { kind: 'parent is a file', path: parent };
    });
    const below = async (): Promise<Clash | undefined> => {
      const isThere = await this.#listing.hasChildren(path, { path });
      return isThere ? { kind: 'is a directory', path } : undefined;
    };
    return (await Promise.all([...looks, below()])).find((clash) => clash !== undefined);
  }
}

function parentsOf(path: BackendPath): BackendPath[] {
  const parents: BackendPath[] = [];
  for (let at = parentPath(path); at !== ROOT; at = parentPath(at)) parents.push(at);
  return parents;
}
