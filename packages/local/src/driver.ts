import fs from 'node:fs';
import { resolve } from 'node:path';
import { type Capabilities, type ChecksumAlgorithm, type FileInfo, isFileBackendError } from '@f9/core';
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
  forEachConcurrently,
  type GlobPattern,
  type ListOptions,
  type MakeDirectoryOptions,
  moveByCopying,
  type ReadRange,
  type RemoveOptions,
  ROOT,
  type WriteOptions,
} from '@f9/core/driver';
import { makeDirectory, move, remove, removeTree } from './changes.ts';
import { checksum, checksumSmallOnes } from './checksums.ts';
import { ConfinedRoot } from './confined-root.ts';
import { explainErrno, hasErrno } from './errno.ts';
import { describe } from './file-stats.ts';
import { hasProc } from './filesystem.ts';
import { KnownChecksums } from './known-checksums.ts';
import { makeRoot } from './make-root.ts';
import { readBlocks, readFile } from './reading.ts';
import { type Operation, Runner } from './runner.ts';
import { isStagedBeside, StateDirectory } from './state-directory.ts';
import { SMALL } from './system-calls.ts';
import type { Durability, Vault } from './vault.ts';
import { acquireLock } from './vault-lock.ts';
import { glob, openListing } from './walk.ts';
import { append, copy, write } from './writing.ts';

export interface LocalFileBackendOptions {
  /** The folder; a relative path starts at the working directory of the moment. */
  readonly root: string;
  /** Make the folder if it is missing. Default true. */
  readonly createRoot?: boolean;
  /**
   * `'auto'`: on a local disk small operations run on this thread, which is several times faster, and leave the event loop after 2 ms;
   * everything else runs on the thread pool. `'async'`: all of it does. Default `'auto'`.
   */
  readonly io?: 'auto' | 'async';
  /** `'fsync'`: what was acknowledged survives a power cut. `'none'`: it survives a crash of the process. Default `'fsync'`. */
  readonly durability?: Durability;
  /** Where files are staged and the session lock is kept, on the same filesystem as the root. Default `.f9` in the root. */
  readonly stateDirectory?: string;
}

export interface LocalDriverOptions extends LocalFileBackendOptions {
  /** Names that are not part of the vault, at any depth: not listed, not matched, and no symlink leads to them. */
  readonly hides?: (name: string) => boolean;
}

const CAPABILITIES: Capabilities = {
  exclusiveCreate: 'native',
  ifMatch: 'emulated',
  append: 'emulated',
  move: 'native',
  search: false,
  symlinks: true,
  emptyDirectories: true,
  caseSensitive: process.platform !== 'win32' && process.platform !== 'darwin',
  consistency: 'strong',
  settleWithin: 0,
  lockScope: 'host',
  checksums: [],
  maxFileSize: undefined,
};

/** Files whose checksums are computed at the same time, where that is not done on this thread. */
const DEFAULT_CONCURRENCY = 8;

interface Opened {
  readonly vault: Vault;
  readonly runner: Runner;
}

