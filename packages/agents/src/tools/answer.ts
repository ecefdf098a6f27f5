/** An image, a sound or another file, as base64. */
export interface ToolMedia {
  /** What kind of media it is. */
  readonly type: 'image' | 'audio' | 'file';
  /** The file it was read from. */
  readonly path: string;
  /** The media type, `image/png`. */
  readonly mimeType: string;
  /** The bytes. */
  readonly base64: string;
}

/** What a model gets: text of at most `maxBytes` bytes, and the same as data. A failure is an answer too. */
export interface ToolAnswer {
  /** What the model reads, as one text. */
  readonly content: string;
  /** The same for a program, where the tool has more than text. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Pictures and the like, which the text only names. */
  readonly media?: ToolMedia;
  /** Why it failed, in words that the model can act on. */
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
}
