/** What turns texts into vectors that lie near each other where the texts mean the same. */
export interface Embedder {
  /** The model and all else that changes its vectors: another id means other vectors, and all is embedded anew. */
  readonly id: string;
  /** Texts in one call at most. Default 64. */
  readonly batch?: number | undefined;
  /** One vector a text, all of one length. */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>;
}

/** What is embedded: some models want to know. */
export interface EmbedOptions {
  /** Whether the texts are stored or asked for. */
  readonly kind: 'document' | 'query';
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}
