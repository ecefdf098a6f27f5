import fs from 'node:fs';
import { resolve, sep } from 'node:path';
import {
  type Capabilities,
  type ChecksumAlgorithm,
  type FileInfo,
  isFileBackendError,
  type VaultChange,
} from '@f9/core';
import {
  type AcquireSessionOptions,
  type AppendOptions,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  backendError,
  type DriverChecksumManyOptions,
  type DriverGlobOptions,
  type DriverOptions,
  type DriverSession,
  type DriverWatchOptions,
  type FileToWrite,
  forEachConcurrently,
  type GlobPattern,
  type ListOptions,
  linkPlace,
  type MakeDirectoryOptions,
  moveByCopying,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  type WriteOptions,
  type WriteResults,
} from '@f9/core/driver';
import { makeRoot } from './confined/make-root.ts';
import { explainErrno, explainOpening, notAFolder } from './errors.ts';
import { makeDirectory, move, remove, removeTree } from './files/changes.ts';
import { checksum, checksumSmallOnes } from './files/checksums.ts';
import { describe } from './files/file-stats.ts';
import { OpenFolder } from './files/open-folder.ts';
import { readBlocks, readFile } from './files/reading.ts';
import { statMany } from './files/stat-many.ts';
import { glob, openListing } from './files/walk.ts';
import { watchChanges } from './files/watch.ts';
import { writeMany } from './files/write-many.ts';
import { append, copy, write } from './files/writing.ts';
import { hasProc } from './io/filesystem.ts';
import { type Operation, Runner } from './io/runner.ts';
import { SMALL } from './io/system-calls.ts';
import { assertOptions, type LocalDriverOptions } from './options.ts';
import { acquireLock, tieSession } from './state/session-lock.ts';

const CAPABILITIES: Capabilities = {
  exclusiveCreate: 'native',
  ifMatch: 'host',
  append: 'host',
  move: 'native',
  search: false,
  symlinks: true,
  emptyDirectories: true,
  caseSensitive: process.platform !== 'win32' && process.platform !== 'darwin',
  consistency: 'strong',
  settleWithin: 0,
  lockScope: 'host',
  transactional: false,
  versions: false,
  watch: 'native',
  changes: false,
  checksums: [],
  maxFileSize: undefined,
};

/** Files whose checksums are computed at the same time, where that is not done on this thread. */
const DEFAULT_CONCURRENCY = 8;

