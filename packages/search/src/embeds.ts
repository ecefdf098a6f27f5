import type { FileBackend } from '@f9/core';
import type { EmbedPendingOptions } from './searcher.ts';

/** Operations of a vault whose search can compare meanings as well. */
export interface Embeds {
  /** The id of the model; `undefined` where there is none, and search is by words alone. */
  readonly embedderId: string | undefined;
  /**
   * Embeds passages that have no vector yet; if it is ended early, the next call goes on with the rest. @returns passages embedded
   */
  embedPending(options?: EmbedPendingOptions): Promise<number>;
  /** Passages that wait for a vector; 0 without a model. */
  pendingEmbeddings(): Promise<number>;
}

/** Whether a vault keeps vectors of its passages, or would with a model. */
export function embeds(vault: FileBackend): vault is FileBackend & Embeds {
  return 'embedPending' in vault && 'pendingEmbeddings' in vault;
}
