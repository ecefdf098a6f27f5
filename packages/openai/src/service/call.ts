/** The operation that a request belongs to, for its abort signal and for the path in errors. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly path?: string | undefined;
}
