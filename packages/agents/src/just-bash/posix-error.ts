import { type ErrorCode, isFileBackendError } from '@f9/core';

/** POSIX codes, whose names commands look for in messages, with the words of `strerror`. */
const POSIX: Partial<Record<ErrorCode, readonly [code: string, words: string]>> = {
  NOT_FOUND: ['ENOENT', 'no such file or directory'],
  ALREADY_EXISTS: ['EEXIST', 'file already exists'],
  IS_DIRECTORY: ['EISDIR', 'illegal operation on a directory'],
  NOT_DIRECTORY: ['ENOTDIR', 'not a directory'],
  DIRECTORY_NOT_EMPTY: ['ENOTEMPTY', 'directory not empty'],
  PERMISSION_DENIED: ['EACCES', 'permission denied'],
  READ_ONLY: ['EROFS', 'read-only file system'],
  INVALID_PATH: ['EINVAL', 'invalid argument'],
  PATH_OUTSIDE_ROOT: ['EINVAL', 'invalid argument'],
  UNSUPPORTED: ['ENOTSUP', 'operation not supported'],
};

/** An error of a vault in a filesystem's form; one without such a code keeps its own words. */
export function posixError(error: unknown, call: string, path: string): unknown {
  if (!isFileBackendError(error)) return error;
  const [code, words] = POSIX[error.code] ?? ['EIO', error.message];
  return failed(code, words, call, path, error);
}

/** An error in Node's words. */
export function failed(code: string, words: string, call: string, path: string, cause?: Error): Error {
  return Object.assign(new Error(`${code}: ${words}, ${call} '${path}'`, { cause }), { code });
}
