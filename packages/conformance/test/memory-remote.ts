import { isDeepStrictEqual } from 'node:util';
import type { CloneOptions } from '@f9/conformance';
import {
  type ConflictResolution,
  type ConflictSide,
  MemoryFileBackend,
  MemoryStore,
  type SyncConflict,
} from '@f9/core';
import {
  type BackendDriver,
  type BackendPath,
  backendError,
  bytesOf,
  type CommitOptions,
  type DriverOptions,
  type DriverSession,
  isWithin,
  layer,
  parentPath,
  type ResolveOptions,
  ROOT,
  SyncDriverBackend,
} from '@f9/core/driver';

type Files = Map<string, Uint8Array>;

/** What the vaults of a remote share. */
export class Remote {
  files: Files = new Map();
  isReachable = true;
  /** Counts the histories that it has had. */
  history = 0;

  /** Begins anew, with nothing. */
  rewrite(): void {
    this.files = new Map();
    this.history++;
  }
}

/** A vault in memory with a remote in memory: the smallest backend that pulls, pushes, and has conflicts. */
export class Clone {
  readonly #remote: Remote;
  readonly #options: CloneOptions;
  readonly #store: MemoryStore = new MemoryStore();
  readonly #files: BackendDriver = new MemoryFileBackend({ store: this.#store }).driver;
  /** What this vault and the remote last had in common. */
  #base: Files = new Map();
  /** The history of the remote that `#base` is of. */
  #history: number | undefined;

  constructor(remote: Remote, options: CloneOptions) {
    this.#remote = remote;
    this.#options = options;
  }

