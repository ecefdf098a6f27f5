/** An image, a sound or another file, as base64. */
export interface ToolMedia {
  readonly type: 'image' | 'audio' | 'file';
  readonly path: string;
  readonly mimeType: string;
  readonly base64: string;
}

/** What a model gets: text of at most `maxBytes` bytes, and the same as data. A failure is an answer too. */
export interface ToolAnswer {
  readonly content: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly media?: ToolMedia;
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
}
