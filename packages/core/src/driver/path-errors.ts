import { backendError, type FileBackendError } from '../errors.ts';

// Errors of paths, in the same words for every driver.

/** `NOT_FOUND` */
export function notFound(path: string): FileBackendError {
  return backendError('NOT_FOUND', `There is nothing at ${JSON.stringify(path)}`, { path });
}

/** `ALREADY_EXISTS` */
export function alreadyExists(path: string): FileBackendError {
  return backendError(
    'ALREADY_EXISTS',
    `There is already something at ${JSON.stringify(path)}; replace it with overwrite: true`,
    {
      path,
    },
  );
}

/** `IS_DIRECTORY`; `what` says what a directory cannot: "be read as a file". */
export function isDirectory(path: string, what: string): FileBackendError {
  return backendError('IS_DIRECTORY', `${JSON.stringify(path)} is a directory and cannot ${what}`, { path });
}

/** `NOT_DIRECTORY` */
export function notDirectory(path: string): FileBackendError {
  return backendError('NOT_DIRECTORY', `${JSON.stringify(path)} is not a directory`, { path });
}

/** `DIRECTORY_NOT_EMPTY` */
export function directoryNotEmpty(path: string): FileBackendError {
  return backendError(
    'DIRECTORY_NOT_EMPTY',
    `The directory ${JSON.stringify(path)} is not empty; delete it with recursive: true`,
    {
      path,
    },
  );
}

/** `PRECONDITION_FAILED` */
export function preconditionFailed(path: string): FileBackendError {
  return backendError(
    'PRECONDITION_FAILED',
    `${JSON.stringify(path)} is no longer the version that ifMatch names; read it again`,
    {
      path,
    },
  );
}
