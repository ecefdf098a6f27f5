import type { ByteSource } from './contents/content.ts';
import type { CommitOptions, DriverOptions, ResolveOptions } from './driver/options.ts';
import type { BackendPath } from './paths/path.ts';

/** The sides of a conflict: the last version both had, this vault's, the remote's. */
export type ConflictSide = 'base' | 'local' | 'remote';

/** Git's letters: both modified, both added, deleted by us, deleted by them, and for renames added by us or them, both deleted. */
export type ConflictStatus = 'UU' | 'AA' | 'DU' | 'UD' | 'AU' | 'UA' | 'DD';

/** A conflict by the changes of its two sides. */
export type ConflictKind =
  | 'content'
  | 'binary'
  | 'modify/delete'
  | 'rename/delete'
  | 'rename/rename'
  | 'file/directory';

/** A path that both sides changed in ways that cannot be joined line by line. */
export interface SyncConflict {
  /** The file, as this vault names it. */
  readonly path: string;
  /** The changes of both sides in git's letters: `UU`, `AA`, `DU`. */
  readonly status: ConflictStatus;
  /** Whether the sides differ in content, name or existence. */
  readonly kind: ConflictKind;
  /** Every path the conflict is about; more than one where names changed. */
  readonly paths: readonly string[];
  /** The bytes of one side; `undefined` where that side has no such file. */
  read(side: ConflictSide): Promise<Uint8Array | undefined>;
}

/** How a conflict is settled: one side, both (the remote's version lands beside), or content of the caller's. */
export type ConflictResolution =
  | { readonly accept: 'local' | 'remote' | 'both' }
  | { readonly data: ByteSource };

/** The part of a driver that keeps in step with a remote. Outside a session each call holds the session lock itself. */
export interface SyncDriver {
  /** Brings in what the remote has. Changes of both sides become conflicts. */
  pull(options: DriverOptions): Promise<void>;
  /** Commits what is not committed yet, and publishes it. */
  push(options: CommitOptions): Promise<void>;
  /** Conflicts that nobody has settled yet. */
  conflicts(options: DriverOptions): Promise<SyncConflict[]>;
  /** `NOT_FOUND` where no conflict stands at `path`. */
  resolve(path: BackendPath, resolution: ConflictResolution, options: ResolveOptions): Promise<void>;
}
