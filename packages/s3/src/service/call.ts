/** The operation that a request belongs to: its abort ends it, and its path is in the error. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly path?: string | undefined;
  /**
   * Seconds from now after which the server must refuse the request, asked when it is signed: what a delayed network brings later would
   * change a vault that another session holds.
   */
  readonly expiresIn?: (() => number) | undefined;
}
