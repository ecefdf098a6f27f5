import type { Capabilities } from './capabilities.ts';
import type { ChecksumAlgorithm } from './contents/checksum.ts';
import type { ChunkSource, Content } from './contents/content.ts';
import type { BackendDriver, ReadRange } from './driver/driver.ts';
import type { FileInfo } from './file-info.ts';
import type { SearchOptions, SearchResult } from './search.ts';
import type { SyncConflict } from './sync.ts';

/** Bytes per chunk of `streamRead`. */
export const DEFAULT_CHUNK_SIZE = 8192;
/** Milliseconds that `syncSession` waits for whoever holds the vault. */
export const DEFAULT_SESSION_TIMEOUT = 30_000;

/** What every operation takes. */
export interface OperationOptions {
  /** Aborts the operation: it rejects with `signal.reason` and frees everything. */
  readonly signal?: AbortSignal;
}

/** A range of bytes; past the end there are just fewer. */
export type ByteRange = ReadRange;

/** Write only if the target is still the version with this `FileInfo.etag`, else `PRECONDITION_FAILED`. */
interface Conditional {
  readonly ifMatch?: string;
}

/** Options of `create`. */
export interface CreateOptions extends OperationOptions, Conditional {
  /** Default: empty. */
  readonly data?: Content;
  readonly isDirectory?: boolean;
  /** Default false: an existing path is `ALREADY_EXISTS`. */
  readonly overwrite?: boolean;
}

/** Options of `read` for bytes. */
export interface ReadOptions extends ByteRange, OperationOptions {
  readonly binary?: true;
}

/** Options of `read` for text: strict UTF-8, else `INVALID_TEXT`. */
export interface ReadTextOptions extends OperationOptions {
  readonly binary: false;
}

/** Options of `update`. */
export interface UpdateOptions extends OperationOptions, Conditional {
  readonly data: Content;
  readonly append?: boolean;
}

/** Options of `delete`. */
export interface DeleteOptions extends OperationOptions, Conditional {
  /** Default false: a directory that is not empty is `DIRECTORY_NOT_EMPTY`. */
  readonly recursive?: boolean;
}

/** Options of `info`. */
export interface InfoOptions extends OperationOptions {
  /** Also compute this checksum. */
  readonly checksum?: ChecksumAlgorithm;
  /** Also look at the first 64 KiB to tell the text encoding. */
  readonly detectEncoding?: boolean;
}

/** Options of `list`. */
export interface ListDirectoryOptions extends OperationOptions {
  /** Default false: direct children only. */
  readonly recursive?: boolean;
}

/** Options of `copy` and `move`. */
export interface TransferOptions extends OperationOptions, Conditional {
  /** Default false: an existing target is `ALREADY_EXISTS`. Directories are merged. */
  readonly overwrite?: boolean;
}

/** Options of `streamRead` for bytes: every chunk but the last has `chunkSize`. */
export interface StreamReadOptions extends ByteRange, OperationOptions {
  /** Bytes per chunk, a positive integer. Default 8192. */
  readonly chunkSize?: number;
  readonly binary?: true;
}

/** Options of `streamRead` for text: strict UTF-8 across chunk borders, no chunk empty. */
export interface StreamReadTextOptions extends ByteRange, OperationOptions {
  /** Bytes decoded at a time, a positive integer. Default 8192. */
  readonly chunkSize?: number;
  readonly binary: false;
}

/** Options of `streamWrite`. */
export interface StreamWriteOptions extends OperationOptions, Conditional {
  readonly chunkSource: ChunkSource;
  /** Regroup the source into pieces of this many bytes. Default: as they come. */
  readonly chunkSize?: number;
  readonly overwrite?: boolean;
}

/** Options of `checksum`. */
export interface ChecksumOptions extends OperationOptions {
  /** Default `sha256`. */
  readonly algorithm?: ChecksumAlgorithm;
}

/** Options of `checksumMany`. */
export interface ChecksumManyOptions extends ChecksumOptions {
  /** Files in work at the same time. */
  readonly concurrency?: number;
}

/** Options of `globFiles` and `globDirs`. */
export interface GlobFilesOptions extends OperationOptions {
  /** Let wildcards match a leading dot. Default false. */
  readonly dot?: boolean;
  /** Patterns of what to leave out; one that ends in a plain name leaves out what lies below it as well. */
  readonly ignore?: readonly string[];
}

