/** What bounds the time in which the server may do what it is asked for. */
export interface Fence {
  /** Whole seconds from the beginning of the second `now`, in milliseconds since 1970, after which a request is to be refused. */
  secondsFrom(now: number): number;
  /** Moves the end away, if that may still be done. */
  renew(): Promise<void>;
}

/** The operation that a request belongs to: its abort ends it, and its path is in the error. */
export interface Call {
  readonly signal?: AbortSignal | undefined;
  readonly path?: string | undefined;
  /** Of a session: what a delayed network brings after its end would change a vault that another one holds. */
  readonly fence?: Fence | undefined;
}
