import { type FileBackend, isFileBackendError } from '@f9/core';
import { alreadyExists, type BackendPath, notDirectory, parentPath, ROOT } from '@f9/core/driver';
import { assertParent, lookup } from './lookup.ts';
import { rooted } from './vault-path.ts';

/** Makes one directory in one that is there. @throws `ALREADY_EXISTS`, `NOT_FOUND` */
export async function makeDirectory(backend: FileBackend, path: BackendPath): Promise<undefined> {
  if ((await lookup(backend, path)) !== undefined) throw alreadyExists(path);
  await assertParent(backend, path);
  await make(backend, path);
}

/** Makes a directory and those around it, and gives the first that this call made, not one that somebody else was quicker to make. */
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

/** Where directories are not kept there is nothing to make: this one appears with its first file. */
async function make(backend: FileBackend, path: BackendPath): Promise<void> {
  if (!backend.capabilities.emptyDirectories) return;
  await backend.create(rooted(path), { isDirectory: true });
}
