import type { Capabilities } from './capabilities.ts';
import type { VaultChange, VaultChanges } from './changes.ts';
import type { ChecksumAlgorithm } from './contents/checksum.ts';
import type { ChunkSource, Content } from './contents/content.ts';
import type { BackendDriver } from './driver/driver.ts';
import type { ReadRange, SkippedName } from './driver/options.ts';
import type { FileInfo, ListedFile, ListedInfo } from './file-info.ts';
import type { FileVersion } from './history.ts';
import type { SearchOptions, SearchResult } from './search.ts';
import type { SyncConflict } from './sync.ts';

/** Bytes per chunk of `streamRead`. */
export const DEFAULT_CHUNK_SIZE = 8192;
/** Milliseconds that `syncSession` waits for whoever holds the vault. */
export const DEFAULT_SESSION_TIMEOUT = 30_000;
/** Milliseconds that disposal waits for what is still running. */
export const DEFAULT_DISPOSE_TIMEOUT = 30_000;
/** Milliseconds between two looks of a `watch` that is polled. */
export const DEFAULT_WATCH_INTERVAL = 1000;

/** Options that every backend takes beside its own. */
export interface BackendOptions {
  /**
   * Milliseconds that disposal waits for what is still running; then it rejects with `TIMEOUT`, says what was pending, and frees the
   * rest. Default 30,000.
   */
  readonly disposeTimeout?: number | undefined;
}

/** Options that every operation takes. A name that the operation does not know is `INVALID_ARGUMENT`. */
export interface OperationOptions {
  /** Aborts the operation: it rejects with `signal.reason` and frees everything. */
  readonly signal?: AbortSignal | undefined;
}

/** A range of bytes; one that reaches past the end gives the bytes that there are. */
export type ByteRange = ReadRange;

/**
 * Write only if the target is still the version with this `FileInfo.etag`, else `PRECONDITION_FAILED`. Given as `undefined` it is
 * `INVALID_ARGUMENT`: it would protect nothing.
 */
interface Conditional {
  readonly ifMatch?: string;
}

/** Permissions of a file that is written. */
interface Permitted {
  /**
   * Permission bits of the file, for example `0o755`, as far as the backend keeps any; never wider than said. Default: the backend's, or
   * those of the file that is replaced.
   */
  readonly permissions?: number | undefined;
}

/** Options of `create`. */
export interface CreateOptions extends OperationOptions, Conditional, Permitted {
  /** Default: empty. */
  readonly data?: Content | undefined;
  /** Make a directory; it takes no data. Default false. */
  readonly isDirectory?: boolean | undefined;
  /** Default false: an existing path is `ALREADY_EXISTS`. */
  readonly overwrite?: boolean | undefined;
}

/** Options of `read` for bytes. */
export interface ReadOptions extends ByteRange, OperationOptions {
  /** Bytes, which is the default. */
  readonly binary?: true | undefined;
  /** A `FileVersion.version`. Default: the present. */
  readonly version?: string | undefined;
}

/** Options of `read` for text: strict UTF-8, else `INVALID_TEXT`. */
export interface ReadTextOptions extends ByteRange, OperationOptions {
  /** Text, decoded as UTF-8; what is not is `INVALID_TEXT`. */
  readonly binary: false;
  /** A `FileVersion.version`. Default: the present. */
  readonly version?: string | undefined;
}

/** Options of `update`. */
export interface UpdateOptions extends OperationOptions, Conditional, Permitted {
  /** The new content. */
  readonly data: Content;
  /** Default false: the whole content is replaced. */
  readonly append?: boolean | undefined;
  /** With `append`: make the file where it is missing. Default false: `NOT_FOUND`. */
  readonly create?: boolean | undefined;
}

/** Options of `edit`. */
export interface EditOptions extends OperationOptions, Conditional {}

/** The new content of an edited file, or `undefined` to leave it as it is. */
export type EditedContent = Uint8Array | string | undefined;

