import { type ErrorCode, FileBackendError } from '@f9/core';
import { backendError, ERROR_TABLE, type FileBackendErrorOptions } from '@f9/core/driver';

export interface OpenAIBackendErrorOptions extends FileBackendErrorOptions {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
}

/** The service refused something, or did not do it in time. */
export class OpenAIBackendError extends FileBackendError {
  /** The HTTP status of the answer; `undefined` where there was none. */
  readonly status: number | undefined;
  /** The id of the request, for OpenAI's support. */
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, message: string, options: OpenAIBackendErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status;
    this.requestId = options.requestId;
  }

  /** Whether the service will not take what it was given, so that trying again is of no use. */
  get isRefusal(): boolean {
    return this.code === 'IO' && this.status !== undefined && [400, 413, 415, 422].includes(this.status);
  }

  override toJSON(): Record<string, unknown> {
    const { status, requestId } = this;
    return { ...super.toJSON(), status, requestId };
  }
}

/** One attempt took longer than `timeout`, its body included. */
export class AttemptTimeout extends Error {}

/** The reason why one attempt of a request failed. */
export interface Diagnosis {
  readonly code: ErrorCode;
  /** A sentence: why, and what to do. */
  readonly reason: string;
  /** Whether the same request may succeed when it is sent again. */
  readonly isTransient: boolean;
  /** Whether the service may have done the work without saying so. */
  readonly maybeDone: boolean;
  /** Milliseconds that the service asks to wait. */
  readonly retryAfter: number | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

/** Reads an error of any version of the SDK, or of `fetch` below it, by its shape. */
export function diagnose(error: unknown): Diagnosis {
  const { status, headers, message, code, type } = error as Partial<StatusError>;
  const name = error instanceof Error ? error.constructor.name : '';
  if (typeof status !== 'number') {
    const isTimeout = name === 'AttemptTimeout' || name === 'APIConnectionTimeoutError';
    return {
      code: isTimeout ? 'TIMEOUT' : 'UNAVAILABLE',
      reason: isTimeout
        ? 'no whole answer came in time; try again, or allow more time (timeout)'
        : 'the connection broke off or could not be made; check the network and baseURL, and try again',
      isTransient: true,
      maybeDone: true,
      retryAfter: undefined,
      status: undefined,
      requestId: undefined,
    };
  }
  const isOutOfQuota = status === 429 && OUT_OF_QUOTA.test(`${code} ${type}`);
  const meaning = isOutOfQuota ? QUOTA_EXCEEDED : meaningOf(status);
  const shouldRetry = headers?.get('x-should-retry');
  return {
    ...meaning,
    // The message is left out: the service repeats part of a key that it does not know.
    reason: status === 401 ? meaning.reason : `${meaning.reason}${detail(message)}`,
    isTransient: meaning.isTransient && shouldRetry !== 'false',
    maybeDone: status === 408 || status === 409 || status >= 500,
    retryAfter: retryAfterOf(headers),
    status,
    requestId: headers?.get('x-request-id') ?? undefined,
  };
}

/** The error that a request ends in. `secret` is kept out of it, wherever the service may have repeated it. */
export function requestError(
  doing: string,
  { code, reason, isTransient, status, requestId }: Diagnosis,
  { path, cause, secret }: { path?: string | undefined; cause: unknown; secret: string | undefined },
): FileBackendError {
  const message = redact(`Cannot ${doing}: ${reason}`, secret);
  const options = {
    cause,
    retryable: isTransient,
    status,
    requestId,
    path,
  };
  return ERROR_TABLE[code].className === 'FileBackendError'
    ? new OpenAIBackendError(code, message, options)
    : backendError(code, message, options);
}

/** The parts of the SDK's `APIError` that are used. */
interface StatusError {
  readonly status: number;
  readonly headers: Headers | undefined;
  readonly message: string;
  readonly code: string | null | undefined;
  readonly type: string | undefined;
}

type Meaning = Pick<Diagnosis, 'code' | 'reason' | 'isTransient'>;

const OUT_OF_QUOTA = /insufficient_quota|billing/;
const QUOTA_EXCEEDED: Meaning = {
  code: 'QUOTA_EXCEEDED',
  reason: 'the quota of this key is used up; check the plan and the billing details of the account',
  isTransient: false,
};

const MEANINGS: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'UNAUTHENTICATED',
    reason: 'the key is not accepted; check apiKey or OPENAI_API_KEY',
    isTransient: false,
  },
  403: {
    code: 'PERMISSION_DENIED',
    reason: 'the key has no right to do that; check the rights of the key and its project',
    isTransient: false,
  },
  404: {
    code: 'UNAVAILABLE',
    reason:
      'the service does not know it; check vectorStoreId, and that the key belongs to the project of the store',
    isTransient: false,
  },
  408: { code: 'TIMEOUT', reason: 'the service took too long; try again', isTransient: true },
  409: { code: 'BUSY', reason: 'another request is changing the same thing; try again', isTransient: true },
  429: {
    code: 'RATE_LIMITED',
    reason: 'too many requests; try again later, or use a lower concurrency',
    isTransient: true,
  },
};

function meaningOf(status: number): Meaning {
  if (status >= 500)
    return { code: 'UNAVAILABLE', reason: `the service failed (${status}); try again`, isTransient: true };
  return (
    MEANINGS[status] ?? {
      code: 'IO',
      reason: `the service refused it (${status}); see what it says`,
      isTransient: false,
    }
  );
}

function detail(message: string | undefined): string {
  return message === undefined || message === '' ? '' : `. The service says: ${message.slice(0, 300)}`;
}

function retryAfterOf(headers: Headers | undefined): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return milliseconds;
  const text = headers?.get('retry-after') ?? '';
  const seconds = Number.parseFloat(text);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function redact(text: string, secret: string | undefined): string {
  const known = secret === undefined || secret === '' ? text : text.replaceAll(secret, '…');
  return known.replace(/\b(sk|sess|ek)-[\w*-]+/g, '…').replace(/Bearer \S+/g, 'Bearer …');
}
