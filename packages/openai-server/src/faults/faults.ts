/** A thing that may go wrong with one request. With `committed: true` the work is done and only the answer is lost. */
export type Fault =
  /** An error answer. `retryAfter` is in seconds; without it the header is missing. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly committed?: boolean;
      readonly code?: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  /** The connection is reset without an answer. */
  | { readonly kind: 'reset'; readonly committed?: boolean }
  /** No answer ever comes; the connection stays open. */
  | { readonly kind: 'silence'; readonly committed?: boolean }
  /** The work is done; headers and half of the body come, then nothing more. */
  | { readonly kind: 'stalledBody' }
  /** The work is done; headers and half of the body come, then the connection ends. */
  | { readonly kind: 'cutBody' }
  /** One character (or byte) of the content, or of the longest attribute, is changed. */
  | { readonly kind: 'wrongBytes' }
  /** The change that this request makes settles as given here; for what is not given, as `unkind` says. */
  | {
      readonly kind: 'late';
      readonly processedAfter?: number;
      readonly visibleAfter?: number;
      readonly listedAfter?: number;
      /** Milliseconds; default `Infinity`. */
      readonly settleWithin?: number;
    }
  /** The file that this request attaches is accepted, and its processing ends like this. */
  | {
      readonly kind: 'processing';
      readonly status: 'failed' | 'cancelled';
      readonly code?: 'server_error' | 'unsupported_file' | 'invalid_file';
      readonly message?: string;
    }
  /** A list's page begins with the last object of the page before. */
  | { readonly kind: 'repeatedItem' }
  /** A list's page is empty and says `has_more`. */
  | { readonly kind: 'emptyPage' }
  /** A list starts from its beginning again, whatever `after` says, and says `has_more`. */
  | { readonly kind: 'ignoredCursor' }
  /** Parsed content ends after half of its parts, with `has_more` and a `next_page`. */
  | { readonly kind: 'pagedContent' };

/** The kinds of faults. */
export type FaultKind = Fault['kind'];

/** Faults that need no more than their name. */
export type FaultName =
  | 'error'
  | 'commitThenError'
  | 'reset'
  | 'commitThenReset'
  | 'silence'
  | 'commitThenSilence'
  | 'stalledBody'
  | 'cutBody'
  | 'timeout'
  | 'conflict'
  | 'rateLimit'
  | 'rateLimitWithoutHint'
  | 'insufficientQuota'
  | 'unauthorized'
  | 'forbidden'
  | 'missing'
  | 'overloaded'
  | 'wrongBytes'
  | 'hidden'
  | 'unlisted'
  | 'slowProcessing'
  | 'processingFailed'
  | 'processingCancelled'
  | 'repeatedItem'
  | 'emptyPage'
  | 'ignoredCursor'
  | 'pagedContent';

/** Ready-made faults, by name: loop over them to put each at every request of an operation. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  error: { kind: 'error', status: 500 },
  commitThenError: { kind: 'error', status: 500, committed: true },
  reset: { kind: 'reset' },
  commitThenReset: { kind: 'reset', committed: true },
  silence: { kind: 'silence' },
  commitThenSilence: { kind: 'silence', committed: true },
  stalledBody: { kind: 'stalledBody' },
  cutBody: { kind: 'cutBody' },
  timeout: { kind: 'error', status: 408 },
  conflict: { kind: 'error', status: 409 },
  rateLimit: { kind: 'error', status: 429, retryAfter: 1 },
  rateLimitWithoutHint: { kind: 'error', status: 429 },
  insufficientQuota: { kind: 'error', status: 429, code: 'insufficient_quota' },
  unauthorized: { kind: 'error', status: 401 },
  forbidden: { kind: 'error', status: 403 },
  missing: { kind: 'error', status: 404 },
  overloaded: { kind: 'error', status: 503 },
  wrongBytes: { kind: 'wrongBytes' },
  hidden: { kind: 'late', visibleAfter: 3 },
  unlisted: { kind: 'late', listedAfter: 3 },
  slowProcessing: { kind: 'late', processedAfter: 5 },
  processingFailed: { kind: 'processing', status: 'failed' },
  processingCancelled: { kind: 'processing', status: 'cancelled' },
  repeatedItem: { kind: 'repeatedItem' },
  emptyPage: { kind: 'emptyPage' },
  ignoredCursor: { kind: 'ignoredCursor' },
  pagedContent: { kind: 'pagedContent' },
};
