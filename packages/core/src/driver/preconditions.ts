import type { FileInfo } from '../file-info.ts';
import type { BackendPath } from '../paths/path.ts';
import type { MakeDirectoryOptions, WriteOptions } from './options.ts';
import { alreadyExists, isDirectory, notDirectory, notFound, preconditionFailed } from './path-errors.ts';

// Checks of a driver, made while it holds whatever makes check and act one step.

type WriteConditions = Pick<WriteOptions, 'ifExists' | 'ifMissing' | 'ifMatch'>;

/**
 * Checks that a file may be written at `path`, given what is there now.
 *
 * @throws `ALREADY_EXISTS`, `IS_DIRECTORY`, `NOT_FOUND`, `PRECONDITION_FAILED`
 */
export function assertWritable(
  path: BackendPath,
  current: FileInfo | undefined,
  conditions: WriteConditions,
): void {
  if (current === undefined) {
    if (conditions.ifMissing === 'fail') throw notFound(path);
    if (conditions.ifMatch !== undefined) throw preconditionFailed(path);
    return;
  }
  if (conditions.ifExists === 'fail') throw alreadyExists(path);
  if (current.isDir) throw isDirectory(path, 'be replaced by a file');
  assertMatch(path, current, conditions.ifMatch);
}

/**
 * Checks that a directory may be made at `path`, given what is there now; true if it is there already and stays as it is.
 *
 * @throws `ALREADY_EXISTS`, `NOT_DIRECTORY`
 */
export function isDirectoryKept(
  path: BackendPath,
  current: FileInfo | undefined,
  { ifExists }: Pick<MakeDirectoryOptions, 'ifExists'>,
): boolean {
  if (current === undefined) return false;
  if (ifExists === 'fail') throw alreadyExists(path);
  if (!current.isDir) throw notDirectory(path);
  return true;
}

/**
 * The file to read at `path`.
 *
 * @throws `NOT_FOUND`, `IS_DIRECTORY`
 */
export function assertReadable(
  path: BackendPath,
  current: FileInfo | undefined,
): asserts current is FileInfo {
  if (current === undefined) throw notFound(path);
  if (current.isDir) throw isDirectory(path, 'be read as a file');
}

/** @throws `PRECONDITION_FAILED` where the etag is another one */
export function assertMatch(
  path: BackendPath,
  current: FileInfo | undefined,
  ifMatch: string | undefined,
): void {
  if (ifMatch !== undefined && current?.etag !== ifMatch) throw preconditionFailed(path);
}
