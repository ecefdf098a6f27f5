import type { ErrorCode, FileBackendError } from '@f9/core';
import { backendError } from '@f9/core/driver';

/** The answer of a server to a request that it refused. */
export interface Refusal {
  readonly status: number;
  /** S3's own code, such as `NoSuchBucket`; empty where the answer has no body. */
  readonly code: string;
  readonly message: string;
  readonly requestId: string | undefined;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined;
  /** The region that the server names for the bucket. */
  readonly region: string | undefined;
  /** Whether there is no error of S3 in it, although the request would have got one. */
  readonly isForeign: boolean;
}

/** The reason why a request failed. */
export interface Diagnosis {
  readonly code: ErrorCode;
  /** A sentence: why, and what to do. */
  readonly reason: string;
  /** Whether the same request may succeed when it is sent again. */
  readonly isTransient: boolean;
  /** Whether the server may have done the work without saying so. */
  readonly maybeDone: boolean;
}

/** Codes of a connection to a server that answers without TLS. */
const NO_TLS: ReadonlySet<string | undefined> = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER']);
/** Codes of a certificate that is not trusted, or is one of another host. */
const UNTRUSTED = /CERT|ALTNAME|VERIFY/;

/** The diagnosis of a request for which no connection served. @param place completes "check the network and …" */
export function diagnoseConnection(cause: unknown, isTimeout: boolean, place: string): Diagnosis {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const isTls = NO_TLS.has(code);
  if (!isTls && !UNTRUSTED.test(code ?? '')) return diagnoseSilence(isTimeout, place);
  return {
    code: 'UNAVAILABLE',
    reason: isTls
      ? 'the server does not talk TLS there; check whether the endpoint begins with http:// or https://, and its port'
      : `the certificate of the server is not to be trusted; check ${place}, or name the certificates that it comes from to Node (NODE_EXTRA_CA_CERTS)`,
    isTransient: false,
    maybeDone: false,
  };
}

/** The diagnosis of a request that got no whole answer. */
export function diagnoseSilence(isTimeout: boolean, place = 'the endpoint'): Diagnosis {
  return {
    code: isTimeout ? 'TIMEOUT' : 'UNAVAILABLE',
    reason: isTimeout
      ? 'the server was silent for too long; try again, or allow more time (timeout)'
      : `the connection broke off or could not be made; check the network and ${place}, and try again`,
    isTransient: true,
    maybeDone: true,
  };
}

/** What is known of a failure without the request. */
type Meaning = Pick<Diagnosis, 'code' | 'reason' | 'isTransient'>;

/** The diagnosis of a refused request. @param region the one that the server named, where it is not the one that was asked for */
export function diagnose(refusal: Refusal, region?: string): Diagnosis {
  const { status, code, message } = refusal;
  const { reason, isTransient, ...known } = ELSEWHERE.has(code)
    ? elsewhere(region)
    : (MEANINGS[code] ?? meaningOf(refusal));
  // A message that may repeat a key is left out.
  const said =
    known.code === 'UNAUTHENTICATED' || message === '' ? '' : `. The server says: ${message.slice(0, 300)}`;
  return {
    code: known.code,
    reason: `${reason}${said}`,
    isTransient,
    maybeDone: status !== 501 && (status === 408 || status === 409 || status >= 500),
  };
}

/** The error that a request ends in. @param doing completes "Cannot …" */
export function requestError(
  doing: string,
  { code, reason, isTransient }: Meaning,
  { path, cause, requestId }: { path?: string | undefined; cause?: unknown; requestId?: string | undefined },
): FileBackendError {
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return backendError(code, `Cannot ${doing}: ${reason}${request}`, {
    retryable: isTransient,
    cause,
    path,
  });
}

