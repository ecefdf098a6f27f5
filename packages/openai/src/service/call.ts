/** What a request belongs to: whose abort ends it, and which path its error names. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly path?: string | undefined;
}
