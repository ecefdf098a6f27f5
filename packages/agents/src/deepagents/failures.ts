import { type ErrorCode, isFileBackendError } from '@f9/core';
import type { FileOperationError } from 'deepagents';

/** Words that agents were taught by the framework's own backends. */
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

/** What `work` gives, or an answer that tells its failure. */
export async function answered<T>(work: () => Promise<T>): Promise<T | { error: string }> {
  try {
    return await work();
  } catch (error) {
    if (!isFileBackendError(error)) return { error: error instanceof Error ? error.message : String(error) };
    return { error: `${WORDS[error.code] ?? error.code}: ${error.message}` };
  }
}

/** The framework's code for a failure of `work`; it has four, and of them this one says that it could not be done. */
export async function failureOf(work: Promise<unknown>): Promise<FileOperationError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return (isFileBackendError(error) && OPERATION_ERRORS[error.code]) || 'permission_denied';
  }
}
