import type { FileBackend, SyncFileBackend } from '@f9/core';

/** The caller's test runner: `describe` and `test` of vitest, node:test, jest or bun fit as they are. */
export interface ConformanceRunner {
  /** `describe` of the runner. */
  describe(name: string, body: () => void): unknown;
  /** `test` of the runner. */
  readonly test: {
    (name: string, body: () => Promise<void>, timeout?: number): unknown;
    /** Shows a case that lacks a hook, which would otherwise look proven. */
    skip(name: string, body: () => Promise<void>): unknown;
  };
}

/** Everything that the suite needs to know of a backend. */
export interface ConformanceHarness {
  /** Makes a new, empty store: a temporary folder, a bucket, a table. Every case gets its own. */
  createStore(): ConformanceStore | Promise<ConformanceStore>;
  /** A store that is not there and that opening does not make: another bucket. Left out where opening makes whatever is missing. */
  createMissing?(): ConformanceStore | Promise<ConformanceStore>;
  /** Title of the report. Default: the name of the backend. */
  readonly name?: string;
  /**
   * Milliseconds for which one call may be pending before it counts as hanging. Default: 1,000 times a measured round trip, and at
   * least 10,000.
   */
  readonly patience?: number;
  /** Use smaller and fewer files. Default: where a measured round trip takes more than 5 ms. */
  readonly slow?: boolean;
  /** Do work that takes minutes: more processes, more rounds, longer waits. Default: whether `F9_LONG` is 1. */
  readonly long?: boolean;
  /** Milliseconds after which a session whose holder is silent is given to the next one. Default: that never happens. */
  readonly sessionLease?: number;
  /** The number of open handles, processes, timers and locks; every case must end with as many as it began with. */
  resources?(): number | Promise<number>;
  /** The reason why no other process can open a store: `'it is in memory'`. Promises between processes are then not tested. */
  readonly withoutProcesses?: string;
  /** Bytes of the longest path. Default: 2,048; less where the store has no room for more, and in a part of a vault by where it lies. */
  readonly longestPath?: number;
  /** Names that this store itself forbids (`CON` on Windows, `.git` in git); the suite then proves that they are refused. */
  refusesName?(name: string): boolean;
}

/** One store, and backends on it. */
export interface ConformanceStore {
  /** A new backend on this store, as a new process would make it; the suite disposes it. */
  createBackend(): FileBackend | Promise<FileBackend>;
  /** Texts that no error may give away: the folder on the host, passwords, tokens. */
  readonly secrets?: readonly string[];
  /** Removes the store, after every backend on it was disposed. */
  dispose?(): void | Promise<void>;

  /**
   * Has `listener` called right before each request, statement or system call of the backends on this store, until the result is
   * called: operations are interrupted there. Default: they are interrupted at the calls of the driver alone.
   */
  onCall?(listener: () => void): () => void;
  /** What backends left in the store that is none of its files, once they are disposed: temporary files, locks, parts of an upload. */
  leftovers?(): readonly string[] | Promise<readonly string[]>;

  // Hooks for situations that the interface itself cannot bring about.

  /** Makes a symbolic link at `path`; `target` is as `symlink(2)` takes it. Asked for where `symlinks` is declared. */
  createSymlink?(target: string, path: string): void | Promise<void>;
  /**
   * The way in which another process opens this store. Needed where `ifMatch`, `append` or `exclusiveCreate` holds between processes,
   * or sessions exclude those of others.
   */
  readonly processModule?: ProcessModule;
  /**
   * Another vault on the same remote: a second clone. Needed where the backend has a remote. `autoPull` and `autoPush` are off unless
   * they are asked for, as in `createBackend`.
   */
  createClone?(options: CloneOptions): SyncFileBackend | Promise<SyncFileBackend>;
  /** Cuts every vault off from the remote, or connects them again. */
  setRemoteReachable?(reachable: boolean): void | Promise<void>;
  /** Puts something in place of what the remote holds that does not follow from it, as a force-push does. */
  rewriteRemote?(): void | Promise<void>;
}

/** Options of `createClone`. */
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
  /** The argument of the default export: anything that can be sent to a process. */
  readonly data: unknown;
}