  createBackend(): SyncDriverBackend {
    const inner = new MemoryFileBackend({ store: this.#store }).driver;
    const fresh = (options: DriverOptions): Promise<void> => this.#freshen(options);
    const publishing = async <T>(options: DriverOptions, write: () => Promise<T>): Promise<T> => {
      const result = await write();
      await this.#publish(options);
      return result;
    };
    return new SyncDriverBackend(
      layer(inner, {
        name: 'memory with a remote',
        stat: async (path, options) => fresh(options).then(() => inner.stat(path, options)),
        read: async function* (path, options) {
          await fresh(options);
          yield* inner.read(path, options);
        },
        readFile: (path, options) => fresh(options).then(() => inner.readFile!(path, options)),
        list: async function* (path, options) {
          await fresh(options);
          yield* inner.list(path, options);
        },
        write: (path, source, options) => publishing(options, () => inner.write(path, source, options)),
        append: (path, source, options) => publishing(options, () => inner.append!(path, source, options)),
        makeDirectory: (path, options) => publishing(options, () => inner.makeDirectory(path, options)),
        remove: (path, options) => publishing(options, () => inner.remove(path, options)),
        move: (from, to, options) => publishing(options, () => inner.move!(from, to, options)),
        acquireSession: async (options) => {
          const held = await inner.acquireSession!(options);
          const session: DriverSession = {
            commitOnSuccess: options.push ?? this.#options.autoPush,
            commit: () => this.#push(),
            release: () => held.release(),
          };
          try {
            if (options.pull ?? this.#options.autoPull) await this.#pull();
          } catch (error) {
            await held.release();
            throw error;
          }
          return session;
        },
        sync: {
          pull: (options) => this.#alone(options, () => this.#pull()),
          push: (options: CommitOptions) => this.#alone(options, () => this.#push()),
          conflicts: async () => this.#conflicts(await this.#local()),
          resolve: (path, resolution, options) => this.#resolve(path, resolution, options),
        },
      }),
    );
  }

  /** Runs `work` while no session of another context does. */
  async #alone(options: DriverOptions, work: () => Promise<void>): Promise<void> {
    if (options.session !== undefined) return await work();
    const { signal } = options;
    const request = { timeout: Number.POSITIVE_INFINITY, ...(signal === undefined ? {} : { signal }) };
    const held = await this.#files.acquireSession!(request);
    try {
      await work();
    } finally {
      await held.release();
    }
  }

  async #freshen({ session }: DriverOptions): Promise<void> {
    if (this.#options.autoPull && session === undefined && this.#remote.isReachable) await this.#pull();
  }

  async #publish({ session }: DriverOptions): Promise<void> {
    if (!this.#options.autoPush || session !== undefined) return;
    if (!this.#remote.isReachable) {
      throw backendError('UNAVAILABLE', 'The remote cannot be reached; the change is kept here', {
        stored: true,
      });
    }
    await this.#push();
  }

  async #pull(): Promise<void> {
    if (!this.#remote.isReachable) throw backendError('UNAVAILABLE', 'The remote cannot be reached');
    this.#history ??= this.#remote.history;
    if (this.#history !== this.#remote.history) {
      throw backendError(
        'HISTORY_REWRITTEN',
        'The remote was rewritten; what is here is safe. Open another vault on it',
      );
    }
    const local = await this.#local();
    const conflicts = this.#conflicts(local);
    if (conflicts.length > 0) {
      const names = conflicts.map(({ path }) => JSON.stringify(path)).join(', ');
      throw backendError('SYNC_CONFLICT', `Both sides changed ${names}; see conflictReport()`);
    }
    // What is gone first: a file may come where a directory was.
    for (const path of this.#base.keys()) {
      if (!this.#remote.files.has(path)) await this.#set(path, undefined);
    }
    for (const [path, theirs] of this.#remote.files) {
      if (!isDeepStrictEqual(theirs, this.#base.get(path))) await this.#set(path, theirs);
    }
    this.#base = new Map(this.#remote.files);
  }

  async #push(): Promise<void> {
    await this.#pull();
    this.#remote.files = await this.#local();
    this.#base = new Map(this.#remote.files);
  }

  #conflicts(local: Files): SyncConflict[] {
    const paths = [...new Set([...this.#base.keys(), ...local.keys(), ...this.#remote.files.keys()])].sort();
    return paths.flatMap((path) => {
      const sides: Record<ConflictSide, Uint8Array | undefined> = {
        base: this.#base.get(path),
        local: local.get(path),
        remote: this.#remote.files.get(path),
      };
      const { base, local: ours, remote: theirs } = sides;
      const isChangedTwice = !isDeepStrictEqual(ours, base) && !isDeepStrictEqual(theirs, base);
      if (!isChangedTwice || isDeepStrictEqual(ours, theirs)) return [];
      const status =
        base === undefined ? 'AA' : ours === undefined ? 'DU' : theirs === undefined ? 'UD' : 'UU';
      const kind = status === 'DU' || status === 'UD' ? 'modify/delete' : 'content';
      return [
        { path, status, kind, paths: [path], read: async (side) => sides[side] } satisfies SyncConflict,
      ];
    });
  }

  async #resolve(
    path: BackendPath,
    resolution: ConflictResolution,
    { assertMayWrite }: ResolveOptions,
  ): Promise<void> {
    const conflict = this.#conflicts(await this.#local()).find((candidate) => candidate.path === path);
    if (conflict === undefined) {
      throw backendError('NOT_FOUND', `There is no conflict at ${JSON.stringify(path)}`, { path });
    }
    const theirs = this.#remote.files.get(path);
    if ('data' in resolution) await this.#set(path, await bytesOf(resolution.data));
    else if (resolution.accept === 'remote') await this.#set(path, theirs);
    else if (resolution.accept === 'both') {
      const beside = `${path} (remote)` as BackendPath;
      assertMayWrite?.(beside);
      await this.#set(beside, theirs);
    }
    // What the remote has is taken into account: what is here comes after it.
    if (theirs === undefined) this.#base.delete(path);
    else this.#base.set(path, theirs);
  }

  async #set(path: string, content: Uint8Array | undefined): Promise<void> {
    const target = path as BackendPath;
    const isThere = (await this.#files.stat(target, {})) !== undefined;
    if (content !== undefined) {
      await this.#files.write(target, content, { ifExists: 'replace', ifMissing: 'create' });
    } else if (isThere) {
      await this.#files.remove(target, {});
      await this.#removeEmpty(parentPath(target));
    }
  }

  async #removeEmpty(directory: BackendPath): Promise<void> {
    for (let path = directory; path !== ROOT; path = parentPath(path)) {
      if ([...this.#store.nodes.keys()].some((each) => each !== path && isWithin(each, path))) return;
      await this.#files.remove(path, {});
    }
  }

  async #local(): Promise<Files> {
    const files: Files = new Map();
    for (const [path, { bytes }] of this.#store.nodes) if (bytes !== undefined) files.set(path, bytes);
    return files;
  }
}
