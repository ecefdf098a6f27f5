import { type ErrorCode, isFileBackendError } from '@f9/core';
import type { FileOperationError } from 'deepagents';

/** Error texts of the framework's own backends, which agents know. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'File not found',
  NO_MATCH: 'String not found in file',
  AMBIGUOUS: 'Multiple occurrences',
};

const OPERATION_ERRORS: Partial<Record<ErrorCode, FileOperationError>> = {
  NOT_FOUND: 'file_not_found',
  IS_DIRECTORY: 'is_directory',
  INVALID_PATH: 'invalid_path',
  PATH_OUTSIDE_ROOT: 'invalid_path',
};

/** The result of `work`, or an answer with its failure. */
export async function answered<T>(work: () => Promise<T>): Promise<T | { error: string }> {
  try {
    return await work();
  } catch (error) {
    if (!isFileBackendError(error)) return { error: error instanceof Error ? error.message : String(error) };
    return { error: `${WORDS[error.code] ?? error.code}: ${error.message}` };
  }
}

/** The framework's code for a failure of `work`: of the four there are, `permission_denied` where no other fits. */
export async function failureOf(work: Promise<unknown>): Promise<FileOperationError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return (isFileBackendError(error) && OPERATION_ERRORS[error.code]) || 'permission_denied';
  }
}
