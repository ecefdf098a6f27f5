/** A change of a path. `'overflow'`: changes at or below it were missed, so that it has to be looked at anew. */
export interface VaultChange {
  /** The path that changed. */
  readonly path: string;
  /** Its last change. */
  readonly kind: 'written' | 'removed' | 'overflow';
  /** The version that was seen, where the backend knows it. */
  readonly etag?: string | undefined;
}

/** A piece of the feed of changes. */
export interface VaultChanges {
  /** Each path at most once, with its last change. */
  readonly changes: readonly VaultChange[];
  /** The cursor to ask with the next time; survives restarts. */
  readonly cursor: string;
}
