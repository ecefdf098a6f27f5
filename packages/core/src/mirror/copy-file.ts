import type { FileBackend, OperationOptions } from '../backend.ts';
import { createHasher } from '../checksum.ts';
import { backendError, isFileBackendError } from '../errors.ts';
import type { ProgressCounter } from './progress.ts';

/** Bytes read at a time. */
const CHUNK_SIZE = 256 * 1024;

/**
 * Copies one file and makes sure that the target holds what was read.
 *
 * @throws `INTEGRITY` where it does not
 */
export async function copyVerified(
  source: FileBackend,
  target: FileBackend,
  path: string,
  overwrite: boolean,
  progress: ProgressCounter,
  options: OperationOptions,
): Promise<void> {
  const hasher = await createHasher('sha256');
  async function* chunks(): AsyncIterable<Uint8Array> {
    for await (const chunk of source.streamRead(path, { ...options, chunkSize: CHUNK_SIZE })) {
      hasher.update(chunk);
      progress.copied(chunk.length);
      yield chunk;
    }
  }
  try {
    await target.streamWrite(path, { ...options, chunkSource: chunks(), overwrite });
  } catch (error) {
    throw isFileBackendError(error, 'ALREADY_EXISTS') ? occupied(path) : error;
  }
  const [read, written] = [hasher.digest(), await target.checksum(path, options)];
  if (read !== written) {
    throw backendError(
      'INTEGRITY',
      `The target does not hold what was copied to ${JSON.stringify(path)}: somebody else wrote it at the same time, or bytes were lost; run the mirror again`,
      { operation: 'mirror', path },
    );
  }
  await letSourceRemember(source, path, options);
}

/**
 * A backend that sums by itself may keep the sum for as long as the file stays the same: asked now, while the bytes are at hand, it
 * need not read the file for the next mirror.
 */
async function letSourceRemember(
  source: FileBackend,
  path: string,
  options: OperationOptions,
): Promise<void> {
  if (source.driver.checksum === undefined) return;
  try {
    await source.checksum(path, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    // The file is copied and verified; that it is gone by now is for the next mirror to find.
    if (!isFileBackendError(error)) throw error;
  }
}

/** What stands where a new file belongs is a directory, or was not there when the target was listed. */
function occupied(path: string): Error {
  return backendError(
    'ALREADY_EXISTS',
    `Where ${JSON.stringify(path)} belongs, the target has a directory or something new; if it is a directory, move it away, then run the mirror again`,
    { operation: 'mirror', path },
  );
}
