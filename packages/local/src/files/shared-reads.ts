import type { Stats } from 'node:fs';
import type { DirectoryEntry } from '../confined/directory-entries.ts';
import type { Operation } from '../io/runner.ts';
import { waitFor } from '../io/system-calls.ts';

/** An entry, with the parts of its etag where that was asked for. */
export interface Entry extends DirectoryEntry {
  readonly stats?: Stats | undefined;
}

type Entries = readonly Entry[];

/** A read that is going on, and the one that comes after it. */
class Read {
  readonly result: PromiseWithResolvers<Entries | undefined> = Promise.withResolvers();
  next: Read | undefined;
}

/**
 * Shares reads of directories: all who ask while one goes on share the next one, so that each sees the state at the time of asking.
 */
export class SharedReads {
  readonly #running = new Map<string, Read>();

  /** @throws what `read` throws */
  *join(key: string, read: () => Operation<Entries>): Operation<Entries> {
    while (true) {
      const running = this.#running.get(key);
      if (running === undefined) return yield* this.#lead(key, new Read(), read);
      if (running.next === undefined) {
        const own = new Read();
        running.next = own;
        yield* waitFor(() => running.result.promise);
        return yield* this.#lead(key, own, read);
      }
      const { result } = running.next;
      const shared = yield* waitFor(() => result.promise);
      // The shared read failed, maybe because the one who made it was aborted: each tries alone.
      if (shared !== undefined) return shared;
    }
  }

  *#lead(key: string, own: Read, read: () => Operation<Entries>): Operation<Entries> {
    this.#running.set(key, own);
    let result: Entries | undefined;
    try {
      result = yield* read();
      return result;
    } finally {
      if (own.next === undefined) this.#running.delete(key);
      else this.#running.set(key, own.next);
      own.result.resolve(result);
    }
  }
}
