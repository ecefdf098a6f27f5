import type { ByteSource } from '../contents/content.ts';
import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';

// Options of a driver's methods. An option that is `undefined` is as good as absent.

/** Options of every call of a driver. */
export interface DriverOptions {
  /** Reject with `signal.reason` and free everything; past the point of commit the call may finish. */
  readonly signal?: AbortSignal | undefined;
  /** The session the call belongs to, as this driver's `acquireSession` made it. */
  readonly session?: DriverSession | undefined;
}

/** A range of bytes; one that reaches past the end gives the bytes that there are. */
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
  /** Find out all that can be known, even dates that cost extra; otherwise only what is at hand. */
  readonly everything?: boolean | undefined;
}

/** Conditions of a write, part of the call so that no driver has to look first. */
export interface WriteOptions extends DriverOptions {
  /** What to do where a file is there. */
  readonly ifExists: 'fail' | 'replace';
  /** What to do where no file is there. */
  readonly ifMissing: 'create' | 'fail';
  /** Write only if the file's etag is this, else `PRECONDITION_FAILED`. */
  readonly ifMatch?: string | undefined;
  /** Permission bits of the file that is written, where the backend keeps any; never wider than this. */
  readonly permissions?: number | undefined;
}

/** Condition of an append, which needs a file that exists. */
export interface AppendOptions extends DriverOptions {
  /** Only if the file is still this version. */
  readonly ifMatch?: string | undefined;
}

/** Condition of making a directory. */
export interface MakeDirectoryOptions extends DriverOptions {
  /** What to do where the directory exists: fail with `ALREADY_EXISTS`, or leave it as it is. */
  readonly ifExists: 'fail' | 'keep';
}

/** Condition of a removal. */
export interface RemoveOptions extends DriverOptions {
  /** Only if it is still this version. */
  readonly ifMatch?: string | undefined;
}

/** Condition of the transfer of a whole directory. */
export interface TransferTreeOptions extends DriverOptions {
  /** `'merge'` leaves what only the target has, and replaces the files that both have. */
  readonly ifExists: 'fail' | 'merge';
}

/** Depth of a listing, and the fields of its entries. */
export interface ListOptions extends DriverOptions {
  /** False: the direct children only, the same as a `maxDepth` of 1. */
  readonly recursive: boolean;
  /** Names below the directory that an entry has at most; directories at that depth are listed, and not entered. */
  readonly maxDepth?: number | undefined;
  /** Every file among the entries needs its etag, and gets the sha256 of that version where it is known without reading. */
  readonly etags?: boolean | undefined;
  /** Told of every entry that is left out because its name cannot be a path. */
  readonly onSkipped?: ((entry: SkippedName) => void) | undefined;
}

/** An entry of a directory that no path can name. */
export interface SkippedName {
  /** The path as it can be shown: bytes that are no text as `\xNN`. */
  readonly path: string;
  /** Why it is left out. */
  readonly reason: 'unnameable';
}

/** Options of `checksumMany`. */
export interface DriverChecksumManyOptions extends DriverOptions {
  /** Files in work at the same time; `undefined` lets the driver choose. */
  readonly concurrency?: number | undefined;
}

/** The kinds of matching paths that are wanted. */
export interface DriverGlobOptions extends DriverOptions {
  /** Give files. */
  readonly files: boolean;
  /** Give directories. */
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

/** Outcomes of many writes, in their order; one that failed hinders no other. */
export type WriteResults = readonly PromiseSettledResult<FileInfo>[];

/** Outcomes of many removals, in their order; one that failed hinders no other. */
export type RemoveResults = readonly PromiseSettledResult<void>[];

/** Options of `history`. */
export interface DriverHistoryOptions extends DriverOptions {
  /** Versions at most. */
  readonly limit?: number | undefined;
  /** Go on under the name that the file had before. */
  readonly followRenames: boolean;
}

/** Options of `watch`. */
export interface DriverWatchOptions extends DriverOptions {
  /** To be called once the watch is in place: every change from then on is told. */
  readonly onReady: () => void;
}

/** Options of a session's `commit`, and of `push`. */
export interface CommitOptions extends DriverOptions {
  /** The message of the change, where versions have messages. */
  readonly message?: string | undefined;
  /** Set on the commit that ends a successful body, not on one that was called. */
  readonly onSuccess?: true | undefined;
}

/** Options of a remote's `resolve`. */
export interface ResolveOptions extends DriverOptions {
  /** To be called with every path that the settled conflict writes, before anything is changed: it throws for one that may not be. */
  readonly assertMayWrite?: ((path: BackendPath) => void) | undefined;
}

/** Options of `acquireSession`. */
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
