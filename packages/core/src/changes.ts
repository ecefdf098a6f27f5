/** What became of a path; `'overflow'`: changes were missed at or below it, so that whoever follows has to look at it anew. */
export interface VaultChange {
  /** What changed. */
  readonly path: string;
  /** What became of it. */
  readonly kind: 'written' | 'removed' | 'overflow';
  /** The version that was seen, where the backend knows it. */
  readonly etag?: string | undefined;
}

/** A piece of the feed of changes. */
export interface VaultChanges {
  /** Each path at most once, with what became of it last. */
  readonly changes: readonly VaultChange[];
  /** What to ask with the next time; survives restarts. */
  readonly cursor: string;
}
