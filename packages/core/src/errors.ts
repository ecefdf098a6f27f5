/** Every way an operation can fail, on every backend. Closed: a new code is a new major version. */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'IS_DIRECTORY'
  | 'NOT_DIRECTORY'
  | 'DIRECTORY_NOT_EMPTY'
  | 'INVALID_PATH'
  | 'PATH_OUTSIDE_ROOT'
  | 'INVALID_ARGUMENT'
  | 'INVALID_TEXT'
  | 'INVALID_URI'
  | 'NO_MATCH'
  | 'AMBIGUOUS'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'PRECONDITION_FAILED'
  | 'SYNC_CONFLICT'
  | 'HISTORY_REWRITTEN'
  | 'LOCK_TIMEOUT'
  | 'LOCK_LOST'
  | 'INTEGRITY'
  | 'UNSUPPORTED'
  | 'READ_ONLY'
  | 'RATE_LIMITED'
  | 'QUOTA_EXCEEDED'
  | 'NO_SPACE'
  | 'IO'
  | 'BUSY'
  | 'TOO_MANY_OPEN'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'CLOSED'
  | 'UNKNOWN';

/** POSIX names that Node uses in `error.code`. */
export type Errno =
  | 'ENOENT'
  | 'EEXIST'
  | 'EISDIR'
  | 'ENOTDIR'
  | 'ENOTEMPTY'
  | 'EINVAL'
  | 'EILSEQ'
  | 'EACCES'
  | 'EPERM'
  | 'EROFS'
  | 'EDQUOT'
  | 'ENOSPC'
  | 'EIO'
  | 'EBUSY'
  | 'EAGAIN'
  | 'EMFILE'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'EBADF'
  | 'ENOTSUP';

/** Meaning of an error code. */
export interface ErrorCodeEntry {
  /** Name of the class that carries the code; see the classes below. */
  readonly className: ErrorClassName;
  /** The nearest POSIX error, for programs that know only those. */
  readonly errno: Errno;
  /** Whether the same call, unchanged, may succeed later. */
  readonly retryable: boolean;
}

/** Names of the classes below. */
export type ErrorClassName =
  | 'FileBackendError'
  | 'NotFoundError'
  | 'AlreadyExistsError'
  | 'InvalidOperationError'
  | 'PermissionDeniedError'
  | 'PreconditionFailedError'
  | 'LockTimeoutError'
  | 'SyncConflictError'
  | 'IntegrityError';

const entry = (className: ErrorClassName, errno: Errno, retryable = false): ErrorCodeEntry => ({
  className,
  errno,
  retryable,
});

/** The one table: which code is which class and which errno, and whether trying again can help. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  NOT_FOUND: entry('NotFoundError', 'ENOENT'),
  ALREADY_EXISTS: entry('AlreadyExistsError', 'EEXIST'),
  IS_DIRECTORY: entry('InvalidOperationError', 'EISDIR'),
  NOT_DIRECTORY: entry('InvalidOperationError', 'ENOTDIR'),
  DIRECTORY_NOT_EMPTY: entry('InvalidOperationError', 'ENOTEMPTY'),
  INVALID_PATH: entry('InvalidOperationError', 'EINVAL'),
  PATH_OUTSIDE_ROOT: entry('InvalidOperationError', 'EACCES'),
  INVALID_ARGUMENT: entry('InvalidOperationError', 'EINVAL'),
  INVALID_TEXT: entry('InvalidOperationError', 'EILSEQ'),
  INVALID_URI: entry('InvalidOperationError', 'EINVAL'),
  NO_MATCH: entry('InvalidOperationError', 'EINVAL'),
  AMBIGUOUS: entry('InvalidOperationError', 'EINVAL'),
  PERMISSION_DENIED: entry('PermissionDeniedError', 'EACCES'),
  UNAUTHENTICATED: entry('PermissionDeniedError', 'EACCES'),
  PRECONDITION_FAILED: entry('PreconditionFailedError', 'EBUSY'),
  SYNC_CONFLICT: entry('SyncConflictError', 'EBUSY'),
  HISTORY_REWRITTEN: entry('FileBackendError', 'EBUSY'),
  LOCK_TIMEOUT: entry('LockTimeoutError', 'ETIMEDOUT', true),
  LOCK_LOST: entry('FileBackendError', 'EBUSY'),
  INTEGRITY: entry('IntegrityError', 'EIO'),
  UNSUPPORTED: entry('InvalidOperationError', 'ENOTSUP'),
  READ_ONLY: entry('PermissionDeniedError', 'EROFS'),
  RATE_LIMITED: entry('FileBackendError', 'EAGAIN', true),
  QUOTA_EXCEEDED: entry('FileBackendError', 'EDQUOT'),
  NO_SPACE: entry('FileBackendError', 'ENOSPC'),
  IO: entry('FileBackendError', 'EIO'),
  BUSY: entry('FileBackendError', 'EBUSY', true),
  TOO_MANY_OPEN: entry('FileBackendError', 'EMFILE', true),
  TIMEOUT: entry('FileBackendError', 'ETIMEDOUT', true),
  UNAVAILABLE: entry('FileBackendError', 'EHOSTUNREACH', true),
  CLOSED: entry('InvalidOperationError', 'EBADF'),
  UNKNOWN: entry('FileBackendError', 'EIO'),
};

/** The part of another library's error that is kept as a `cause`: nothing in it can hold a secret or a host path. */
export interface ErrorCause {
  /** Name of the error. */
  readonly name: string;
  /** Its code, `ENOENT`, where it has one. */
  readonly code?: string;
  /** The system call that failed, where there was one. */
  readonly syscall?: string;
}