/** Options of `delete`. */
export interface DeleteOptions extends OperationOptions, Conditional {
  /** Default false: a directory that is not empty is `DIRECTORY_NOT_EMPTY`. */
  readonly recursive?: boolean | undefined;
}

/** Options of `info`. */
export interface InfoOptions extends OperationOptions {
  /** Also compute this checksum. */
  readonly checksum?: ChecksumAlgorithm | undefined;
  /** Also look at the first 64 KiB to tell the text encoding. */
  readonly detectEncoding?: boolean | undefined;
}

/** Options of `list`. */
export interface ListDirectoryOptions extends OperationOptions {
  /** Default false: direct children only. */
  readonly recursive?: boolean | undefined;
  /** With `recursive`: how many names below the directory an entry may have, from 1. Default: any number. */
  readonly maxDepth?: number | undefined;
  /**
   * Every file comes with its `etag`, which some backends must ask for, and with the sha256 of that version as its `checksum` where it
   * is known already. Default false.
   */
  readonly etags?: boolean | undefined;
  /** Told of every entry that is left out because its name cannot be a path. */
  readonly onSkipped?: ((entry: SkippedName) => void) | undefined;
}

/** Options of `copy` and `move`. */
export interface TransferOptions extends OperationOptions, Conditional {
  /** Default false: an existing target is `ALREADY_EXISTS`. Directories are merged. */
  readonly overwrite?: boolean | undefined;
}

/** Options of `streamRead` for bytes: every chunk but the last has `chunkSize`. */
export interface StreamReadOptions extends ByteRange, OperationOptions {
  /** Bytes per chunk, a positive integer. Default 8192. */
  readonly chunkSize?: number | undefined;
  /** Bytes, which is the default. */
  readonly binary?: true | undefined;
  /** A `FileVersion.version`. Default: the present. */
  readonly version?: string | undefined;
}

/** Options of `streamRead` for text: strict UTF-8 across chunk borders, no chunk empty. */
export interface StreamReadTextOptions extends ByteRange, OperationOptions {
  /** Bytes decoded at a time, a positive integer. Default 8192. */
  readonly chunkSize?: number | undefined;
  /** Text, decoded as UTF-8; what is not is `INVALID_TEXT`. */
  readonly binary: false;
  /** A `FileVersion.version`. Default: the present. */
  readonly version?: string | undefined;
}

/** Options of `streamWrite`. */
export interface StreamWriteOptions extends OperationOptions, Conditional, Permitted {
  /** The content in pieces; it is read as fast as it can be written. */
  readonly chunkSource: ChunkSource;
  /** Regroup the source into pieces of this many bytes. Default: as they come. */
  readonly chunkSize?: number | undefined;
  /** Default false: an existing file is `ALREADY_EXISTS`. */
  readonly overwrite?: boolean | undefined;
}

