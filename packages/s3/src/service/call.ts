/** Bounds the time in which the server may carry out a request. */
export interface Fence {
  /**
   * Whole seconds from the beginning of the second `now`, in milliseconds since 1970, after which the server is to refuse a request.
   */
  secondsFrom(now: number): number;
  /** Moves the end of that time further away, if that is still possible. */
  renew(): Promise<void>;
}

/** The operation that a request belongs to, for its abort signal and for the path in errors. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly path?: string | undefined;
  /** Set in a session: a request that a slow network delivers after its end would change a vault that another session holds. */
  readonly fence?: Fence | undefined;
}
