/** An image, a sound or another file, as base64. */
export interface ToolMedia {
  /** The kind of medium. */
  readonly type: 'image' | 'audio' | 'file';
  /** The file that it was read from. */
  readonly path: string;
  /** The media type, `image/png`. */
  readonly mimeType: string;
  /** The bytes. */
  readonly base64: string;
}

/** An answer for a model: text of at most `maxBytes` bytes, and the same as data. A failure is an answer too. */
export interface ToolAnswer {
  /** The text that the model reads. */
  readonly content: string;
  /** What the model has to know beside the text, where that is a file's own: its etag, and how to go on where it was cut. */
  readonly remark?: string;
  /** The same for a program, where the tool has more than text. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Pictures and the like, which the text only names. */
  readonly media?: ToolMedia;
  /** The reason of a failure, in words that the model can act on. */
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
}

/** An answer as one text, for models that are given no more than that. */
export function wholeText({ content, remark }: ToolAnswer): string {
  return remark === undefined ? content : `${content}\n\n[${remark}]`;
}
