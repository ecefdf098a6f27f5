import {
  type FileBackend,
  type FileInfo,
  isFileBackendError,
  type ListedInfo,
  type OperationOptions,
} from '@f9/core';
import { backendError, baseName, createHasher, forEachConcurrently } from '@f9/core/driver';

/** Files in work at the same time. */
const CONCURRENCY = 8;
/** Bytes read at a time. */
const CHUNK_SIZE = 256 * 1024;

export interface TransferSide {
  readonly backend: FileBackend;
  /** The path, normalised; `/` is the root. */
  readonly path: string;
}

export interface TransferOptions extends OperationOptions {
  readonly overwrite: boolean;
  /** Delete each file at its source once it is whole at its target. */
  readonly move: boolean;
  readonly onProgress: (progress: TransferProgress) => void;
}

export interface TransferProgress {
  readonly path: string;
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}

/** The target of `source`: in `target` if that is a directory or is meant as one, else `target` itself. */
export async function targetOf(
  source: TransferSide,
  target: TransferSide,
  intoDirectory: boolean,
  options: OperationOptions,
): Promise<string> {
  // A whole vault has no name of its own.
  if (source.path === '/') return target.path;
  const into = intoDirectory || (await isDirectory(target, options));
  if (!into) return target.path;
  const name = baseName(source.path);
  return target.path === '/' ? name : `${target.path}/${name}`;
}

async function isDirectory({ backend, path }: TransferSide, options: OperationOptions): Promise<boolean> {
  try {
    return (await backend.info(path, options)).isDir;
  } catch (error) {
    if (isFileBackendError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

/** Copies or moves a file or a directory from one vault to another, file by file: streamed and verified. */
export async function transferAcross(
  source: TransferSide,
  target: TransferSide,
  options: TransferOptions,
): Promise<FileInfo> {
  const { signal, overwrite, move, onProgress } = options;
  const operation: OperationOptions = signal === undefined ? {} : { signal };
  const info = await source.backend.info(source.path, operation);
  const entries = info.isDir
    ? await Array.fromAsync(source.backend.list(source.path, { ...operation, recursive: true }))
    : [info];
  const files = entries.filter((entry) => !entry.isDir);
  const targetPath = (path: string): string => {
    const rest = source.path === '/' ? `/${path}` : path.slice(source.path.length);
    return target.path === '/' ? rest.slice(1) : `${target.path}${rest}`;
  };

  if (info.isDir && target.path !== '/') {
    // A whole vault is copied into a directory that may exist, not in its place.
    const keep = overwrite || source.path === '/';
    await target.backend.create(target.path, { ...operation, isDirectory: true, overwrite: keep });
  }
  for (const path of emptyDirectories(entries)) {
    await target.backend.create(targetPath(path), { ...operation, isDirectory: true, overwrite: true });
  }
  const progress = { done: 0, total: files.length, bytes: 0 };
  await forEachConcurrently(files, CONCURRENCY, async ({ path }) => {
    const seen = move ? await source.backend.info(path, operation) : undefined;
    await copyFile(source.backend, path, target.backend, targetPath(path), overwrite, operation, (bytes) => {
      progress.bytes += bytes;
      onProgress({ path, ...progress });
    });
    if (seen !== undefined) await deleteSeen(source.backend, seen, operation);
    progress.done++;
    onProgress({ path, ...progress });
  });
  if (move && info.isDir) await removeEmptied(source, entries, operation);
  return await target.backend.info(target.path, operation);
}

/** Streams one file and makes sure that the target holds what was read. */
async function copyFile(
  source: FileBackend,
  from: string,
  target: FileBackend,
  to: string,
  overwrite: boolean,
  options: OperationOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const hasher = await createHasher('sha256');
  async function* chunks(): AsyncIterable<Uint8Array> {
    for await (const chunk of source.streamRead(from, { ...options, chunkSize: CHUNK_SIZE })) {
      hasher.update(chunk);
      onBytes(chunk.length);
      yield chunk;
    }
  }
  await target.streamWrite(to, { ...options, chunkSource: chunks(), overwrite });
  const [read, written] = [hasher.digest(), await target.checksum(to, options)];
  if (read !== written) {
    throw backendError(
      'INTEGRITY',
      `${JSON.stringify(to)} is not what was copied there: somebody else wrote it at the same time, or bytes were lost; try again`,
      { path: to },
    );
  }
}

/** Deletes the version that was copied. One that somebody wrote since stays; it may be this very copy under another name. */
async function deleteSeen(
  backend: FileBackend,
  { path, etag }: FileInfo,
  options: OperationOptions,
): Promise<void> {
  const guarded = etag !== undefined && backend.capabilities.ifMatch !== false;
  try {
    await backend.delete(path, guarded ? { ...options, ifMatch: etag } : options);
  } catch (error) {
    if (!isFileBackendError(error, 'PRECONDITION_FAILED')) throw error;
    throw backendError(
      'BUSY',
      `${JSON.stringify(path)} changed while it was moved: it is copied, and stays where it was too`,
      { path },
    );
  }
}

async function removeEmptied(
  { backend, path }: TransferSide,
  entries: readonly ListedInfo[],
  options: OperationOptions,
): Promise<void> {
  const directories = entries.filter((entry) => entry.isDir).map((entry) => entry.path);
  if (path !== '/') directories.unshift(path);
  for (const directory of directories.reverse()) {
    await backend.delete(directory, options).catch((error: unknown) => {
      // Directories that are only implied by their files are gone with them.
      if (!isFileBackendError(error, 'NOT_FOUND')) throw error;
    });
  }
}

/** Directories without files in them; the others are made by writing their files. */
function emptyDirectories(entries: readonly ListedInfo[]): string[] {
  const parents = new Set(entries.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  return entries.filter(({ isDir, path }) => isDir && !parents.has(path)).map(({ path }) => path);
}