/** Options of `checksum`. */
export interface ChecksumOptions extends OperationOptions {
  /** Default `sha256`. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
}

/** Options of `checksumMany`. */
export interface ChecksumManyOptions extends ChecksumOptions {
  /** Files in work at the same time. */
  readonly concurrency?: number | undefined;
}

/** Options of `globFiles` and `globDirs`. */
export interface GlobFilesOptions extends OperationOptions {
  /** Let wildcards match a leading dot. Default false. */
  readonly dot?: boolean | undefined;
  /** Patterns of what to leave out; one that ends in a plain name leaves out what lies below it as well. */
  readonly ignore?: readonly string[] | undefined;
}

/** Options of `glob` and `globInfo`. */
export interface GlobOptions extends GlobFilesOptions {
  /** Default false: files only. */
  readonly includeDirs?: boolean | undefined;
}

/** Options of `history`. */
export interface HistoryOptions extends OperationOptions {
  /** Versions at most. Default: all. */
  readonly limit?: number | undefined;
  /** Go on under the name that the file had before it was renamed. Default false. */
  readonly followRenames?: boolean | undefined;
}

/** Options of `restore`. */
export interface RestoreOptions extends OperationOptions, Conditional {
  /** A `FileVersion.version`. */
  readonly version: string;
}

/** Options of `watch`. */
export interface WatchOptions extends OperationOptions {
  /** Milliseconds between two looks where `capabilities.watch` is `'polled'`. Default 1000. */
  readonly interval?: number | undefined;
  /** Called once the watch is in place: what changes from then on is told. */
  readonly onReady?: (() => void) | undefined;
}

/** Options of `syncSession`. */
export interface SessionOptions extends OperationOptions {
  /** Milliseconds to wait for the session that is running. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Pull at the start. Default: the backend's `autoPull`. */
  readonly pull?: boolean | undefined;
  /** Commit and push after success. Default: the backend's `autoPush`. */
  readonly push?: boolean | undefined;
}

/** Options of `commit`, `push` and `sync`. */
export interface PublishOptions extends OperationOptions {
  /** The commit message. Default: the backend's. */
  readonly message?: string | undefined;
}

/** A vault: files in one place, whatever the place is. Every call has the same result, or the same error, on every backend. */
export interface FileBackend extends AsyncDisposable {
  /** `'local'`, `'git'`: for messages and logs. */
  readonly name: string;
  /** Promises of this vault, and its limits. */
  readonly capabilities: Capabilities;
  /** The driver below, for layers and mounts to wrap. */
  readonly driver: BackendDriver;

