import { isFileBackendError } from '@f9/core';
import {
  DirectoryNotEmptyError,
  DirectoryNotFoundError,
  FileExistsError,
  FileNotFoundError,
  FilesystemError,
  IsDirectoryError,
  NotDirectoryError,
  PermissionError,
  WorkspaceReadOnlyError,
} from '@mastra/core/workspace';

/** An error of a vault in the form of the framework's own filesystems; `kind` is what was expected at the path. */
export function workspaceError(error: unknown, path: string, kind: 'file' | 'directory'): unknown {
  if (!isFileBackendError(error)) return error;
  switch (error.code) {
    case 'NOT_FOUND':
      return kind === 'file' ? new FileNotFoundError(path) : new DirectoryNotFoundError(path);
    case 'ALREADY_EXISTS':
      return new FileExistsError(path);
    case 'IS_DIRECTORY':
      return new IsDirectoryError(path);
    case 'NOT_DIRECTORY':
      return new NotDirectoryError(path);
    case 'DIRECTORY_NOT_EMPTY':
      return new DirectoryNotEmptyError(path);
    case 'PERMISSION_DENIED':
      return new PermissionError(path, error.operation ?? 'access');
    case 'READ_ONLY':
      return new WorkspaceReadOnlyError(error.operation ?? 'write');
    default:
      return new FilesystemError(error.message, error.code, path);
  }
}
