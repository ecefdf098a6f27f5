import type { FileBackend, OperationOptions } from '../backend.ts';
import { createHasher } from '../contents/checksum.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import type { FileInfo } from '../file-info.ts';
import type { ProgressCounter } from './progress.ts';

/** Most bytes of a file that is read and written whole; larger ones stream. */
const WHOLE = 1024 * 1024;

/** Whether a file is read and written whole. */
export function isWhole({ size }: FileInfo): boolean {
  return size !== undefined && size <= WHOLE;
}

/** Bytes per read of a file that streams. */
const CHUNK_SIZE = 256 * 1024;

export interface CopyRequest {
  /** The file as the source listed it. */
  readonly file: FileInfo;
  /** The path in the target. Default: the path in the source. */
  readonly to?: string;
  /** Whether a file may be there. */
  readonly overwrite: boolean;
  /** The version that is replaced; any other stays. */
  readonly ifMatch?: string;
  /** Permissions of the copy. Default: as the target makes files. */
  readonly permissions?: number | undefined;
}

/**
 * Copies one file and makes sure that the target holds what was read.
 *
 * @throws `INTEGRITY` where it does not
 */
export async function copyVerified(
  source: FileBackend,
  target: FileBackend,
  { file, to = file.path, overwrite, ifMatch, permissions }: CopyRequest,
  progress: ProgressCounter,
  options: OperationOptions,
): Promise<FileInfo> {
  const how = { ...options, overwrite, permissions, ...(ifMatch === undefined ? {} : { ifMatch }) };
  const hasher = await createHasher('sha256');
  const count = (bytes: Uint8Array): Uint8Array => {
    hasher.update(bytes);
    progress.copied(bytes.length);
    return bytes;
  };
  const copy = async (): Promise<FileInfo> => {
    if (isWhole(file)) {
      return await target.create(to, { ...how, data: count(await source.read(file.path, options)) });
    }
    const chunks = source.streamRead(file.path, { ...options, chunkSize: CHUNK_SIZE });
    return await target.streamWrite(to, { ...how, chunkSource: mapped(chunks, count) });
  };
  const info = await copy().catch((error: unknown) => {
    throw whyNotWritten(error, to);
  });
  // Some stores answer a write with the checksum of what they hold, so that nobody has to ask.
  const written = info.checksum ?? (await target.checksum(to, options));
  if (hasher.digest() === written) return info;
  throw otherBytes(to);
}

async function* mapped<T>(items: AsyncIterable<T>, change: (item: T) => T): AsyncGenerator<T, void, void> {
  for await (const item of items) yield change(item);
}

/** `INTEGRITY` */
export function otherBytes(path: string): Error {
  return backendError(
    'INTEGRITY',
    `The target does not hold what was copied to ${JSON.stringify(path)}: somebody else wrote it at the same time, or bytes were lost; run the mirror again`,
    { operation: 'mirror', path },
  );
}

/**
 * The reason why a new file was not written: its place may be taken, by a directory or by something that was not there when the
 * target was listed.
 */
export function whyNotWritten(error: unknown, path: string): unknown {
  if (!isFileBackendError(error, 'ALREADY_EXISTS')) return error;
  return backendError(
    'ALREADY_EXISTS',
    `Where ${JSON.stringify(path)} belongs, the target has a directory or something new; if it is a directory, move it away, then run the mirror again`,
    { operation: 'mirror', path },
  );
}