  /** Makes a file, or a directory, and the directories above it. */
  create(path: string, options?: CreateOptions): Promise<FileInfo>;
  /** The whole file or a range of it, in bytes: as bytes, or as text with `binary: false`. No encoding is options, though it has a length. */
  read(path: string, options?: ReadOptions & object): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  /** Replaces the content of a file, or adds to it. */
  update(path: string, options: UpdateOptions): Promise<FileInfo>;
  /**
   * Reads a file, gives its bytes to `change` and writes the result; edits of one file happen in the order of arrival. `undefined`
   * leaves the file as it is. Where somebody else wrote in between, `change` runs again on the new bytes, at most 30 times, then
   * `BUSY`; with `ifMatch` it never runs again.
   */
  edit(
    path: string,
    change: (bytes: Uint8Array) => EditedContent | Promise<EditedContent>,
    options?: EditOptions,
  ): Promise<FileInfo>;
  /** Removes a file, or a directory. */
  delete(path: string, options?: DeleteOptions): Promise<void>;
  /** Information on a path, symlinks followed; `NOT_FOUND` where nothing is there. */
  info(path: string, options?: InfoOptions): Promise<FileInfo>;
  /** Whether anything is at a path. */
  exists(path: string, options?: OperationOptions): Promise<boolean>;
  /** Entries of a directory in pre-order, siblings by UTF-8 bytes, directories included. Default path: the root. */
  list(
    path: string | undefined,
    options: ListDirectoryOptions & { readonly etags: true },
  ): AsyncIterable<ListedFile>;
  list(path?: string, options?: ListDirectoryOptions): AsyncIterable<ListedInfo>;
  /** Copies a file, or a directory with all that is in it. */
  copy(from: string, to: string, options?: TransferOptions): Promise<FileInfo>;
  /** Moves a file, or a directory with all that is in it; nothing is ever at neither place. */
  move(from: string, to: string, options?: TransferOptions): Promise<FileInfo>;
  /** The file in chunks, one version of it from first to last; opens at the first pull. */
  streamRead(path: string, options?: StreamReadOptions & object): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  /** Writes a file from chunks, all or nothing. */
  streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo>;
  /** The checksum of a file, in lower-case hex. */
  checksum(path: string, options?: ChecksumOptions): Promise<string>;
  /** Checksums of many files, keyed by the paths as given; missing files and directories are left out. */
  checksumMany(paths: Iterable<string>, options?: ChecksumManyOptions): Promise<Map<string, string>>;
  /** Paths that match, sorted by UTF-8 bytes. */
  glob(pattern: string, options?: GlobOptions): Promise<string[]>;
  /** Like `glob`, for files. */
  globFiles(pattern: string, options?: GlobFilesOptions): Promise<string[]>;
  /** Like `glob`, for directories. */
  globDirs(pattern: string, options?: GlobFilesOptions): Promise<string[]>;
  /** Like `glob`, with kinds and sizes from the same walk. */
  globInfo(pattern: string, options?: GlobOptions): Promise<ListedInfo[]>;
  /** Files that answer a query, best first; `UNSUPPORTED` where `capabilities.search` is false. */
  search(query: string, options?: SearchOptions & OperationOptions): Promise<SearchResult[]>;
  /** The versions of a file, newest first, also of one that is gone; `UNSUPPORTED` where `capabilities.versions` is false. */
  history(path: string, options?: HistoryOptions): AsyncIterable<FileVersion>;
  /** Writes a version of a file as its present; `UNSUPPORTED` where `capabilities.versions` is false. */
  restore(path: string, options: RestoreOptions): Promise<FileInfo>;
  /**
   * Changes at and below a path, one's own included: each is told at least once, several to one path joined. Rejects with
   * `signal.reason` when `signal` aborts. Default path: the root.
   */
  watch(path?: string, options?: WatchOptions): AsyncIterable<VaultChange>;
  /** Changes since a cursor; without one, no changes and a cursor for now. `UNSUPPORTED` where `capabilities.changes` is false. */
  changesSince(cursor: string | undefined, options?: OperationOptions): Promise<VaultChanges>;
  /**
   * A session as an object, for `await using`. Only calls on it belong to the session, and nothing is published without `commit()`.
   */
  syncSession(options?: SessionOptions): Promise<SyncSession>;
  /** A session for as long as `body` runs. This backend's own operations in it belong to the session too. */
  syncSession<T>(body: (session: SyncSession) => Promise<T>, options?: SessionOptions): Promise<T>;
  /** The same as `[Symbol.asyncDispose]`: fails open streams, waits for what runs, releases everything. */
  close(): Promise<void>;
}

/** A vault held against other sessions, pulls and pushes. */
export interface SyncSession extends FileBackend {
  /** The version of the whole vault that the session reads, where there is one: git's commit. */
  readonly version: string | undefined;
  /** Publishes what was written so far. */
  commit(options?: PublishOptions): Promise<void>;
}

/** A backend that is kept in step with a remote. */
export interface SyncFileBackend extends FileBackend {
  /** Publishes what was written here. */
  push(options?: PublishOptions): Promise<void>;
  /** Brings in what others published. */
  pull(options?: OperationOptions): Promise<void>;
  /** Pull, then push. */
  sync(options?: PublishOptions): Promise<void>;
  /** Conflicts: changes of both sides that could not be joined. */
  conflictReport(options?: OperationOptions): Promise<SyncConflict[]>;
  /** Keeps this vault's version. */
  conflictAcceptLocal(path: string, options?: OperationOptions): Promise<void>;
  /** Keeps the remote's version. */
  conflictAcceptRemote(path: string, options?: OperationOptions): Promise<void>;
  /** Keeps this vault's version and puts the remote's beside it under a name that says so. */
  conflictKeepBoth(path: string, options?: OperationOptions): Promise<void>;
  /** Keeps content of the caller's. */
  conflictResolve(path: string, options: { readonly data: Content } & OperationOptions): Promise<void>;
}

/** Whether `backend` can pull and push; a session object cannot, whatever it is a session of. */
export function isSyncFileBackend(backend: FileBackend): backend is SyncFileBackend {
  return backend.driver.sync !== undefined && 'pull' in backend;
}
