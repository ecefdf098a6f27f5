/** The result of one check. */
export interface Finding {
  /** The thing that was checked: `git`, `vault notes`. */
  readonly check: string;
  /** A warning may be of no concern here; a failure keeps something from working. */
  readonly status: 'ok' | 'warning' | 'failure';
  readonly found: string;
  /** Advice on what to do. */
  readonly advice?: string;
}