const WRONG_KEY: Meaning = {
  code: 'UNAUTHENTICATED',
  reason:
    'the keys are not accepted; check accessKeyId, secretAccessKey and the endpoint that they belong to',
  isTransient: false,
};
const EXPIRED: Meaning = {
  code: 'UNAUTHENTICATED',
  reason: 'the keys have expired; give new ones, or a credentials function that can',
  isTransient: false,
};
const SLOW_DOWN: Meaning = {
  code: 'RATE_LIMITED',
  reason: 'too many requests; try again later, or use a lower concurrency',
  isTransient: true,
};
const CHANGING: Meaning = {
  code: 'BUSY',
  reason: 'another request is changing the same object; try again',
  isTransient: true,
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: {
    code: 'NOT_FOUND',
    reason:
      'there is no such bucket; check its name, the endpoint and the addressing, or make it (ensureBucket, f9 vaults add --create)',
    isTransient: false,
  },
  InvalidBucketName: {
    code: 'INVALID_ARGUMENT',
    reason:
      'the server takes no bucket of this name; write 3 to 63 small letters, digits and hyphens, with a letter or a digit at both ends',
    isTransient: false,
  },
  InvalidAccessKeyId: WRONG_KEY,
  SignatureDoesNotMatch: WRONG_KEY,
  InvalidToken: EXPIRED,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  RequestTimeTooSkewed: {
    code: 'UNAUTHENTICATED',
    reason: 'the clock of this machine and that of the server are too far apart; set it right',
    isTransient: false,
  },
  AccessDenied: {
    code: 'PERMISSION_DENIED',
    reason: 'these keys may not do that; check the policy of the bucket and of the user',
    isTransient: false,
  },
  SlowDown: SLOW_DOWN,
  RequestLimitExceeded: SLOW_DOWN,
  OperationAborted: CHANGING,
  ConditionalRequestConflict: CHANGING,
  RequestTimeout: { code: 'TIMEOUT', reason: 'the upload was too slow; try again', isTransient: true },
  InternalError: { code: 'UNAVAILABLE', reason: 'the server failed; try again', isTransient: true },
  BadDigest: {
    code: 'UNAVAILABLE',
    reason: 'other bytes arrived than were sent; try again',
    isTransient: true,
  },
  XAmzContentSHA256Mismatch: {
    code: 'UNAVAILABLE',
    reason: 'other bytes arrived than were sent; try again',
    isTransient: true,
  },
  EntityTooLarge: {
    code: 'QUOTA_EXCEEDED',
    reason: 'the server takes no object of this size',
    isTransient: false,
  },
  QuotaExceeded: {
    code: 'QUOTA_EXCEEDED',
    reason: 'the quota of the bucket or the user is used up; make room or have it raised',
    isTransient: false,
  },
  KeyTooLongError: {
    code: 'INVALID_PATH',
    reason: 'the path is longer than the server takes',
    isTransient: false,
  },
};

/** Codes of a bucket that is looked for, or is to be made, where it cannot be. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'InvalidLocationConstraint',
  'InvalidRegion',
  'InvalidRegionName',
  'PermanentRedirect',
  'TemporaryRedirect',
]);

function elsewhere(region: string | undefined): Meaning {
  return {
    code: 'INVALID_ARGUMENT',
    reason:
      region === undefined
        ? 'the endpoint is not one of this region; write the region of the endpoint (region), or us-east-1, which leaves it to the server'
        : `the region is ${region}; write that (region), and the endpoint of it or none`,
    isTransient: false,
  };
}

/** The meaning of an answer that no server of S3 gives. @param what it was */
export function foreign(what: string): Meaning {
  return {
    code: 'INVALID_ARGUMENT',
    reason: `what answered (${what}) is no S3 server, or stands before one; check the endpoint`,
    isTransient: false,
  };
}

function meaningOf({ status, code, isForeign }: Refusal): Meaning {
  if (status === 501) return { code: 'UNSUPPORTED', reason: 'the server cannot do that', isTransient: false };
  if (status === 507) return { code: 'NO_SPACE', reason: 'the server has no room left', isTransient: false };
  if (status === 503 || status === 429) return SLOW_DOWN;
  if (status >= 500) {
    return { code: 'UNAVAILABLE', reason: `the server failed (${status}); try again`, isTransient: true };
  }
  if (status === 401) return WRONG_KEY;
  if (status === 403) return MEANINGS.AccessDenied!;
  if (status === 408) return MEANINGS.RequestTimeout!;
  if (status === 409) return CHANGING;
  if (isForeign) return foreign(`${status}`);
  return { code: 'IO', reason: `the server refused it (${`${status} ${code}`.trim()})`, isTransient: false };
}
