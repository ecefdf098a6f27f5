import { constants } from 'node:fs';
import process from 'node:process';
import { type FileBackend, FileInfo, isFileBackendError } from '@f9/core';
import { type BackendPath, baseName, notFound, parentPath, ROOT } from '@f9/core/driver';
import { rooted } from './vault-path.ts';
import { permissionsOf } from './vault-stats.ts';

/** The entry at a path, symlinks followed; `undefined` where nothing is. */
export async function lookup(backend: FileBackend, path: BackendPath): Promise<FileInfo | undefined> {
  try {
    return await backend.info(rooted(path));
  } catch (error) {
    if (isFileBackendError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The entry at a path, which may itself be a symlink; only listings show that. @throws `NOT_FOUND` */
export async function lookupLink(backend: FileBackend, path: BackendPath): Promise<FileInfo> {
  if (!backend.capabilities.symlinks || path === ROOT) return await backend.info(rooted(path));
  const name = baseName(path);
  for await (const entry of backend.list(rooted(parentPath(path)))) {
    if (baseName(entry.path) !== name) continue;
    if (entry.fileType !== 'symlink') return await backend.info(rooted(path));
    // The link's own size and times are not known.
    return new FileInfo({ path, fileType: 'symlink' });
  }
  throw notFound(path);
}

/**
 * Fails where a disk would, which makes files only in directories that exist. A backend that keeps no directories needs none.
 *
 * @throws `NOT_FOUND`
 */
export async function assertParent(backend: FileBackend, path: BackendPath): Promise<void> {
  const parent = parentPath(path);
  if (parent === ROOT || !backend.capabilities.emptyDirectories) return;
  if (!(await backend.exists(rooted(parent)))) throw notFound(parent);
}

export async function isEmpty(backend: FileBackend, directory: BackendPath): Promise<boolean> {
  for await (const _ of backend.list(rooted(directory))) return false;
  return true;
}

/** Whether the permission bits that `stat` shows let this process do what `mode` asks. */
export function mayAccess(info: FileInfo, mode: number): boolean {
  const permissions = permissionsOf(info);
  const uid = process.getuid?.();
  if (uid === undefined) return true;
  // Root may read and write everything, and run what anybody may run.
  if (uid === 0) return (mode & constants.X_OK) === 0 || (permissions & 0o111) !== 0;
  const { ownerUid, ownerGid } = info;
  const isOurs = ownerUid === undefined || uid === ownerUid;
  const isGroup = ownerGid !== undefined && process.getgroups?.().includes(ownerGid) === true;
  const bits = permissions >> (isOurs ? 6 : isGroup ? 3 : 0);
  return (bits & mode) === mode;
}
