import { type FileBackend, isFileBackendError } from '@f9/core';
import {
  alreadyExists,
  type BackendPath,
  backendError,
  baseName,
  directoryNotEmpty,
  isDirectory,
  isWithin,
  joinPath,
  notDirectory,
} from '@f9/core/driver';
import { nodeError } from '../errors/node-error.ts';
import { assertParent, isEmpty, lookup, lookupLink } from './lookup.ts';
import { joined, rooted } from './vault-path.ts';

/** Renames as a disk does: over a file, or over an empty directory, but never into what is there. */
export async function rename(backend: FileBackend, from: BackendPath, to: BackendPath): Promise<void> {
  const source = await lookupLink(backend, from);
  if (from === to) return;
  if (isWithin(to, from)) {
    throw source.isDir
      ? backendError('INVALID_ARGUMENT', 'A directory cannot go into itself')
      : notDirectory(from);
  }
  await assertParent(backend, to);
  const target = await lookup(backend, to);
  if (source.isDir && target !== undefined) {
    if (!target.isDir) throw notDirectory(to);
    if (!(await isEmpty(backend, to))) throw directoryNotEmpty(to);
  } else if (target?.isDir === true) throw isDirectory(to, 'be replaced by a file');
  await backend.move(rooted(from), rooted(to), { overwrite: true });
}

/** Copies one file. */
export async function copyFile(
  backend: FileBackend,
  from: BackendPath,
  to: BackendPath,
  overwrite: boolean,
): Promise<void> {
  const source = await backend.info(rooted(from));
  if (source.isDir) throw isDirectory(from, 'be copied as a file');
  if (from === to && overwrite) return;
  if (from === to) throw alreadyExists(to);
  await assertParent(backend, to);
  await backend.copy(rooted(from), rooted(to), { overwrite });
}

export interface CpOptions {
  readonly recursive?: boolean;
  /** Default true: files that are there are replaced. */
  readonly force?: boolean;
  /** With `force: false`, fail where a file is there. */
  readonly errorOnExist?: boolean;
  readonly filter?: (from: string, to: string) => boolean | Promise<boolean>;
}

/** A path as the backend knows it, and as the caller spelled it. */
export interface NamedPath {
  readonly path: BackendPath;
  readonly text: string;
}

/** Copies a file, or with `recursive` a directory into whatever is there. */
export async function copyAll(
  backend: FileBackend,
  from: NamedPath,
  to: NamedPath,
  options: CpOptions,
): Promise<void> {
  if (options.filter !== undefined && !(await options.filter(from.text, to.text))) return;
  const source = await backend.info(rooted(from.path));
  const target = await lookup(backend, to.path);
  if (from.path === to.path) throw cpError('ERR_FS_CP_EINVAL', 'cannot be copied to itself', from);
  if (!source.isDir) return await copyOne(backend, from, to, target?.isDir, options);
  if (options.recursive !== true) throw cpError('ERR_FS_EISDIR', 'is a directory (not copied)', from);
  if (isWithin(to.path, from.path)) {
    throw cpError('ERR_FS_CP_EINVAL', 'cannot be copied to a subdirectory of itself', from);
  }
  if (target?.isDir === false) throw cpError('ERR_FS_CP_DIR_TO_NON_DIR', 'is no directory', to);
  if (target === undefined && backend.capabilities.emptyDirectories) {
    await backend.create(rooted(to.path), { isDirectory: true, overwrite: true });
  }
  for await (const entry of backend.list(rooted(from.path))) {
    const name = baseName(entry.path);
    const inside = (directory: NamedPath): NamedPath => ({
      path: joinPath(directory.path, name),
      text: joined(directory.text, name),
    });
    await copyAll(backend, inside(from), inside(to), options);
  }
}

async function copyOne(
  backend: FileBackend,
  from: NamedPath,
  to: NamedPath,
  isTargetDirectory: boolean | undefined,
  { force = true, errorOnExist = false }: CpOptions,
): Promise<void> {
  if (isTargetDirectory === true) throw cpError('ERR_FS_CP_NON_DIR_TO_DIR', 'is a directory', to);
  if (isTargetDirectory === false && !force) {
    if (errorOnExist) throw cpError('ERR_FS_CP_EEXIST', 'already exists', to);
    return;
  }
  await backend.copy(rooted(from.path), rooted(to.path), { overwrite: true });
}

function cpError(code: string, why: string, { text }: NamedPath): Error {
  return nodeError(code, `cp: ${text} ${why}`);
}

export interface RmOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
}

/** Removes a file, and with `recursive` a directory with all that is in it. */
export async function remove(
  backend: FileBackend,
  { path, text }: NamedPath,
  { recursive = false, force = false }: RmOptions,
): Promise<void> {
  const found = await lookupLink(backend, path).catch((error: unknown) => {
    if (force && isFileBackendError(error, 'NOT_FOUND')) return undefined;
    throw error;
  });
  if (found?.isDir === true && !recursive) throw nodeError('ERR_FS_EISDIR', `rm: ${text} is a directory`);
  if (found !== undefined) await backend.delete(rooted(path), { recursive });
}
