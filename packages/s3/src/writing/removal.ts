import {
  assertMatch,
  type BackendPath,
  directoryNotEmpty,
  type FileToRemove,
  type KeyedLock,
  notFound,
  preconditionFailed,
  type RemoveOptions,
  type RemoveResults,
  ROOT,
} from '@f9/core/driver';
import type { Listing } from '../listing/listing.ts';
import type { Call } from '../service/call.ts';
import { DELETED_AT_ONCE, type Service } from '../service/service.ts';
import { infoOf } from '../vault/info.ts';
import type { Keys } from '../vault/keys.ts';
import type { SharedState } from '../vault/shared-state.ts';
import type { CallOf } from './writer.ts';

/** Files from which on a listing is cheaper than a look at each. */
const MANY = 5;

/** Removes files: one in the version that was seen, or all below a directory by the thousand. */
export class Removal {
  readonly #service: Service;
  readonly #keys: Keys;
  readonly #shared: SharedState;
  readonly #listing: Listing;

  constructor(service: Service, keys: Keys, shared: SharedState, listing: Listing) {
    this.#service = service;
    this.#keys = keys;
    this.#shared = shared;
    this.#listing = listing;
  }

  async remove(path: BackendPath, { ifMatch }: RemoveOptions, call: Call): Promise<void> {
    const key = this.#keys.of(path);
    const { conditionalDelete } = this.#shared.traits!;
    // Where the store does not check, a lock keeps others of this process from coming between the look and the deletion.
    await this.#shared.pathLocks.run(
      path,
      async () => {
        const head = await this.#service.head(key, call);
        if (head === undefined) return await this.#removeDirectory(path, call);
        assertMatch(path, infoOf(path, head), ifMatch);
        const condition = conditionalDelete ? ifMatch : undefined;
        if (!(await this.#service.delete(key, condition, call))) throw preconditionFailed(path);
        this.#shared.sums.delete(path);
      },
      call.signal,
    );
  }

  /**
   * Removes each file in the version that was seen. Files that one listing shows are deleted by the thousand, where the store need
   * not check each.
   */
  async removeMany(
    files: readonly FileToRemove[],
    calls: CallOf,
    signal: AbortSignal | undefined,
  ): Promise<RemoveResults> {
    const { conditionalDelete } = this.#shared.traits!;
    const alone = (file: FileToRemove): Promise<void> => this.remove(file.path, file, calls(file.path));
    const together = files.filter(({ ifMatch }) => !conditionalDelete || ifMatch === undefined);
    const done = new Map<BackendPath, PromiseSettledResult<void>>();
    if (together.length >= MANY) {
      const paths = together.map(({ path }) => path);
      const remove = (): Promise<void> => this.#removeSeen(together, done, calls(ROOT));
      await lockAll(this.#shared.pathLocks, [...new Set(paths)].sort(), remove, signal);
    }
    const rest = files.filter(({ path }) => !done.has(path));
    const results = await Promise.allSettled(rest.map(alone));
    const ofRest = new Map(rest.map((file, at) => [file, results[at]!]));
    return files.map((file) => ofRest.get(file) ?? done.get(file.path)!);
  }

  /** Deletes the files that a listing shows in the expected version; gives no result for the others. */
  async #removeSeen(
    files: readonly FileToRemove[],
    done: Map<BackendPath, PromiseSettledResult<void>>,
    call: Call,
  ): Promise<void> {
    const objects = await this.#listing.objectsAt(
      files.map(({ path }) => path),
      call,
    );
    const fitting: BackendPath[] = [];
    for (const { path, ifMatch } of files) {
      const etag = objects?.get(path)?.etag;
      if (etag === undefined) continue;
      if (ifMatch === undefined || ifMatch === etag) fitting.push(path);
      else done.set(path, { status: 'rejected', reason: preconditionFailed(path) });
    }
    for (let at = 0; at < fitting.length; at += DELETED_AT_ONCE) {
      const paths = fitting.slice(at, at + DELETED_AT_ONCE);
      await this.#service.deleteMany(
        paths.map((path) => this.#keys.of(path)),
        call,
      );
      for (const path of paths) {
        done.set(path, { status: 'fulfilled', value: undefined });
        this.#shared.sums.delete(path);
      }
    }
  }

  /** Removes all keys below a directory, also those that no path can name. */
  async removeTree(path: BackendPath, call: Call): Promise<void> {
    for await (const page of this.#listing.pages(`${path}/`, { call })) {
      const keys = page.map((entry) => this.#keys.prefix + entry.path);
      for (let at = 0; at < keys.length; at += DELETED_AT_ONCE) {
        await this.#service.deleteMany(keys.slice(at, at + DELETED_AT_ONCE), call);
      }
      for (const entry of page) this.#shared.sums.delete(entry.path);
    }
  }

  /** Removes a directory, which exists while something is in it, or as an object with which some program marked it. */
  async #removeDirectory(path: BackendPath, call: Call): Promise<void> {
    const marker = this.#keys.below(path);
    const below = await this.#listing.firstBelow(path, 2, call);
    if (below.length === 0) throw notFound(path);
    if (below.some((key) => key !== marker)) throw directoryNotEmpty(path);
    await this.#service.delete(marker, undefined, call);
  }
}

/** Runs `body` with the lock of every path, taken in their order, so that no two operations wait for each other. */
async function lockAll(
  locks: KeyedLock,
  paths: readonly string[],
  body: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const run = paths.reduceRight((inside, path) => () => locks.run(path, inside, signal), body);
  await run();
}