/** Options of `glob`. */
export interface GlobOptions extends GlobFilesOptions {
  /** Default false: files only. */
  readonly includeDirs?: boolean;
}

/** Options of `syncSession`. */
export interface SessionOptions extends OperationOptions {
  /** Milliseconds to wait for the session that is running. Default 30,000. */
  readonly timeout?: number;
  /** Pull at the start. Default: the backend's `autoPull`. */
  readonly pull?: boolean;
  /** Commit and push after success. Default: the backend's `autoPush`. */
  readonly push?: boolean;
}

/** Options of `commit`, `push` and `sync`. */
export interface PublishOptions extends OperationOptions {
  /** The commit message. Default: the backend's. */
  readonly message?: string;
}

/** Files in one place, whatever the place is. Every backend does the same, with the same results and the same errors. */
export interface FileBackend extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** What layers and mounts wrap. */
  readonly driver: BackendDriver;

  create(path: string, options?: CreateOptions): Promise<FileInfo>;
  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  read(path: string, options: ReadTextOptions): Promise<string>;
  update(path: string, options: UpdateOptions): Promise<FileInfo>;
  delete(path: string, options?: DeleteOptions): Promise<void>;
  info(path: string, options?: InfoOptions): Promise<FileInfo>;
  exists(path: string, options?: OperationOptions): Promise<boolean>;
  /** Pre-order, siblings by UTF-8 bytes, directories included. Default path: the root. */
  list(path?: string, options?: ListDirectoryOptions): AsyncIterable<FileInfo>;
  copy(from: string, to: string, options?: TransferOptions): Promise<FileInfo>;
  move(from: string, to: string, options?: TransferOptions): Promise<FileInfo>;
  streamRead(path: string, options?: StreamReadOptions): ReadableStream<Uint8Array>;
  streamRead(path: string, options: StreamReadTextOptions): ReadableStream<string>;
  streamWrite(path: string, options: StreamWriteOptions): Promise<FileInfo>;
  /** Lower-case hex. */
  checksum(path: string, options?: ChecksumOptions): Promise<string>;
  /** Keyed by the paths as given; missing files and directories are left out. */
  checksumMany(paths: Iterable<string>, options?: ChecksumManyOptions): Promise<Map<string, string>>;
  /** Whole paths by UTF-8 bytes. */
  glob(pattern: string, options?: GlobOptions): Promise<string[]>;
  globFiles(pattern: string, options?: GlobFilesOptions): Promise<string[]>;
  globDirs(pattern: string, options?: GlobFilesOptions): Promise<string[]>;
  /** `UNSUPPORTED` where `capabilities.search` is false. */
  search(query: string, options?: SearchOptions & OperationOptions): Promise<SearchResult[]>;
  /** For `await using`: only calls on the session object belong to it; publishing takes `commit()`. */
  syncSession(options?: SessionOptions): Promise<SyncSession>;
  /** Within `body` this backend's own operations belong to the session too. */
  syncSession<T>(body: (session: SyncSession) => Promise<T>, options?: SessionOptions): Promise<T>;
}

/** A vault held against other sessions, pulls and pushes. */
export interface SyncSession extends FileBackend {
  /** Publishes what was written so far. */
  commit(options?: PublishOptions): Promise<void>;
}

/** A backend that is kept in step with a remote. */
export interface SyncFileBackend extends FileBackend {
  push(options?: PublishOptions): Promise<void>;
  pull(options?: OperationOptions): Promise<void>;
  /** Pull, then push. */
  sync(options?: PublishOptions): Promise<void>;
  conflictReport(options?: OperationOptions): Promise<SyncConflict[]>;
  conflictAcceptLocal(path: string, options?: OperationOptions): Promise<void>;
  conflictAcceptRemote(path: string, options?: OperationOptions): Promise<void>;
  /** Keeps this vault's version and puts the remote's beside it under a name that says so. */
  conflictKeepBoth(path: string, options?: OperationOptions): Promise<void>;
  conflictResolve(path: string, options: { readonly data: Content } & OperationOptions): Promise<void>;
}

/** Whether `backend` can pull and push; a session object cannot, whatever it is a session of. */
export function isSyncFileBackend(backend: FileBackend): backend is SyncFileBackend {
  return backend.driver.sync !== undefined && 'pull' in backend;
}
