import { FifoLock } from '@f9/core/driver';
import { Admission } from './admission.ts';
import { ChangeLog } from './change-log.ts';
import { TreeLock } from './tree-lock.ts';

/** The state that all backends of this process on one vector store share. */
export class SharedState {
  readonly sessionLock: FifoLock = new FifoLock();
  readonly treeLock: TreeLock = new TreeLock();
  readonly changes: ChangeLog = new ChangeLog();
  readonly admission: Admission = new Admission();
  /** File ids of Files that are being removed right now. */
  readonly leaving: Set<string> = new Set();
  #newestGeneration = 0;
  readonly #readers = new Map<string, { count: number; readonly done: PromiseWithResolvers<void> }>();

  /**
   * A generation above every one that was given out or seen here, so that a new version wins against all that a late list may show.
   *
   * @param now milliseconds since 1970 by the service's clock
   */
  nextGeneration(now: number): number {
    this.#newestGeneration = Math.max(Math.floor(now), this.#newestGeneration + 1);
    return this.#newestGeneration;
  }

  sawGeneration(generation: number): void {
    this.#newestGeneration = Math.max(this.#newestGeneration, generation);
  }

  /** Keeps the bytes of a write from being removed while they are read, until the function that it gives is called. */
  pin(writeId: string): () => void {
    const readers = this.#readers.get(writeId) ?? { count: 0, done: Promise.withResolvers<void>() };
    this.#readers.set(writeId, readers);
    readers.count++;
    return () => {
      if (--readers.count > 0) return;
      this.#readers.delete(writeId);
      readers.done.resolve();
    };
  }

  isPinned(writeId: string): boolean {
    return this.#readers.has(writeId);
  }

  /** Resolves when nobody reads the bytes of a write. */
  async unpinned(writeId: string): Promise<void> {
    await this.#readers.get(writeId)?.done.promise;
  }
}

const states = new Map<string, WeakRef<SharedState>>();

/** The state of a store, kept as long as anybody uses it. */
export function sharedStateOf(baseURL: string, vectorStoreId: string): SharedState {
  const key = `${baseURL} ${vectorStoreId}`;
  const known = states.get(key)?.deref();
  if (known !== undefined) return known;
  for (const [other, reference] of states) if (reference.deref() === undefined) states.delete(other);
  const state = new SharedState();
  states.set(key, new WeakRef(state));
  return state;
}
