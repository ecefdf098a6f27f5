/** What one look found. */
export interface Finding {
  /** What was looked at: `git`, `vault notes`. */
  readonly check: string;
  /** A warning may be of no concern here; with a failure something cannot work. */
  readonly status: 'ok' | 'warning' | 'failure';
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}
