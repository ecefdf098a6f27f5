import { type FileBackend, type FileInfo, isFileBackendError } from '@f9/core';
import { type ByteSource, CallerError, type DriverOptions, withPath } from '@f9/core/driver';
import { MountSession } from './session.ts';
import { inTree, inVault, type Located, type Mount } from './table.ts';

// Turns calls of the tree into calls of a mounted vault, and their results back into paths of the tree.

/** The mounted vault, or its part of the session that the call belongs to. */
export function vaultOf(mount: Mount, { session }: DriverOptions): FileBackend {
  return session instanceof MountSession ? session.of(mount) : mount.vault;
}

/** Runs `body` on the vault around a path. */
export async function runIn<T>(
  located: Located,
  call: DriverOptions,
  body: (vault: FileBackend, path: string) => Promise<T>,
): Promise<T> {
  try {
    return await body(vaultOf(located.mount, call), inVault(located));
  } catch (error) {
    throw toldInTree(located.mount, call, error);
  }
}

/** Like `runIn`, for calls that give an entry. */
export async function entryIn(
  located: Located,
  call: DriverOptions,
  body: (vault: FileBackend, path: string) => Promise<FileInfo>,
): Promise<FileInfo> {
  const found = await runIn(located, call, body);
  return found.with({ path: inTree(located.mount, found.path) });
}

/** An error of a vault with the path that the tree shows; errors of the caller's source or signal stay as they are. */
export function toldInTree(mount: Mount, { signal }: DriverOptions, error: unknown): unknown {
  if (error instanceof CallerError) return error.error;
  if (signal?.aborted === true || !isFileBackendError(error) || error.path === undefined) return error;
  return withPath(error, inTree(mount, error.path.replace(/^\//, '')));
}

/** Content for a vault; an error of its source is carried past the vault. */
export function contentOf(source: ByteSource): ByteSource {
  return source instanceof Uint8Array ? source : carryFailure(source);
}

async function* carryFailure(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* source;
  } catch (error) {
    throw new CallerError(error);
  }
}