/** Details of an error beyond its code and message. */
export interface FileBackendErrorOptions {
  /** The path inside the vault, as the driver sees it. */
  readonly path?: string | undefined;
  /** The operation of the interface that failed, for example `streamWrite`. */
  readonly operation?: string | undefined;
  /** The error below; only its `name`, `code` and `syscall` are kept. */
  readonly cause?: unknown;
  /** Default: what the table says of the code. */
  readonly retryable?: boolean;
  /** The write is safe in this vault although publishing it failed (autoPush). */
  readonly stored?: boolean;
}

const BRAND: unique symbol = Symbol.for('@f9/core/FileBackendError');

/** The root of every error that f9 throws. Catch by `code`, or by class where a subclass exists. */
export class FileBackendError extends Error {
  /** The kind of failure, from a closed list: programs look at this. */
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly operation: string | undefined;
  readonly retryable: boolean;
  /** True where the change is kept in this vault and only publishing it failed. */
  readonly stored: boolean;

  constructor(code: ErrorCode, message: string, options: FileBackendErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: describeCause(options.cause) });
    this.code = code;
    this.path = options.path;
    this.operation = options.operation;
    this.retryable = options.retryable ?? ERROR_TABLE[code].retryable;
    this.stored = options.stored ?? false;
  }

  override get name(): string {
    return this.constructor.name;
  }

  toJSON(): Record<string, unknown> {
    const { name, code, message, path, operation, retryable, stored } = this;
    return { name, code, message, path, operation, retryable, stored };
  }
}

Object.defineProperty(FileBackendError.prototype, BRAND, { value: true });

/** Nothing is there: `NOT_FOUND`. */
export class NotFoundError extends FileBackendError {}
/** Something is there already: `ALREADY_EXISTS`. */
export class AlreadyExistsError extends FileBackendError {}
/** The request cannot succeed, whoever makes it and however often: a wrong argument, path, kind of file or backend. */
export class InvalidOperationError extends FileBackendError {}
/** The caller may not: `PERMISSION_DENIED`, `UNAUTHENTICATED`, `READ_ONLY`. */
export class PermissionDeniedError extends FileBackendError {}
/** The file is no longer the version that `ifMatch` names: `PRECONDITION_FAILED`. */
export class PreconditionFailedError extends FileBackendError {}
/** Another session held the vault for too long: `LOCK_TIMEOUT`. */
export class LockTimeoutError extends FileBackendError {}
/** The stored bytes are not those that were written: `INTEGRITY`. */
export class IntegrityError extends FileBackendError {}
/** Pull, push or sync met changes that both sides made; `conflictReport()` lists them. */
export class SyncConflictError extends FileBackendError {}

const CLASSES: Record<ErrorClassName, typeof FileBackendError> = {
  FileBackendError,
  NotFoundError,
  AlreadyExistsError,
  InvalidOperationError,
  PermissionDeniedError,
  PreconditionFailedError,
  LockTimeoutError,
  SyncConflictError,
  IntegrityError,
};

// `instanceof` goes by the code: a backend may throw an error of a class of its own, and there may be a second copy of this package.
for (const [className, known] of Object.entries(CLASSES)) {
  Object.defineProperty(known, Symbol.hasInstance, {
    value(this: typeof FileBackendError, error: unknown): boolean {
      if (this !== known) return Function.prototype[Symbol.hasInstance].call(this, error);
      if (!isFileBackendError(error)) return false;
      return known === FileBackendError || ERROR_TABLE[error.code]?.className === className;
    },
  });
}

/** Makes the error of the class that the table names for `code`. */
export function backendError(
  code: ErrorCode,
  message: string,
  options?: FileBackendErrorOptions,
): FileBackendError {
  return new CLASSES[ERROR_TABLE[code].className](code, message, options);
}

/** Adds operation and path to an error from below, unless it names its operation already. */
export function addContext(
  error: FileBackendError,
  operation: string,
  path: string | undefined,
): FileBackendError {
  if (error.operation !== undefined) return error;
  const known = error as { operation: string | undefined; path: string | undefined };
  known.operation = operation;
  known.path ??= path;
  return error;
}

/**
 * A copy of an error with the path that a layer shows; a copy, since others may hold the first. It names no operation, so that the
 * layer's own is added later.
 */
export function withPath(error: FileBackendError, path: string): FileBackendError {
  const message =
    error.path === undefined
      ? error.message
      : error.message.replaceAll(JSON.stringify(error.path), JSON.stringify(path));
  const copy = new FileBackendError(error.code, message, { cause: error.cause });
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  return Object.assign(copy, error, { path, operation: undefined });
}

/** Whether `error` is one of f9's, also when it comes from a second installed copy of this package. */
export function isFileBackendError(error: unknown, code?: ErrorCode): error is FileBackendError {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

function describeCause(cause: unknown): ErrorCause | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { name, code, syscall } = cause as Partial<Record<keyof ErrorCause, unknown>>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof syscall === 'string' ? { syscall } : {}),
  };
}
