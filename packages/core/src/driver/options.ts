import type { ByteSource } from '../contents/content.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';

// What drivers are told. `undefined` is the same as nothing said.

/** What every call of a driver carries. */
export interface DriverOptions {
  /** Reject with `signal.reason` and free everything; past the point of commit the call may finish. */
  readonly signal?: AbortSignal | undefined;
  /** The session the call belongs to, as this driver's `acquireSession` made it. */
  readonly session?: DriverSession | undefined;
}

/** A range of bytes; what lies past the end is just not there. */
export interface ReadRange {
  /** First byte. Default 0. */
  readonly offset?: number | undefined;
  /** Number of bytes. Default: to the end. */
  readonly length?: number | undefined;
}

/** Options of `read` and `readFile`. */
export interface DriverReadOptions extends ReadRange, DriverOptions {
  /** The version to read, as `history` names it; only where `versions` is declared. Default: the present. */
  readonly version?: string | undefined;
}

/** Options of `stat`. */
export interface StatOptions extends DriverOptions {
  /** The caller wants to know all that can be found out, not just what is there: dates that cost extra are worth it. */
  readonly everything?: boolean | undefined;
}

/** What a write expects to find, so that no driver has to look first. */
export interface WriteOptions extends DriverOptions {
  /** What becomes of a file that is there. */
  readonly ifExists: 'fail' | 'replace';
  /** What becomes of the call where none is there. */
  readonly ifMissing: 'create' | 'fail';
  /** Write only if the file's etag is this, else `PRECONDITION_FAILED`. */
  readonly ifMatch?: string | undefined;
  /** Permission bits of the file that is written, where the backend keeps any; never wider than this. */
  readonly permissions?: number | undefined;
}

/** What an append expects to find: a file, and maybe a version of it. */
export interface AppendOptions extends DriverOptions {
  /** Only if the file is still this version. */
  readonly ifMatch?: string | undefined;
}

/** What making a directory expects to find. */
export interface MakeDirectoryOptions extends DriverOptions {
  /** What an existing directory means: `ALREADY_EXISTS`, or leave it as it is. */
  readonly ifExists: 'fail' | 'keep';
}

/** What a removal expects to find. */
export interface RemoveOptions extends DriverOptions {
  /** Only if it is still this version. */
  readonly ifMatch?: string | undefined;
}

/** What the transfer of a whole directory expects to find. */
export interface TransferTreeOptions extends DriverOptions {
  /** `'merge'` leaves what only the target has, and replaces the files that both have. */
  readonly ifExists: 'fail' | 'merge';
}

/** How deep a listing goes, and what is known of its entries. */
export interface ListOptions extends DriverOptions {
  /** False: the direct children only, the same as a `maxDepth` of 1. */
  readonly recursive: boolean;
  /** Names below the directory that an entry has at most; directories at that depth are listed, and not entered. */
  readonly maxDepth?: number | undefined;
  /** Every file among the entries needs its etag. */
  readonly etags?: boolean | undefined;
  /** Told of every entry that is left out because its name cannot be a path. */
  readonly onSkipped?: ((entry: SkippedName) => void) | undefined;
}

/** An entry of a directory that no path can name. */
export interface SkippedName {
  /** As it can be shown: what is no text as `\xNN`. */
  readonly path: string;
  /** Why it is left out. */
  readonly reason: 'unnameable';
}

/** How many checksums are computed at a time. */
export interface DriverChecksumManyOptions extends DriverOptions {
  /** Files in work at the same time; `undefined` lets the driver choose. */
  readonly concurrency?: number | undefined;
}

/** Which of the paths that match are wanted. */
export interface DriverGlobOptions extends DriverOptions {
  /** Whether files count. */
  readonly files: boolean;
  /** Whether directories count. */
  readonly directories: boolean;
}

/** One of many files to write. */
export interface FileToWrite extends Omit<WriteOptions, keyof DriverOptions> {
  /** The file. */
  readonly path: BackendPath;
  /** Its content. */
  readonly source: ByteSource;
}

/** One of many files or empty directories to remove. */
export interface FileToRemove {
  /** The file. */
  readonly path: BackendPath;
  /** Only if it is still this version. */
  readonly ifMatch?: string | undefined;
}

/** What became of each of many writes, in their order; one that failed hinders no other. */
export type WriteResults = readonly PromiseSettledResult<FileInfo>[];

/** What became of each of many removals, in their order; one that failed hinders no other. */
export type RemoveResults = readonly PromiseSettledResult<void>[];

/** Which versions of a file are wanted. */
export interface DriverHistoryOptions extends DriverOptions {
  /** Versions at most. */
  readonly limit?: number | undefined;
  /** Go on under the name that the file had before. */
  readonly followRenames: boolean;
}

/** How a vault is watched. */
export interface DriverWatchOptions extends DriverOptions {
  /** To be called once the watch is in place: what changes from then on is told. */
  readonly onReady: () => void;
}

/** How a session, or a push, publishes. */
export interface CommitOptions extends DriverOptions {
  /** What is said of the change, where versions have messages. */
  readonly message?: string | undefined;
  /** Set on the commit that ends a body that succeeded, not on one that was called. */
  readonly onSuccess?: true | undefined;
}

/** How a session is waited for and begun. */
export interface AcquireSessionOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait for whoever holds the session. */
  readonly timeout: number;
  /** Whether to bring the vault up to date first; `undefined`: as the backend is configured. */
  readonly pull?: boolean | undefined;
  /** Whether a successful body publishes at its end; `undefined`: as the backend is configured. */
  readonly push?: boolean | undefined;
}

/** The vault, held against other sessions until `release`. */
export interface DriverSession {
  /** Whether a body that succeeds is to be committed. */
  readonly commitOnSuccess: boolean;
  /** The version of the whole vault that the session reads, where there is one: git's commit. */
  readonly version?: string | undefined;
  /** Publishes what was written so far; `LOCK_LOST` if the session is no longer held. */
  commit(options: CommitOptions): Promise<void>;
  /** Gives the vault back. Publishes nothing, and does not reject because the lock was lost. */
  release(): Promise<void>;
}
