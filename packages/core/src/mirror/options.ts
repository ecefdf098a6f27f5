import type { FileBackendError } from '../errors.ts';

/**
 * What makes two files the same: equal sha256; or an etag that is, on both sides, still the one that the last mirror of this process
 * left (anything else is compared by sha256); or equal size alone.
 */
export type MirrorComparison = 'checksum' | 'etag' | 'size';

/** What `mirror` looks at and what it may do. */
export interface MirrorOptions {
  /** Which files of the source, and with `prune` of the target, are looked at. Default `**`; dotfiles are included. */
  readonly glob?: string;
  /** Patterns of what to leave alone on both sides. */
  readonly ignore?: readonly string[];
  /** Default `'checksum'`. */
  readonly compare?: MirrorComparison;
  /**
   * Delete what the source does not have; default false. An empty source is refused, since it is more often a mistake than a wish:
   * say `'even-if-empty'` where it is one.
   */
  readonly prune?: boolean | 'even-if-empty';
  /** Only tell what would be done. Default false. */
  readonly dryRun?: boolean;
  /** Files in work at the same time. Default 8. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MirrorProgress) => void;
}

/** What a mirror is doing, in this order; a second `copying` follows where pruning made way for what was blocked. */
export type MirrorPhase = 'listing' | 'comparing' | 'moving' | 'copying' | 'deleting' | 'done';

/** What is being done, and how far it is. */
export interface MirrorProgress {
  readonly phase: MirrorPhase;
  /** The file that was just finished. */
  readonly path?: string;
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
  readonly path: string;
  readonly reason: string;
}

/** A file that was renamed in the target instead of copied again. */
export interface MirrorMove extends MirrorChange {
  /** The name it had in the target. */
  readonly from: string;
}

/** A file that could not be made the same; the others were. */
export interface MirrorFailure {
  readonly path: string;
  readonly reason: string;
  readonly error: FileBackendError;
}

/** What a mirror did, file by file, each list by the UTF-8 bytes of its paths. */
export interface MirrorResult {
  readonly copied: readonly MirrorChange[];
  readonly updated: readonly MirrorChange[];
  /** Renamed in the target instead of copied again. */
  readonly moved: readonly MirrorMove[];
  readonly deleted: readonly MirrorChange[];
  readonly unchanged: readonly string[];
  readonly failed: readonly MirrorFailure[];
  /** Bytes that were read from the source to be written. */
  readonly bytes: number;
}
