import fs from 'node:fs';
import { resolve } from 'node:path';
import {
  type AcquireSessionOptions,
  type AppendOptions,
  type BackendDriver,
  type BackendPath,
  type ByteSource,
  backendError,
  type Capabilities,
  type ChecksumAlgorithm,
  type DriverChecksumManyOptions,
  type DriverGlobOptions,
  type DriverOptions,
  type DriverSession,
  type FileInfo,
  forEachConcurrently,
  type GlobPattern,
  isFileBackendError,
  type ListOptions,
  type MakeDirectoryOptions,
  type ReadRange,
  type RemoveOptions,
  type WriteOptions,
} from '@f9/core';
import { allocate } from './blocks.ts';
import { makeDirectory, move, remove, removeTree } from './changes.ts';
import { checksum } from './checksums.ts';
import { ConfinedRoot } from './confined-root.ts';
import { explainErrno, hasErrno } from './errno.ts';
import { describe } from './file-stats.ts';
import { hasProc } from './filesystem.ts';
import { readBlocks, readFile } from './reading.ts';
import { type Operation, Runner } from './runner.ts';
import { StateDirectory } from './state-directory.ts';
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

/** Large files whose checksums are computed at the same time. */
const DEFAULT_CONCURRENCY = 4;

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
      if (createRoot) await fs.promises.mkdir(this.#rootPath, { recursive: true });
      const path = await fs.promises.realpath(this.#rootPath);
      const runner = await Runner.for(io, path);
      const root = new ConfinedRoot({ path, hasProc: await hasProc(path), hides: hides ?? (() => false) });
      const state = new StateDirectory(root, stateDirectory && resolve(stateDirectory));
      await runner.run(state.clean());
      this.#opened = { runner, vault: { root, state, durability } };
    } catch (error) {
      throw explainOpening(error);
    }
  }

  async stat(path: BackendPath, { signal }: DriverOptions): Promise<FileInfo | undefined> {
    const stats = await this.#run(path, ({ root }) => root.stat(path), signal);
    return stats && describe(path, stats);
  }

  read(path: BackendPath, options: ReadRange & DriverOptions): AsyncIterable<Uint8Array> {
    const { runner, vault } = this.#open;
    return explainingErrors(path, readBlocks(runner, vault.root, path, options, options.signal));
  }

  readFile(path: BackendPath, options: ReadRange & DriverOptions): Promise<Uint8Array> {
    return this.#run(path, ({ root }) => readFile(root, path, options), options.signal);
  }

  write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo> {
    return this.#run(path, (vault) => write(vault, path, source, options), options.signal);
  }

  append(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo> {
    return this.#run(path, (vault) => append(vault, path, source, options), options.signal);
  }

  makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo> {
    return this.#run(path, (vault) => makeDirectory(vault, path, options), options.signal);
  }

  remove(path: BackendPath, options: RemoveOptions): Promise<void> {
    return this.#run(path, (vault) => remove(vault, path, options), options.signal);
  }

  removeTree(path: BackendPath, { signal }: DriverOptions): Promise<void> {
    return this.#run(path, (vault) => removeTree(vault, path), signal);
  }

  copy(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return this.#run(from, (vault) => copy(vault, from, to, options), options.signal);
  }

  move(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo> {
    return this.#run(from, (vault) => move(vault, from, to, options), options.signal);
  }

  async *list(path: BackendPath, { recursive, signal }: ListOptions): AsyncIterable<readonly FileInfo[]> {
    const listing = await this.#run(path, ({ root }) => openListing(root, path, recursive), signal);
    while (true) {
      const batch = await this.#run(path, () => listing.batch(), signal);
      if (batch.length === 0) return;
      yield batch;
    }
  }

  glob(pattern: GlobPattern, options: DriverGlobOptions): Promise<BackendPath[]> {
    return this.#run(pattern.base, ({ root }) => glob(root, pattern, options), options.signal);
  }

  checksum(path: BackendPath, algorithm: ChecksumAlgorithm, { signal }: DriverOptions): Promise<string> {
    return this.#run(path, ({ root }) => checksum(root, path, algorithm, allocate(SMALL), signal), signal);
  }

  async checksumMany(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    { concurrency = DEFAULT_CONCURRENCY, signal }: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>> {
    const sums = new Map<BackendPath, string>();
    const scratches: Uint8Array[] = [];
    await forEachConcurrently(paths, concurrency, async (path) => {
      const scratch = scratches.pop() ?? allocate(SMALL);
      try {
        sums.set(
          path,
          await this.#run(path, ({ root }) => checksum(root, path, algorithm, scratch, signal), signal),
        );
      } catch (error) {
        if (!isFileBackendError(error, 'NOT_FOUND') && !isFileBackendError(error, 'IS_DIRECTORY'))
          throw error;
      } finally {
        scratches.push(scratch);
      }
    });
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
    // Between operations nothing is held.
  }

  get #open(): Opened {
    if (this.#opened === undefined)
      throw backendError('CLOSED', 'The local driver is used before it was opened');
    return this.#opened;
  }

  async #run<T>(
    path: BackendPath,
    operation: (vault: Vault) => Operation<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { runner, vault } = this.#open;
    try {
      return await runner.run(operation(vault), signal);
    } catch (error) {
      throw explainErrno(error, path);
    }
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
  if (hasErrno(error, 'ENOTDIR', 'EEXIST')) {
    return backendError('NOT_DIRECTORY', 'The root of the vault is no directory; name a folder', {
      cause: error,
    });
  }
  return explainErrno(error, '');
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
