import { type FileBackend, isFileBackendError, rememberDirectories } from '@f9/core';
import {
  alreadyExists,
  type BackendPath,
  DriverBackend,
  notDirectory,
  parentPath,
  ROOT,
} from '@f9/core/driver';
import { assertParent, lookup } from './lookup.ts';
import { rooted } from './vault-path.ts';

/** Makes one directory in an existing one. @throws `ALREADY_EXISTS`, `NOT_FOUND` */
export async function makeDirectory(backend: FileBackend, path: BackendPath): Promise<undefined> {
  if ((await lookup(backend, path)) !== undefined) throw alreadyExists(path);
  await assertParent(backend, path);
  await make(backend, path);
}

/** Makes a directory and those around it; gives the first that this call made, without those that somebody else made first. */
export async function makeDirectories(backend: FileBackend, path: BackendPath): Promise<string | undefined> {
  const missing: BackendPath[] = [];
  for (let each = path; each !== ROOT; each = parentPath(each)) {
    const found = await lookup(backend, each);
    if (found?.isDir === true) break;
    if (found !== undefined) throw each === path ? alreadyExists(path) : notDirectory(each);
    missing.push(each);
  }
  let first: string | undefined;
  for (const each of missing.reverse()) {
    try {
      await make(backend, each);
      first ??= rooted(each);
    } catch (error) {
      const isThere = isFileBackendError(error, 'ALREADY_EXISTS') && (await lookup(backend, each))?.isDir;
      if (isThere !== true) throw error;
    }
  }
  return first;
}

/** Makes a directory. Where directories are neither kept nor remembered nothing is done: there it appears with its first file. */
export async function make(backend: FileBackend, path: BackendPath): Promise<void> {
  try {
    await backend.create(rooted(path), { isDirectory: true });
  } catch (error) {
    if (!isFileBackendError(error, 'UNSUPPORTED')) throw error;
  }
}

/**
 * The vault, with directories that this process remembers where the backend keeps none, since programs make them before they write
 * files. A session, and a backend that goes to one vault or another, stay as they are.
 */
export function withDirectories(backend: FileBackend): FileBackend {
  const isOneVault = backend instanceof DriverBackend && !('commit' in backend);
  return isOneVault ? rememberDirectories(backend) : backend;
}
