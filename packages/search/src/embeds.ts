import type { FileBackend } from '@f9/core';
import type { EmbedPendingOptions } from './searcher.ts';

/** What a vault can do whose search compares meanings as well. */
export interface Embeds {
  /** The id of the model; `undefined` where there is none, and search is by words alone. */
  readonly embedderId: string | undefined;
  /** Embeds what has no vector yet; ended at any time, it goes on with the rest. @returns passages embedded */
  embedPending(options?: EmbedPendingOptions): Promise<number>;
  /** Passages that wait for a vector; 0 where there is no model that they could wait for. */
  pendingEmbeddings(): Promise<number>;
}

/** Whether a vault keeps vectors of its passages, or would with a model. */
export function embeds(vault: FileBackend): vault is FileBackend & Embeds {
  return 'embedPending' in vault && 'pendingEmbeddings' in vault;
}
