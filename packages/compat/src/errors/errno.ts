import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { type ErrorCode, type FileBackendError, isFileBackendError } from '@f9/core';
import { backendError, ERROR_TABLE, type Errno } from '@f9/core/driver';

/** The f9 code of each Node error. Together with `ERROR_TABLE` of @f9/core, which maps the other way, it is the only such table. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  EEXIST: 'ALREADY_EXISTS',
  EISDIR: 'IS_DIRECTORY',
  ENOTDIR: 'NOT_DIRECTORY',
  ENOTEMPTY: 'DIRECTORY_NOT_EMPTY',
  EINVAL: 'INVALID_ARGUMENT',
  EILSEQ: 'INVALID_TEXT',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'READ_ONLY',
  EDQUOT: 'QUOTA_EXCEEDED',
  EFBIG: 'QUOTA_EXCEEDED',
  ENOSPC: 'NO_SPACE',
  EIO: 'IO',
  EBUSY: 'BUSY',
  ETXTBSY: 'BUSY',
  EAGAIN: 'RATE_LIMITED',
  EMFILE: 'TOO_MANY_OPEN',
  ENFILE: 'TOO_MANY_OPEN',
  ETIMEDOUT: 'TIMEOUT',
  EHOSTUNREACH: 'UNAVAILABLE',
  ENETUNREACH: 'UNAVAILABLE',
  ENETDOWN: 'UNAVAILABLE',
  ECONNREFUSED: 'UNAVAILABLE',
  ECONNRESET: 'UNAVAILABLE',
  EPIPE: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EAI_AGAIN: 'UNAVAILABLE',
  EBADF: 'CLOSED',
  ENOTSUP: 'UNSUPPORTED',
  EOPNOTSUPP: 'UNSUPPORTED',
  ENOSYS: 'UNSUPPORTED',
  ENAMETOOLONG: 'INVALID_PATH',
  ELOOP: 'INVALID_PATH',
};

/** Number and text of each error, as Node has them on this platform. */
const SYSTEM = new Map([...getSystemErrorMap()].map(([number, [code, text]]) => [code, { number, text }]));

/** The number of an error in Node's exceptions, and the words of their messages. */
export function systemError(code: Errno): { readonly number: number; readonly text: string } {
  // libuv does not know the error.
  return SYSTEM.get(code) ?? { number: -(constants.errno.EDQUOT ?? 122), text: 'disk quota exceeded' };
}

export function errnoOf(error: FileBackendError): Errno {
  return ERROR_TABLE[error.code].errno;
}

export interface FromErrnoOptions {
  /** The path inside the vault. The Node error's own path is left out, since it may be one of the host. */
  readonly path?: string;
  readonly operation?: string;
}

/** The f9 error that a Node error means: the original one if it was translated before; `UNKNOWN` without a known `code`. */
export function fromErrno(error: unknown, { path, operation }: FromErrnoOptions = {}): FileBackendError {
  const { code, syscall, cause } =
    typeof error === 'object' && error !== null ? (error as NodeJS.ErrnoException) : {};
  for (const ours of [error, cause]) if (isFileBackendError(ours)) return ours;
  const known = code !== undefined && Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  const where = path === undefined ? '' : ` on ${JSON.stringify(path)}`;
  const why = known === undefined ? 'failed in an unexpected way; see the cause' : `failed: ${code}`;
  return backendError(known ?? 'UNKNOWN', `The system call ${syscall ?? '(not named)'}${where} ${why}`, {
    ...(path === undefined ? {} : { path }),
    ...(operation === undefined ? {} : { operation }),
    cause: error,
  });
}
