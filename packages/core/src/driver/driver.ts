import type { Capabilities } from '../capabilities.ts';
import type { VaultChange, VaultChanges } from '../changes.ts';
import type { ChecksumAlgorithm } from '../contents/checksum.ts';
import type { ByteSource } from '../contents/content.ts';
import type { FileInfo } from '../file-info.ts';
import type { GlobPattern } from '../glob/pattern.ts';
import type { FileVersion } from '../history.ts';
import type { BackendPath } from '../paths/path.ts';
import type { SearchOptions, SearchResult } from '../search.ts';
import type { SyncDriver } from '../sync.ts';
import type {
  AcquireSessionOptions,
  AppendOptions,
  CommitOptions,
  DriverChecksumManyOptions,
  DriverGlobOptions,
  DriverHistoryOptions,
  DriverOptions,
  DriverReadOptions,
  DriverSession,
  DriverWatchOptions,
  FileToRemove,
  FileToWrite,
  ListOptions,
  MakeDirectoryOptions,
  RemoveOptions,
  RemoveResults,
  StatOptions,
  TransferTreeOptions,
  WriteOptions,
  WriteResults,
} from './options.ts';

/**
 * The interface that authors of backends implement; core derives the rich `FileBackend` from it.
 *
 * Paths arrive normalised: relative, `/` between segments, no `.` or `..`, `''` for the root, which is only ever asked about and
 * listed. Errors leave as `FileBackendError`s (see `backendError`); whatever else is thrown becomes `UNKNOWN`. Calls may run at the
 * same time. Nothing is called after disposal, and disposal comes only when no call is running.
 */
export interface BackendDriver extends AsyncDisposable {
  /** `'local'`, `'git'`, `'acme-s3'`: for messages and logs. */
  readonly name: string;
  /** Its promises and limits. */
  readonly capabilities: Capabilities;
  /** The first I/O, called once before anything else; called again once an opening failed or was aborted. */
  open?(options: DriverOptions): Promise<void>;
  /** Information on `path`, symlinks followed; `undefined` where nothing is there. */
  stat(path: BackendPath, options: StatOptions): Promise<FileInfo | undefined>;
  /** The bytes in blocks of any size, each the caller's to keep. Holds one version of the file from first block to last. */
  read(path: BackendPath, options: DriverReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Writes a file, all or nothing: the old content stays whole until the new one is. Makes missing parents. The result may hold the
   * file's `checksum` (sha256), where the store compared it with what it stores.
   */
  write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo>;
  /** Makes the directory and missing parents. */
  makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo>;
  /** Removes a file, a symlink itself, or an empty directory. */
  remove(path: BackendPath, options: RemoveOptions): Promise<void>;
  /**
   * Entries of the directory, symlinks not followed, in batches (a page, a directory, a few milliseconds of work): pre-order,
   * siblings by UTF-8 bytes. Beyond `path` and `fileType` an entry holds what is known without asking for each file, and its etag
   * where `etags` asks for it.
   */
  list(path: BackendPath, options: ListOptions): AsyncIterable<readonly FileInfo[]>;

  // Optional: where a backend can do better than the derived form.

  /** A whole file or range at once; the result is the caller's to keep. */
  readFile?(path: BackendPath, options: DriverReadOptions): Promise<Uint8Array>;
  /** Adds to an existing file, all or nothing. Required where `append` is native. */
  append?(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo>;
  /** Copies one file. */
  copy?(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo>;
  /** Moves one file in one step. Required where `move` is native. */
  move?(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo>;
  /** Removes a directory with all that is in it. */
  removeTree?(path: BackendPath, options: DriverOptions): Promise<void>;
  /** Copies a directory with all that is in it; after a failure the same call again completes `to`. */
  copyTree?(from: BackendPath, to: BackendPath, options: TransferTreeOptions): Promise<FileInfo>;
  /** Moves a directory with all that is in it; every file is at its source until it is whole at its target. */
  moveTree?(from: BackendPath, to: BackendPath, options: TransferTreeOptions): Promise<FileInfo>;
  /** Information on each path, as `stat` gives it, in the order of the paths. */
  statMany?(
    paths: readonly BackendPath[],
    options: DriverOptions,
  ): Promise<readonly (FileInfo | undefined)[]>;
  /** Writes each file as `write` does; rejects only where none can be written, or when aborted. */
  writeMany?(files: readonly FileToWrite[], options: DriverOptions): Promise<WriteResults>;
  /** Removes each as `remove` does, empty directories too; rejects only where none can be removed, or when aborted. */
  removeMany?(files: readonly FileToRemove[], options: DriverOptions): Promise<RemoveResults>;
  /** The checksum of a file, in lower-case hex. */
  checksum?(path: BackendPath, algorithm: ChecksumAlgorithm, options: DriverOptions): Promise<string>;
  /** Checksums by path, in lower-case hex; missing files and directories are left out. */
  checksumMany?(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    options: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>>;
  /** Paths that match, in any order; a symlink counts as what it points to and is not descended into. */
  glob?(pattern: GlobPattern, options: DriverGlobOptions): Promise<BackendPath[]>;
  /** Like `glob`, with the information that the same walk gives. */
  globInfo?(pattern: GlobPattern, options: DriverGlobOptions): Promise<FileInfo[]>;
  /** The path that `path` leads to once symlinks are followed, missing names as they are; required where `symlinks` is declared. */
  realPath?(path: BackendPath, options: DriverOptions): Promise<BackendPath>;
  /** Promises at a path, where they differ from place to place. Default: `capabilities`. */
  capabilitiesAt?(path: BackendPath): Capabilities;
  /** The versions of a file, newest first, also of one that is gone. Required where `versions` is declared. */
  history?(path: BackendPath, options: DriverHistoryOptions): AsyncIterable<FileVersion>;
  /** Changes at and below a directory, at least once each, until the signal aborts. Required where `watch` is native. */
  watch?(path: BackendPath, options: DriverWatchOptions): AsyncIterable<VaultChange>;
  /** Changes since `cursor`; without one, no changes and a cursor for now. Required where `changes` is declared. */
  changesSince?(cursor: string | undefined, options: DriverOptions): Promise<VaultChanges>;
  /** Files that answer a query, best first. Required where `search` is declared. */
  search?(query: string, options: SearchOptions & DriverOptions): Promise<SearchResult[]>;
  /** Holds the vault, waiting in order. Without it core queues the sessions on this driver object. */
  acquireSession?(options: AcquireSessionOptions): Promise<DriverSession>;
  /** Publishes a session through a layer, which may watch or refuse it. Default: `session.commit`. */
  commitSession?(session: DriverSession, options: CommitOptions): Promise<void>;
  /** The part that keeps in step with a remote, where there is one. */
  readonly sync?: SyncDriver;
}

/** A driver around a driver; see `layer`. */
export type DriverLayer = (inner: BackendDriver) => BackendDriver;
