/** Turns texts into vectors that lie near each other where the texts mean the same. */
export interface Embedder {
  /** Names the model and everything else that changes its vectors: under another id all is embedded anew. */
  readonly id: string;
  /** Most texts in one call. Default 64. */
  readonly batch?: number | undefined;
  /** Embeds texts: gives one vector a text, all of one length. */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>;
}

/** Options of `embed`, which some models need. */
export interface EmbedOptions {
  /** Whether the texts are stored passages or a query. */
  readonly kind: 'document' | 'query';
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}
