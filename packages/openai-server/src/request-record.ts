import type { FaultKind } from './faults/faults.ts';
import type { Route } from './route-table.ts';

/** One request as the server saw it. */
export interface RequestRecord {
  /** Counted from 0 since the server started. */
  readonly index: number;
  /** Undefined for a URL the API does not have. */
  readonly route: Route | undefined;
  /** The HTTP method: `GET`, `POST`, `DELETE`. */
  readonly method: string;
  /** Without the query, as in `/v1/files`. */
  readonly path: string;
  /** Parameters behind the `?`. */
  readonly query: Readonly<Record<string, string>>;
  /** The status of the answer; undefined while none was sent, and where a fault or a crash took it away. */
  readonly status: number | undefined;
  /** Requests under way when it came, itself included. */
  readonly concurrent: number;
  /** The kinds of fault that hit it. */
  readonly faults: readonly FaultKind[];
  /** True if it came while the server was down, and so was never looked at. */
  readonly dropped: boolean;
}
