import { type ErrorCode, isFileBackendError } from '@f9/core';
import { alreadyExists, backendError, directoryNotEmpty, notFound } from '@f9/core/driver';

/** The meaning of each error of the operating system, and the words that tell it. */
const MEANINGS: Readonly<Record<string, readonly [code: ErrorCode, why: string]>> = {
  EISDIR: ['IS_DIRECTORY', 'is a directory'],
  EACCES: ['PERMISSION_DENIED', 'is not permitted to this user; check its mode and owner'],
  EPERM: ['PERMISSION_DENIED', 'is not permitted to this user; check its mode and owner'],
  EROFS: ['READ_ONLY', 'lies on a filesystem that is mounted read-only'],
  ENOSPC: ['NO_SPACE', 'does not fit: the disk is full; free some space'],
  EDQUOT: ['QUOTA_EXCEEDED', 'does not fit: the disk quota is used up'],
  EFBIG: ['QUOTA_EXCEEDED', 'is larger than the filesystem allows'],
  EIO: ['IO', 'could not be read or written: the disk reports an error'],
  EBUSY: ['BUSY', 'is in use by the system; try again'],
  ETXTBSY: ['BUSY', 'is a program that is running; try again'],
  EAGAIN: ['BUSY', 'is in use; try again'],
  EMFILE: [
    'TOO_MANY_OPEN',
    'cannot be opened: this process has too many open files; close some, or raise ulimit -n',
  ],
  ENFILE: ['TOO_MANY_OPEN', 'cannot be opened: this machine has too many open files'],
  ENAMETOOLONG: ['INVALID_PATH', 'is too long for this filesystem'],
  EILSEQ: ['INVALID_PATH', 'has a name that this filesystem does not allow'],
  EINVAL: ['INVALID_PATH', 'has a name that this filesystem does not allow'],
  ENXIO: ['UNSUPPORTED', 'is not a regular file'],
  ENOTSUP: ['UNSUPPORTED', 'needs what this filesystem does not offer'],
  EOPNOTSUPP: ['UNSUPPORTED', 'needs what this filesystem does not offer'],
  ENOSYS: ['UNSUPPORTED', 'needs what this filesystem does not offer'],
  ETIMEDOUT: ['TIMEOUT', 'did not answer in time'],
  ESTALE: ['UNAVAILABLE', 'is no longer served by its file server'],
  EHOSTDOWN: ['UNAVAILABLE', 'is out of reach: its file server does not answer'],
  EHOSTUNREACH: ['UNAVAILABLE', 'is out of reach: its file server does not answer'],
  ENOTCONN: ['UNAVAILABLE', 'is out of reach: its file server does not answer'],
};

const IN_CORES_WORDS: Readonly<Record<string, (path: string) => Error>> = {
  ENOENT: notFound,
  // A symlink that leads in a circle leads to nothing.
  ELOOP: notFound,
  // A parent is a file, so nothing can be there; code that makes parents explains it otherwise.
  ENOTDIR: notFound,
  EEXIST: alreadyExists,
  ENOTEMPTY: directoryNotEmpty,
};

/** Whether the operating system said one of `names`. */
export function hasErrno(error: unknown, ...names: readonly string[]): boolean {
  const name = errnoOf(error);
  return name !== undefined && names.includes(name);
}

/** The f9 error that `error` means for the file at `path`; it never names a path of the host. */
export function explainErrno(error: unknown, path: string): unknown {
  const name = errnoOf(error);
  if (name === undefined) return error;
  const shown = path === '' ? '/' : path;
  const inCoresWords = IN_CORES_WORDS[name];
  if (inCoresWords !== undefined) return inCoresWords(shown);
  const [code, why] = MEANINGS[name] ?? ['UNKNOWN', `failed with ${name}`];
  return backendError(code, `${JSON.stringify(shown)} ${why}`, { path: shown, cause: error });
}

/** The f9 error that `error` means for the folder itself. */
export function explainOpening(error: unknown): unknown {
  if (hasErrno(error, 'ENOENT')) {
    return backendError(
      'NOT_FOUND',
      'The root of the vault does not exist; make it, or leave createRoot at true',
      {
        cause: error,
      },
    );
  }
  if (hasErrno(error, 'ENOTDIR', 'EEXIST')) return notAFolder(error);
  return explainErrno(error, '');
}

export function notAFolder(cause?: unknown): Error {
  return backendError('NOT_DIRECTORY', 'The root of the vault is no directory; name a folder', { cause });
}

function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || isFileBackendError(error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && syscall !== undefined ? code : undefined;
}
