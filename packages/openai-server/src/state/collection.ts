export interface Listed {
  readonly id: string;
  readonly createdAt: number;
}

/** Objects by id, and in the order lists give them: by creation, equal seconds by id. */
export class Collection<T extends Listed> {
  readonly #byId = new Map<string, T>();
  /** Positions of removed objects, for cursors that name one of them. */
  readonly #removed = new Map<string, Listed>();
  #sorted: T[] = [];
  #stale = false;

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  add(item: T): void {
    this.#byId.set(item.id, item);
    this.#removed.delete(item.id);
    this.#stale = true;
  }

  delete(id: string): boolean {
    const item = this.#byId.get(id);
    if (item === undefined) return false;
    this.#byId.delete(id);
    this.#removed.set(id, { id, createdAt: item.createdAt });
    this.#stale = true;
    return true;
  }

  /** The objects, oldest first. */
  sorted(): readonly T[] {
    if (this.#stale) {
      this.#sorted = [...this.#byId.values()].sort(byCreation);
      this.#stale = false;
    }
    return this.#sorted;
  }

  /** The index in `sorted()` of the first object at or after the one with this id; undefined if it never was here. */
  position(id: string): number | undefined {
    const target = this.#byId.get(id) ?? this.#removed.get(id);
    if (target === undefined) return undefined;
    const items = this.sorted();
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byCreation(items[middle]!, target) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#byId.values();
  }
}

function byCreation(a: Listed, b: Listed): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