/** A folder as a driver. */
export class LocalDriver implements BackendDriver {
  readonly name = 'local';
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly #options: LocalDriverOptions;
  readonly #rootPath: string;
  #opened: Opened | undefined;

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
      const runner = await Runner.for(io, path);
      const root = new ConfinedRoot({
        path,
        hasProc: await hasProc(path),
        hides: (name) => isStagedBeside(name) || hides?.(name) === true,
      });
      const state = new StateDirectory(root, stateDirectory && resolve(stateDirectory));
      await runner.run(state.clean());
      this.#opened = { runner, vault: { root, state, durability, checksums: new KnownChecksums(state) } };
    } catch (error) {
      throw explainOpening(error);
    }
  }

  async stat(path: BackendPath, { signal }: DriverOptions): Promise<FileInfo | undefined> {
    const stats = await this.#run('runShort', path, ({ root }) => root.stat(path), signal);
    return stats && describe(path, stats);
  }

  read(path: BackendPath, options: ReadRange & DriverOptions): AsyncIterable<Uint8Array> {
    const { runner, vault } = this.#open;
    return explainingErrors(path, readBlocks(runner, vault.root, path, options, options.signal));
  }

  readFile(path: BackendPath, options: ReadRange & DriverOptions): Promise<Uint8Array> {
    return this.#runBySize(path, ({ root }, limit) => readFile(root, path, options, limit), options.signal);
  }

  write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    const run = source instanceof Uint8Array ? 'runLong' : 'run';
    return this.#run(run, path, (vault) => write(vault, path, source, options), options.signal);
  }

  append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    const run = source instanceof Uint8Array ? 'runLong' : 'run';
    return this.#run(run, path, (vault) => append(vault, path, source, options), options.signal);
  }

  makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return this.#run('runShort', path, (vault) => makeDirectory(vault, path, options), options.signal);
  }

  remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    return this.#run('runShort', path, (vault) => remove(vault, path, options), options.signal);
  }

  removeTree(path: BackendPath, { signal }: DriverOptions): Promise<void> {
    return this.#run('runShort', path, (vault) => removeTree(vault, path), signal);
  }

  copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return this.#run('runLong', from, (vault) => copy(vault, from, to, options), options.signal);
  }

  async move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    const moved = await this.#run(
      'runShort',
      from,
      (vault) => move(vault, from, to, options),
      options.signal,
    );
    return moved ?? (await moveByCopying(this, from, to, options));
  }

  async *list(path: BackendPath, { recursive, signal }: ListOptions): AsyncIterable<readonly FileInfo[]> {
    const listing = await this.#run(
      'runShort',
      path,
      ({ root }) => openListing(root, path, recursive),
      signal,
    );
    while (true) {
      const batch = await this.#run('runShort', path, () => listing.batch(), signal);
      if (batch.length === 0) return;
      yield batch;
    }
  }

  glob(pattern: GlobPattern, options: DriverGlobOptions): Promise<BackendPath[]> {
    return this.#run('runShort', pattern.base, ({ root }) => glob(root, pattern, options), options.signal);
  }

  checksum(path: BackendPath, algorithm: ChecksumAlgorithm, { signal }: DriverOptions): Promise<string> {
    return this.#runBySize(path, (vault, limit) => checksum(vault, path, algorithm, limit, signal), signal);
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    { concurrency = DEFAULT_CONCURRENCY, signal }: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const { runner, vault } = this.#open;
    const sums = new Map<BackendPath, string>();
    const others: BackendPath[] = [];
    const sliceSize = runner.isOnThisThread ? paths.length : Math.ceil(paths.length / concurrency);
    const slices = Array.from({ length: concurrency }, (_, i) =>
      paths.slice(i * sliceSize, (i + 1) * sliceSize),
    );
    await forEachConcurrently(slices, concurrency, async (slice) => {
      const small = checksumSmallOnes(vault, slice, algorithm, sums);
      others.push(...(await this.#run('runShort', ROOT, () => small, signal)));
    });
    await forEachConcurrently(others, concurrency, async (path) => {
      try {
        sums.set(path, await this.checksum(path, algorithm, { ...(signal && { signal }) }));
      } catch (error) {
        if (!isFileBackendError(error, 'NOT_FOUND') && !isFileBackendError(error, 'IS_DIRECTORY'))
          throw error;
      }
    });
    await this.#run('run', ROOT, ({ checksums }) => checksums.save(), signal);
    return sums;
  }

  async acquireSession(options: AcquireSessionOptions): Promise<DriverSession> {
    const { runner, vault } = this.#open;
    const { state } = vault;
    const lock = await acquireLock(state.path, { ...options, name: this.name }, async () => {
      const directory = await runner.run(state.open());
      const { path, realPath } = directory;
      return { runner, place: { path, realPath, close: () => runner.run(directory.close()) } };
    });
    return {
      // Nothing is published, but whoever lost the vault gets to know.
      commitOnSuccess: options.push !== false,
      commit: () => lock.assertHeld(),
      release: () => lock.release(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Between operations nothing is held but what was hashed.
    if (this.#opened !== undefined) await this.#opened.runner.run(this.#opened.vault.checksums.save());
  }

  get #open(): Opened {
    if (this.#opened === undefined)
      throw backendError('CLOSED', 'The local driver is used before it was opened');
    return this.#opened;
  }

  async #run<T>(
    how: 'run' | 'runShort' | 'runLong',
    path: BackendPath,
    operation: (vault: Vault) => Operation<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { runner, vault } = this.#open;
    try {
      return await runner[how](operation(vault), signal);
    } catch (error) {
      throw explainErrno(error, path);
    }
  }

  /** Where fast calls are made on this thread, few bytes do not wait for whoever works on many. */
  async #runBySize<T>(
    path: BackendPath,
    operation: (vault: Vault, limit: number) => Operation<T | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#open.runner.isOnThisThread) {
      const result = await this.#run('run', path, (vault) => operation(vault, SMALL), signal);
      if (result !== undefined) return result;
    }
    const whole = (vault: Vault): Operation<T | undefined> => operation(vault, Number.POSITIVE_INFINITY);
    return (await this.#run('runLong', path, whole, signal))!;
  }
}

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

function explainOpening(error: unknown): unknown {
  if (hasErrno(error, 'ENOENT')) {
    return backendError(
      'NOT_FOUND',
      'The root of the vault does not exist; make it, or leave createRoot at true',
      {
        cause: error,
      },
    );
  }
  if (hasErrno(error, 'ENOTDIR', 'EEXIST')) return notAFolder(error);
  return explainErrno(error, '');
}

function notAFolder(cause?: unknown): Error {
  return backendError('NOT_DIRECTORY', 'The root of the vault is no directory; name a folder', { cause });
}

/** @throws `INVALID_ARGUMENT` */
function assertOptions({ root, io, durability, stateDirectory }: LocalDriverOptions): void {
  if (typeof root !== 'string' || root === '') throw invalid('root must be the path of a folder');
  if (io !== undefined && io !== 'auto' && io !== 'async') throw invalid("io must be 'auto' or 'async'");
  if (durability !== undefined && durability !== 'none' && durability !== 'fsync') {
    throw invalid("durability must be 'none' or 'fsync'");
  }
  if (stateDirectory !== undefined && (typeof stateDirectory !== 'string' || stateDirectory === '')) {
    throw invalid('stateDirectory must be the path of a folder');
  }
}

function invalid(message: string): Error {
  return backendError('INVALID_ARGUMENT', message);
}
