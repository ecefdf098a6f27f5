import { FileInfo } from '@f9/core';
import {
  alreadyExists,
  type BackendPath,
  backendError,
  directoryNotEmpty,
  isDirectory,
  MAX_PATH_BYTES,
  notDirectory,
  notFound,
  preconditionFailed,
  ROOT,
} from '@f9/core/driver';
import type { Row } from '../database/connection.ts';

/** A file or directory. */
export interface Entry {
  /** The content that holds the bytes; `undefined` for a directory. */
  readonly content: number | undefined;
  /** The newest content that went into it; serves as the etag. */
  readonly version: number;
  readonly size: number;
  /** `undefined` where it is not known. */
  readonly sha256: string | undefined;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** Columns of an entry; `e` is the table. */
export const ENTRY_COLUMNS = 'e.key, e.content, e.version, e.size, e.sha256, e.created_at, e.modified_at';

export function entryOf(row: Row): Entry {
  const { content, version, size, sha256, created_at: createdAt, modified_at: modifiedAt } = row;
  return {
    content: content === null ? undefined : Number(content),
    version: Number(version),
    size: Number(size),
    sha256: sha256 === null ? undefined : String(sha256),
    createdAt: createdAt as Date,
    modifiedAt: modifiedAt as Date,
  };
}

/** The `FileInfo` of an entry. */
export function infoOf(path: BackendPath, entry: Entry): FileInfo {
  const isFile = entry.content !== undefined;
  return new FileInfo({
    path,
    fileType: isFile ? 'file' : 'directory',
    createdAt: entry.createdAt,
    modifiedAt: entry.modifiedAt,
    ...(isFile ? { size: entry.size, etag: String(entry.version) } : {}),
  });
}

export function rootInfo(): FileInfo {
  return new FileInfo({ path: ROOT, fileType: 'directory' });
}

/** The path with byte 0 for "/", so that the order of bytes is that of a walk through the tree. */
export function keyOf(path: BackendPath): Uint8Array {
  return Buffer.from(path.replaceAll('/', '\0'));
}

export function pathOf(key: unknown): BackendPath {
  return Buffer.from(key as Uint8Array)
    .toString()
    .replaceAll('\0', '/') as BackendPath;
}

/** The entry that a changing function gives. @throws the error of its status */
export function outcomeOf(row: Row | undefined, what: string): Entry {
  const status = String(row?.status);
  const path = String(row?.at);
  switch (status) {
    case 'OK':
      return entryOf(row!);
    case 'NOT_FOUND':
      throw notFound(path);
    case 'ALREADY_EXISTS':
      throw alreadyExists(path);
    case 'IS_DIRECTORY':
      throw isDirectory(path, what);
    case 'NOT_DIRECTORY':
      throw notDirectory(path);
    case 'DIRECTORY_NOT_EMPTY':
      throw directoryNotEmpty(path);
    case 'INVALID_PATH':
      throw backendError('INVALID_PATH', `${JSON.stringify(path)} is longer than ${MAX_PATH_BYTES} bytes`, {
        path,
      });
    case 'PRECONDITION_FAILED':
      throw preconditionFailed(path);
    default:
      throw backendError('INTEGRITY', `The vault answered ${JSON.stringify(status)}, which is no outcome`);
  }
}
