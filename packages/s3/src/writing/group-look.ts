import type { BackendPath } from '@f9/core/driver';
import type { Clash, Neighbours } from './neighbours.ts';

/**
 * One look shared by many writes, taken once all of them are written: a write that comes before the look sees every other that it has
 * to see.
 */
export class GroupLook {
  readonly #neighbours: Neighbours;
  readonly #paths: BackendPath[] = [];
  readonly #result = Promise.withResolvers<ReadonlyMap<BackendPath, Clash>>();
  #missing: number;

  /** @param members number of writes, each of which arrives or leaves once */
  constructor(neighbours: Neighbours, members: number) {
    this.#neighbours = neighbours;
    this.#missing = members;
    // All may have left before anybody asks.
    this.#result.promise.catch(() => undefined);
  }

  /** The file or directory in the way of a file that was written. */
  async arrive(path: BackendPath): Promise<Clash | undefined> {
    this.#paths.push(path);
    this.leave();
    return (await this.#result.promise).get(path);
  }

  /** Lets go of a member that has nothing to look for. */
  leave(): void {
    if (--this.#missing > 0) return;
    if (this.#paths.length === 0) this.#result.resolve(new Map());
    else this.#neighbours.clashes(this.#paths).then(this.#result.resolve, this.#result.reject);
  }
}