/** A folder as a driver. */
export class LocalDriver implements BackendDriver {
  readonly name = 'local';
  /** Promises of this folder, once its filesystem is known. */
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly #options: LocalDriverOptions;
  readonly #rootPath: string;
  #folder: OpenFolder | undefined;

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: LocalDriverOptions) {
    assertOptions(options);
    this.#options = options;
    this.#rootPath = resolve(options.root);
  }

  async open(): Promise<void> {
    const { createRoot = true, io = 'auto', durability = 'fsync', stateDirectory, hides } = this.#options;
    try {
      if (createRoot && !fs.existsSync(this.#rootPath)) await makeRoot(this.#rootPath, durability);
      const path = await fs.promises.realpath(this.#rootPath);
      if (!(await fs.promises.stat(path)).isDirectory()) throw notAFolder();
      this.#folder = await OpenFolder.open(await Runner.for(io, path), {
        path,
        stateDirectory: stateDirectory && resolve(stateDirectory),
        durability,
        hasProc: await hasProc(path),
        hides,
      });
      linkPlace(
        this,
        path
          .split(sep)
          .filter((name) => name !== '')
          .join('/'),
      );
    } catch (error) {
      throw explainOpening(error);
    }
  }

  async stat(path: BackendPath, { signal }: DriverOptions): Promise<FileInfo | undefined> {
    const stats = await this.#runHere(path, ({ root }) => root.stat(path), signal);
    return stats && describe(path, stats);
  }

  async statMany(
    paths: readonly BackendPath[],
    { signal }: DriverOptions,
  ): Promise<readonly (FileInfo | undefined)[]> {
    return await this.#runHere(ROOT, ({ root }) => statMany(root, paths), signal);
  }

  async realPath(path: BackendPath, { signal }: DriverOptions): Promise<BackendPath> {
    return await this.#runHere(path, ({ root }) => root.resolveAll(path), signal);
  }

  read(path: BackendPath, options: ReadRange & DriverOptions): AsyncIterable<Uint8Array> {
    const { runner, root } = this.#open;
    return explainingErrors(path, readBlocks(runner, root, path, options, options.signal));
  }

  readFile(path: BackendPath, options: ReadRange & DriverOptions): Promise<Uint8Array> {
    return this.#runBySize(path, ({ root }, limit) => readFile(root, path, options, limit), options.signal);
  }

  write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    return this.#runBySource(path, source, (folder) => write(folder, path, source, options), options.signal);
  }

  writeMany(files: readonly FileToWrite[], options: DriverOptions): Promise<WriteResults> {
    return writeMany(this.#open, files, options, ({ path, source }, conditions) =>
      this.#runBySource(path, source, (folder) => write(folder, path, source, conditions), options.signal),
    );
  }

  append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    return this.#runBySource(path, source, (folder) => append(folder, path, source, options), options.signal);
  }

  makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return this.#runHere(path, (folder) => makeDirectory(folder, path, options), options.signal);
  }

  remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    return this.#runHere(path, (folder) => remove(folder, path, options), options.signal);
  }

  removeTree(path: BackendPath, options: DriverOptions): Promise<void> {
    return this.#runHere(path, (folder) => removeTree(folder, path, options), options.signal);
  }

  copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return this.#runInPool(from, (folder) => copy(folder, from, to, options), options.signal);
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const moved = await this.#runHere(from, (folder) => move(folder, from, to, options), options.signal);
    return moved ?? (await moveByCopying(this, from, to, options));
  }

  async *list(path: BackendPath, options: ListOptions): AsyncIterable<readonly FileInfo[]> {
    const { signal } = options;
    const listing = await this.#runHere(path, (folder) => openListing(folder, path, options), signal);
    while (true) {
      const batch = await this.#runHere(path, () => listing.batch(), signal);
      if (batch.length === 0) return;
      yield batch;
    }
  }

  glob(pattern: GlobPattern, options: DriverGlobOptions): Promise<BackendPath[]> {
    return this.#runHere(pattern.base, ({ root }) => glob(root, pattern, options), options.signal);
  }

  checksum(path: BackendPath, algorithm: ChecksumAlgorithm, { signal }: DriverOptions): Promise<string> {
    return this.#runBySize(path, (folder, limit) => checksum(folder, path, algorithm, limit, signal), signal);
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    { concurrency = DEFAULT_CONCURRENCY, signal }: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const folder = this.#open;
    const { runner } = folder;
    const sums = new Map<BackendPath, string>();
    const others: BackendPath[] = [];
    const sliceSize = runner.isOnThisThread ? paths.length : Math.ceil(paths.length / concurrency);
    const slices = Array.from({ length: concurrency }, (_, i) =>
      paths.slice(i * sliceSize, (i + 1) * sliceSize),
    );
    await forEachConcurrently(slices, concurrency, async (slice) => {
      const small = checksumSmallOnes(folder, slice, algorithm, sums);
      others.push(...(await this.#runHere(ROOT, () => small, signal)));
    });
    await forEachConcurrently(others, concurrency, async (path) => {
      try {
        sums.set(path, await this.checksum(path, algorithm, { ...(signal && { signal }) }));
      } catch (error) {
        if (!isFileBackendError(error, 'NOT_FOUND') && !isFileBackendError(error, 'IS_DIRECTORY'))
          throw error;
      }
    });
    await this.#runUnqueued(ROOT, ({ checksums }) => checksums.save(), signal);
    return sums;
  }

  watch(path: BackendPath, options: DriverWatchOptions): AsyncIterable<VaultChange> {
    return explainingErrors(path, watchChanges(this.#open, path, options));
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    const { runner, state } = this.#open;
    const lock = await acquireLock(state.path, { ...options, name: this.name }, async () => {
      const directory = await runner.runUnqueued(state.open());
      const { path, realPath } = directory;
      return { runner, directory: { path, realPath, close: () => runner.runUnqueued(directory.close()) } };
    });
    const session: DriverSession = {
      // A session publishes nothing here, but one that lost the vault gets to know.
      commitOnSuccess: options.push !== false,
      commit: () => lock.assertHeld(),
      release: () => lock.release(),
    };
    tieSession(session, lock);
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder?.runner.runUnqueued(this.#folder.close());
  }

  get #open(): OpenFolder {
    if (this.#folder === undefined)
      throw backendError('CLOSED', 'The local driver is used before it was opened');
    return this.#folder;
  }

  /** For short work, whose calls are made on this thread where they are fast. */
  #runHere<T>(path: BackendPath, operation: OperationOn<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#explained(path, (folder) => folder.runner.runHere(operation(folder), signal));
  }

  /** For work that may take a while. */
  #runInPool<T>(path: BackendPath, operation: OperationOn<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#explained(path, (folder) => folder.runner.runInPool(operation(folder), signal));
  }

  #runUnqueued<T>(path: BackendPath, operation: OperationOn<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#explained(path, (folder) => folder.runner.runUnqueued(operation(folder), signal));
  }

  /** For work with a source: one that may wait for other operations on this folder must not hold a place in the queue meanwhile. */
  #runBySource<T>(
    path: BackendPath,
    source: ByteSource,
    operation: OperationOn<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return source instanceof Uint8Array
      ? this.#runInPool(path, operation, signal)
      : this.#runUnqueued(path, operation, signal);
  }

  /**
   * For work whose length is known only once it began: few bytes do not queue behind many, where fast calls are made on this thread.
   */
  async #runBySize<T>(
    path: BackendPath,
    operation: (folder: OpenFolder, limit: number) => Operation<T | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#open.runner.isOnThisThread) {
      const result = await this.#runUnqueued(path, (folder) => operation(folder, SMALL), signal);
      if (result !== undefined) return result;
    }
    const whole = (folder: OpenFolder): Operation<T | undefined> =>
      operation(folder, Number.POSITIVE_INFINITY);
    return (await this.#runInPool(path, whole, signal))!;
  }

  async #explained<T>(path: BackendPath, run: (folder: OpenFolder) => Promise<T>): Promise<T> {
    try {
      return await run(this.#open);
    } catch (error) {
      throw explainErrno(error, path);
    }
  }
}

type OperationOn<T> = (folder: OpenFolder) => Operation<T>;

async function* explainingErrors<T>(
  path: BackendPath,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, void> {
  try {
    yield* source;
  } catch (error) {
    throw explainErrno(error, path);
  }
}
