/** The operation that a request belongs to: its abort ends it, and its path is in the error. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly path?: string | undefined;
}
