import { constants } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
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
import { refuse } from './arguments.ts';
import { make } from './directories.ts';
import { assertParent, isEmpty, lookup, lookupLink } from './lookup.ts';
import { joined, rooted } from './vault-path.ts';

/** Renames as a disk does: over a file or an empty directory, but not into a directory. */
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

/** Copies one file. @param mode bits of `constants.COPYFILE_…`; a copy that must share blocks is refused */
export async function copyFile(
  backend: FileBackend,
  from: BackendPath,
  to: BackendPath,
  mode: number,
): Promise<void> {
  const overwrite = (mode & constants.COPYFILE_EXCL) === 0;
  refuse(
    { COPYFILE_FICLONE_FORCE: (mode & constants.COPYFILE_FICLONE_FORCE) !== 0 },
    'COPYFILE_FICLONE_FORCE',
  );
  const source = await backend.info(rooted(from));
  if (source.isDir) throw isDirectory(from, 'be copied as a file');
  if (from === to && overwrite) return;
  if (from === to) throw alreadyExists(to);
  await assertParent(backend, to);
  await backend.copy(rooted(from), rooted(to), { overwrite });
}

export interface CpOptions {
  readonly recursive?: boolean;
  /** Replace files that exist. Default true. */
  readonly force?: boolean;
  /** With `force: false`, fail where a file exists. */
  readonly errorOnExist?: boolean;
  readonly filter?: (from: string, to: string) => boolean | Promise<boolean>;
  /** Has no effect: symlinks are always copied as what they lead to. */
  readonly dereference?: boolean;
  /** Bits of `constants.COPYFILE_…`. */
  readonly mode?: number;
  /** Refused where true: a backend has no times to set. */
  readonly preserveTimestamps?: boolean;
  /** Refused where true: a backend makes no symlinks. */
  readonly verbatimSymlinks?: boolean;
}

/** A path as the backend knows it and as the caller spelled it. */
export interface NamedPath {
  readonly path: BackendPath;
  readonly text: string;
}

/** Copies a file, or with `recursive` a directory into whatever exists at the target. */
export async function copyAll(
  backend: FileBackend,
  from: NamedPath,
  to: NamedPath,
  options: CpOptions,
): Promise<void> {
  refuse(options, 'preserveTimestamps', 'verbatimSymlinks');
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
  if (target === undefined) await make(backend, to.path);
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
  { force = true, errorOnExist = false, mode = 0 }: CpOptions,
): Promise<void> {
  if (isTargetDirectory === true) throw cpError('ERR_FS_CP_NON_DIR_TO_DIR', 'is a directory', to);
  if (isTargetDirectory === false && !force) {
    if (errorOnExist) throw cpError('ERR_FS_CP_EEXIST', 'already exists', to);
    return;
  }
  await copyFile(backend, from.path, to.path, mode);
}

function cpError(code: string, why: string, { text }: NamedPath): Error {
  return nodeError(code, `cp: ${text} ${why}`);
}

export interface RmOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
  /** With `recursive`, times to try again where something is busy. Default 0. */
  readonly maxRetries?: number;
  /** Milliseconds before the first retry, and as many more before each further one. Default 100. */
  readonly retryDelay?: number;
}

/** Removes a file, and with `recursive` a directory with all that is in it. */
export async function remove(
  backend: FileBackend,
  { path, text }: NamedPath,
  { recursive = false, force = false, maxRetries = 0, retryDelay = 100 }: RmOptions,
): Promise<void> {
  const found = await lookupLink(backend, path).catch((error: unknown) => {
    if (force && isFileBackendError(error, 'NOT_FOUND')) return undefined;
    throw error;
  });
  if (found?.isDir === true && !recursive) throw nodeError('ERR_FS_EISDIR', `rm: ${text} is a directory`);
  if (found === undefined) return;
  for (let tries = 1; ; tries++) {
    try {
      return await backend.delete(rooted(path), { recursive });
    } catch (error) {
      if (force && isFileBackendError(error, 'NOT_FOUND')) return;
      if (!recursive || tries > maxRetries || !isBusy(error)) throw error;
      await setTimeout(retryDelay * tries);
    }
  }
}

/** Whether Node would try again. */
function isBusy(error: unknown): boolean {
  return isFileBackendError(error) && ['BUSY', 'TOO_MANY_OPEN', 'DIRECTORY_NOT_EMPTY'].includes(error.code);
}
