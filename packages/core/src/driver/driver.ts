import type { Capabilities } from '../capabilities.ts';
import type { ChecksumAlgorithm } from '../contents/checksum.ts';
import type { FileInfo } from '../file-info.ts';
import type { GlobPattern } from '../glob/pattern.ts';
import type { BackendPath } from '../paths/path.ts';
import type { SearchOptions, SearchResult } from '../search.ts';
import type { SyncDriver } from '../sync.ts';

/** What every call of a driver carries. */
export interface DriverOptions {
  /** Reject with `signal.reason` and free everything; past the point of commit the call may finish. */
  readonly signal?: AbortSignal;
  /** The session the call belongs to, as this driver's `acquireSession` made it. */
  readonly session?: DriverSession;
}

/** A range of bytes; what lies past the end is just not there. */
export interface ReadRange {
  /** First byte. Default 0. */
  readonly offset?: number;
  /** Number of bytes. Default: to the end. */
  readonly length?: number;
}

/** Options of `stat`. */
export interface StatOptions extends DriverOptions {
  /** The caller wants to know all that can be found out, not just what is there: dates that cost extra are worth it. */
  readonly everything?: boolean;
}

/** What a write expects to find, so that no driver has to look first. */
export interface WriteOptions extends DriverOptions {
  readonly ifExists: 'fail' | 'replace';
  readonly ifMissing: 'create' | 'fail';
  /** Write only if the file's etag is this, else `PRECONDITION_FAILED`. */
  readonly ifMatch?: string;
}

/** What an append expects to find: a file, and maybe a version of it. */
export interface AppendOptions extends DriverOptions {
  readonly ifMatch?: string;
}

/** What making a directory expects to find. */
export interface MakeDirectoryOptions extends DriverOptions {
  /** What an existing directory means: `ALREADY_EXISTS`, or leave it as it is. */
  readonly ifExists: 'fail' | 'keep';
}

/** What a removal expects to find. */
export interface RemoveOptions extends DriverOptions {
  readonly ifMatch?: string;
}

/** How deep a listing goes. */
export interface ListOptions extends DriverOptions {
  readonly recursive: boolean;
}

/** How many checksums are computed at a time. */
export interface DriverChecksumManyOptions extends DriverOptions {
  /** Files in work at the same time; `undefined` lets the driver choose. */
  readonly concurrency?: number;
}

/** Which of the paths that match are wanted. */
export interface DriverGlobOptions extends DriverOptions {
  readonly files: boolean;
  readonly directories: boolean;
}

/** How a session, or a push, publishes. */
export interface CommitOptions extends DriverOptions {
  readonly message?: string;
  /** Set on the commit that ends a body that succeeded, not on one that was called. */
  readonly onSuccess?: true;
}

/** How a session is waited for and begun. */
export interface AcquireSessionOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for whoever holds the session. */
  readonly timeout: number;
  /** Whether to bring the vault up to date first; `undefined`: as the backend is configured. */
  readonly pull?: boolean;
  /** Whether a successful body publishes at its end; `undefined`: as the backend is configured. */
  readonly push?: boolean;
}

/** The vault, held against other sessions until `release`. */
export interface DriverSession {
  /** Whether a body that succeeds is to be committed. */
  readonly commitOnSuccess: boolean;
  /** Publishes what was written so far; `LOCK_LOST` if the session is no longer held. */
  commit(options: CommitOptions): Promise<void>;
  /** Gives the vault back. Publishes nothing, and does not reject because the lock was lost. */
  release(): Promise<void>;
}

/** The bytes of a write: whole where the caller has them whole, else in chunks of any size, which can be read only once. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * What the author of a backend writes; core derives the rich `FileBackend` from it.
 *
 * Paths arrive normalised: relative, `/` between segments, no `.` or `..`, `''` for the root, which is only ever asked about and
 * listed. Errors leave as `FileBackendError`s (see `backendError`); whatever else is thrown becomes `UNKNOWN`. Calls may run at the
 * same time. Nothing is called after disposal, and disposal comes only when no call is running.
 */
export interface BackendDriver extends AsyncDisposable {
  /** `'local'`, `'git'`, `'acme-s3'`: for messages and logs. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** The first I/O, called once before anything else; again if it failed or was aborted, when that has ended. */
  open?(options: DriverOptions): Promise<void>;
  /** What is at `path`, symlinks followed; `undefined` if nothing is. */
  stat(path: BackendPath, options: StatOptions): Promise<FileInfo | undefined>;
  /** The bytes in blocks of any size, each the caller's to keep. Holds one version of the file from first block to last. */
  read(path: BackendPath, options: ReadRange & DriverOptions): AsyncIterable<Uint8Array>;
  /** All or nothing: the old content stays whole until the new one is. Makes missing parents. */
  write(path: BackendPath, source: ByteSource, options: WriteOptions): Promise<FileInfo>;
  /** Makes the directory and missing parents. */
  makeDirectory(path: BackendPath, options: MakeDirectoryOptions): Promise<FileInfo>;
  /** Removes a file, a symlink itself, or an empty directory. */
  remove(path: BackendPath, options: RemoveOptions): Promise<void>;
  /**
   * What is in the directory, symlinks not followed, in batches (a page, a directory, a few milliseconds of work): pre-order,
   * siblings by UTF-8 bytes. Beyond `path` and `fileType` an entry holds what is known without asking for each file.
   */
  list(path: BackendPath, options: ListOptions): AsyncIterable<readonly FileInfo[]>;

  // Optional: where a backend can do better than the derived form.

  /** A whole file or range at once; the result is the caller's to keep. */
  readFile?(path: BackendPath, options: ReadRange & DriverOptions): Promise<Uint8Array>;
  /** Adds to an existing file, all or nothing. Required where `append` is native. */
  append?(path: BackendPath, source: ByteSource, options: AppendOptions): Promise<FileInfo>;
  /** Copies one file. */
  copy?(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo>;
  /** Moves one file in one step. Required where `move` is native. */
  move?(from: BackendPath, to: BackendPath, options: WriteOptions): Promise<FileInfo>;
  /** Removes a directory with all that is in it. */
  removeTree?(path: BackendPath, options: DriverOptions): Promise<void>;
  /** Lower-case hex. */
  checksum?(path: BackendPath, algorithm: ChecksumAlgorithm, options: DriverOptions): Promise<string>;
  /** Lower-case hex by path; what is missing or a directory is left out. */
  checksumMany?(
    paths: readonly BackendPath[],
    algorithm: ChecksumAlgorithm,
    options: DriverChecksumManyOptions,
  ): Promise<Map<BackendPath, string>>;
  /** Paths that match, in any order; a symlink counts as what it points to and is not descended into. */
  glob?(pattern: GlobPattern, options: DriverGlobOptions): Promise<BackendPath[]>;
  /** Required where `search` is declared. */
  search?(query: string, options: SearchOptions & DriverOptions): Promise<SearchResult[]>;
  /** Holds the vault, waiting in order. Without it core queues the sessions on this driver object. */
  acquireSession?(options: AcquireSessionOptions): Promise<DriverSession>;
  /** For layers that watch or refuse what a session publishes through them. Default: `session.commit`. */
  commitSession?(session: DriverSession, options: CommitOptions): Promise<void>;
  /** Only where there is a remote to be in step with. */
  readonly sync?: SyncDriver;
}

/** A driver around a driver; see `layer`. */
export type DriverLayer = (inner: BackendDriver) => BackendDriver;
