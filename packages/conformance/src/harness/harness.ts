import type { FileBackend, SyncFileBackend } from '@f9/core';

/** The caller's test runner: `describe` and `test` of vitest, node:test, jest or bun fit as they are. */
export interface ConformanceRunner {
  /** As the runner's own. */
  describe(name: string, body: () => void): unknown;
  /** As the runner's own. */
  readonly test: {
    (name: string, body: () => Promise<void>, timeout?: number): unknown;
    /** Shows what could not be proven for lack of a hook: without it, that would look like proven. */
    skip(name: string, body: () => Promise<void>): unknown;
  };
}

/** What the suite needs to know of a backend. */
export interface ConformanceHarness {
  /** Makes a new, empty store: a temporary folder, a bucket, a table. Every case gets its own. */
  createStore(): ConformanceStore | Promise<ConformanceStore>;
  /** Heads the report. Default: the name of the backend. */
  readonly name?: string;
  /**
   * Milliseconds that one call may be pending before the suite says that it hangs. Default: 1,000 times a measured round trip, and at
   * least 10,000.
   */
  readonly patience?: number;
  /** Whether to use smaller files and fewer of them. Default: where a measured round trip takes more than 5 ms. */
  readonly slow?: boolean;
  /** Whether to do what takes minutes: more processes, more rounds, longer waits. Default: whether `F9_LONG` is 1. */
  readonly long?: boolean;
  /** Milliseconds after which a session whose holder is silent is given to the next one. Default: that never happens. */
  readonly sessionLease?: number;
  /** How many handles, processes, timers and locks are open now; every case must end with as many as it began with. */
  resources?(): number | Promise<number>;
  /**
   * Why no other process can open a store: `'it is in memory'`. What holds between processes is then not asked for.
   */
  readonly withoutProcesses?: string;
  /** Bytes of the longest path. Default: 2,048; less where the store has no room for more, and in a part of a vault by where it lies. */
  readonly longestPath?: number;
  /** Names that this store's own rules forbid (`CON` on Windows, `.git` in git); the suite then proves that they are refused. */
  refusesName?(name: string): boolean;
}

/** One store, and backends on it. */
export interface ConformanceStore {
  /** A new backend on this store, as a new process would make it; the suite disposes it. */
  createBackend(): FileBackend | Promise<FileBackend>;
  /** What no error may give away: the folder on the host, passwords, tokens. */
  readonly secrets?: readonly string[];
  /** Removes the store, after every backend on it was disposed. */
  dispose?(): void | Promise<void>;

  // Hooks for what the interface itself cannot bring about.

  /** Makes a symbolic link at `path`; `target` is as `symlink(2)` takes it. Asked for where `symlinks` is declared. */
  createSymlink?(target: string, path: string): void | Promise<void>;
  /**
   * How another process opens this store. Asked for where `ifMatch`, `append` or `exclusiveCreate` holds between processes, or sessions
   * exclude those of others.
   */
  readonly processModule?: ProcessModule;
  /**
   * Another vault on the same remote: a second clone. Asked for where the backend has a remote; both `autoPull` and `autoPush` are off
   * unless they are asked for, as they are in `createBackend`.
   */
  createClone?(options: CloneOptions): SyncFileBackend | Promise<SyncFileBackend>;
  /** Cuts every vault off from the remote, and joins them again. */
  setRemoteReachable?(reachable: boolean): void | Promise<void>;
}

/** How a clone of a vault with a remote is made. */
export interface CloneOptions {
  /** Pull before reads. */
  readonly autoPull: boolean;
  /** Push after writes. */
  readonly autoPush: boolean;
}

/** A module whose default export opens a store: `export default (data) => new MyBackend(data)`. */
export interface ProcessModule {
  /** `new URL('open-store.ts', import.meta.url)` */
  readonly url: string | URL;
  /** What the default export is called with; whatever can be sent to a process. */
  readonly data: unknown;
}
