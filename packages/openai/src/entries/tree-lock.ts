import { type BackendPath, parentPath, ROOT } from '@f9/core/driver';

interface Turn {
  readonly exclusive: boolean;
  readonly start: () => void;
}

/** A lock that many may share or one may have alone, in the order of asking. */
class SharedLock {
  #sharers = 0;
  #isAlone = false;
  readonly #waiting: Turn[] = [];

  get isIdle(): boolean {
    return !this.#isAlone && this.#sharers === 0 && this.#waiting.length === 0;
  }

  async acquire(exclusive: boolean, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length === 0 && this.#isFree(exclusive)) return this.#take(exclusive);
    await new Promise<void>((resolve, reject) => {
      const turn: Turn = {
        exclusive,
        start: () => {
          signal?.removeEventListener('abort', leave);
          this.#take(exclusive);
          resolve();
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal?.reason);
        this.#next();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(turn);
    });
  }

  release(): void {
    if (this.#isAlone) this.#isAlone = false;
    else this.#sharers--;
    this.#next();
  }

  #isFree(exclusive: boolean): boolean {
    return !this.#isAlone && (!exclusive || this.#sharers === 0);
  }

  #take(exclusive: boolean): void {
    if (exclusive) this.#isAlone = true;
    else this.#sharers++;
  }

  #next(): void {
    while (this.#waiting[0] !== undefined && this.#isFree(this.#waiting[0].exclusive)) {
      this.#waiting.shift()!.start();
    }
  }
}

/**
 * Makes check and change one step within this process. A change of a path holds it alone and shares the directories above it, so that
 * nobody removes them or puts a file in their place meanwhile.
 */
export class TreeLock {
  readonly #locks = new Map<string, SharedLock>();

  async run<T>(
    paths: readonly BackendPath[],
    signal: AbortSignal | undefined,
    body: () => Promise<T>,
  ): Promise<T> {
    const held: string[] = [];
    try {
      for (const [path, exclusive] of wanted(paths)) {
        signal?.throwIfAborted();
        const lock = this.#locks.get(path) ?? new SharedLock();
        this.#locks.set(path, lock);
        await lock.acquire(exclusive, signal);
        held.push(path);
      }
      return await body();
    } finally {
      for (const path of held.reverse()) this.#release(path);
    }
  }

  #release(path: string): void {
    const lock = this.#locks.get(path)!;
    lock.release();
    if (lock.isIdle) this.#locks.delete(path);
  }
}

/** All locks to take, and whether alone. Everybody takes them in the same order, so that nobody waits in a circle. */
function wanted(paths: readonly BackendPath[]): [path: string, exclusive: boolean][] {
  const locks = new Map<string, boolean>();
  for (const path of paths) {
    for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
      if (!locks.has(parent)) locks.set(parent, false);
    }
  }
  for (const path of paths) locks.set(path, true);
  return [...locks].sort(([a], [b]) => (a < b ? -1 : 1));
}
