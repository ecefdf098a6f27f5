import type { FileBackend } from '../backend.ts';
import type { FileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';

/**
 * The measure by which two files are the same: equal sha256; or etags that, on both sides, are still those that the last mirror of
 * this process left (anything else is compared by sha256); or equal size alone.
 */
export type MirrorComparison = 'checksum' | 'etag' | 'size';

/** The files to look at, and the way to compare them. Files that are not looked at are left alone on both sides. */
export interface CompareVaultsOptions {
  /** Patterns, of which one has to match. Default `**`; dotfiles are included. */
  readonly glob?: string | readonly string[];
  /** Patterns of what is not looked at. */
  readonly ignore?: readonly string[];
  /**
   * Names of files in the source whose rules, those of `.gitignore`, say what is not looked at. Default: `.f9ignore`, and `.gitignore`
   * where the root of the source holds `.git`. `[]`: none.
   */
  readonly ignoreFiles?: readonly string[];
  /** Asked of each file that the rest lets through, on both sides; false: it is not looked at. */
  readonly filter?: (file: FileInfo) => boolean;
  /** Default `'checksum'`. */
  readonly compare?: MirrorComparison;
  /**
   * Bring a source that has a remote up to date first. Default: as the source is configured (`autoPull`). Inside a session of the
   * caller's nothing is pulled.
   */
  readonly pull?: boolean;
  /** Files in work at the same time. Default 8. */
  readonly concurrency?: number;
  /** Ends the mirror; every file that was finished is whole. */
  readonly signal?: AbortSignal;
  /** Told of each step, and of each file that is finished. */
  readonly onProgress?: (progress: MirrorProgress) => void;
}

/** Options of `mirror`. */
export interface MirrorOptions extends CompareVaultsOptions {
  /**
   * Delete what the source does not have; default false. An empty source is refused, since it is more often a mistake than a wish:
   * say `'even-if-empty'` where it is one.
   */
  readonly prune?: boolean | 'even-if-empty';
  /** The most files that pruning may delete, or the most of all that it looked at: `'10%'`. Where there are more, nothing is done. */
  readonly maxDelete?: number | `${number}%`;
  /** Receives what is replaced or deleted before it is; for a folder of a vault, `subdirectory(vault, path)`. */
  readonly backup?: FileBackend;
  /** Only tell what would be done. Default false. */
  readonly dryRun?: boolean;
}

/** The steps of a mirror, in this order; a second `copying` follows where pruning made way for what was blocked. */
export type MirrorPhase = 'listing' | 'comparing' | 'moving' | 'copying' | 'deleting' | 'done';

/** The present step of a mirror, and how far it is. */
export interface MirrorProgress {
  /** The present step. */
  readonly phase: MirrorPhase;
  /** The file that was just finished. */
  readonly path?: string;
  /** Why that file is changed, for people; `undefined` where it is only compared. */
  readonly reason?: string;
  /** Files of this phase that are finished, failed ones too. */
  readonly done: number;
  /** Files of this phase. */
  readonly total: number;
  /** Bytes copied so far. */
  readonly bytes: number;
  /** Bytes copied in a second, on average since the first copy. */
  readonly bytesPerSecond: number;
}

/** A file that was, or with `dryRun` would be, changed in the target. */
export interface MirrorChange {
  /** The file. */
  readonly path: string;
  /** Why it was changed, for people. */
  readonly reason: string;
}

/** A file that was renamed in the target instead of copied again. */
export interface MirrorMove extends MirrorChange {
  /** The name it had in the target. */
  readonly from: string;
}

/** A file that could not be made the same; the others were. */
export interface MirrorFailure {
  /** `''` for what concerns the whole target. */
  readonly path: string;
  /** Why it failed, for people. */
  readonly reason: string;
  /** The same for programs. */
  readonly error: FileBackendError;
}

/**
 * Why something of the source is not mirrored: a symlink that leads to nothing or in a circle, out of the vault, or to a directory;
 * neither file, directory nor symlink; a name that no path can hold; more bytes than the target takes; state of f9 or git (`.f9`,
 * `.git`), which belongs to the vault it lies in.
 */
export type SkipReason =
  | 'dangling-link'
  | 'outside-link'
  | 'directory-link'
  | 'not-a-file'
  | 'unnameable'
  | 'too-large'
  | 'state';

/** Something of the source that is not mirrored; the target's file of that name is left alone. */
export interface SkippedEntry {
  /** Its path in the source. */
  readonly path: string;
  /** Why it is left out. */
  readonly reason: SkipReason;
}

/** The outcome of a mirror, file by file, each list by the UTF-8 bytes of its paths. */
export interface MirrorResult {
  /** New in the target. */
  readonly copied: readonly MirrorChange[];
  /** Replaced in the target. */
  readonly updated: readonly MirrorChange[];
  /** Renamed in the target instead of copied again. */
  readonly moved: readonly MirrorMove[];
  /** Pruned from the target. */
  readonly deleted: readonly MirrorChange[];
  /** The same on both sides already. */
  readonly unchanged: readonly string[];
  /** Entries of the source that are not mirrored. */
  readonly skipped: readonly SkippedEntry[];
  /** Not the same yet; the next run tries again. */
  readonly failed: readonly MirrorFailure[];
  /** Files that the target keeps exactly and that its search does not find: the service refuses them, or they are no text. */
  readonly notSearchable: readonly string[];
  /** The version of the source that was mirrored, where a session of it has one: git's commit. */
  readonly version: string | undefined;
  /** Bytes that were read from the source to be written. */
  readonly bytes: number;
}

/** How two vaults differ, each list by the UTF-8 bytes of its paths. */
export interface VaultDifferences {
  /** True where nothing is missing, differs, is too many, was skipped or could not be compared. */
  readonly inStep: boolean;
  /** Files that only the source has. */
  readonly missing: readonly string[];
  /** Files on both sides that are not the same. */
  readonly differing: readonly MirrorChange[];
  /** Files that only the target has. */
  readonly extra: readonly string[];
  /** Files that are the same on both sides. */
  readonly same: readonly string[];
  /** Entries of the source that are not compared. */
  readonly skipped: readonly SkippedEntry[];
  /** Files that could not be compared. */
  readonly failed: readonly MirrorFailure[];
}
